package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"github.com/honehq/hone/openresponses"
)

const maxMessage = 500 // bytes of a provider's own words

// providerError is an error in OpenAI's shape. Code is a string or a number.
type providerError struct {
	Message string          `json:"message"`
	Type    string          `json:"type"`
	Code    json.RawMessage `json:"code"`
}

func (p providerError) code() string { return strings.Trim(string(p.Code), `"`) }

// asError says in our terms why a call failed.
func (k *call) asError(ctx context.Context, model string, err error) error {
	var ours *openresponses.Error
	var api *openai.Error
	var inStream *ssestream.StreamError
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.Is(err, errTooLong):
		return fail(openresponses.ProviderFailed, err, "The model's answer is longer than %d bytes.", k.completer.limits.bytes)
	case errors.Is(context.Cause(ctx), errFirstByte):
		return fail(openresponses.TimedOut, errFirstByte, "The model's provider did not begin to answer within %s.", k.completer.limits.firstByte)
	case errors.Is(context.Cause(ctx), errSilence):
		return fail(openresponses.TimedOut, errSilence, "The model's provider fell silent for %s in the middle of the answer.", k.watch.silence)
	case errors.As(err, &inStream):
		return k.streamError(model, inStream)
	case errors.As(err, &api):
		said := providerError{Message: api.Message, Type: api.Type, Code: json.RawMessage(strconv.Quote(api.Code))}
		return k.statusError(api.StatusCode, model, said)
	case k.response != nil && k.response.StatusCode >= http.StatusBadRequest: // its body made no sense
		return k.statusError(k.response.StatusCode, model, providerError{})
	case k.response != nil:
		return fail(openresponses.ProviderFailed, k.clean(err), "The model's provider sent a broken answer.")
	}
	return fail(openresponses.Unavailable, k.clean(err), "The model's provider cannot be reached.")
}

// brokenOff says of a stream without an end what it was.
func (k *call) brokenOff() error {
	kind, _, _ := mime.ParseMediaType(k.response.Header.Get("Content-Type"))
	if kind == "text/html" || kind == "application/json" {
		return fail(openresponses.ProviderFailed, nil, "The model's provider answers with %s instead of a stream of chat completions. Is its base URL right?", kind)
	}
	return fail(openresponses.ProviderFailed, nil, "The model's provider broke off in the middle of the answer.")
}

// streamError is an error that a provider sends in the middle of its answer.
func (k *call) streamError(model string, e *ssestream.StreamError) error {
	var body struct {
		Error json.RawMessage `json:"error"`
	}
	var said providerError
	if json.Unmarshal(e.Event.Data, &body) == nil && json.Unmarshal(body.Error, &said) != nil {
		_ = json.Unmarshal(body.Error, &said.Message) // some send a string, others worse
	}
	status := http.StatusBadGateway
	if n, err := strconv.Atoi(said.code()); err == nil && n >= 400 && n < 600 {
		status = n
	} else if said.code() == "rate_limit_exceeded" || said.Type == "rate_limit_error" {
		status = http.StatusTooManyRequests
	}
	return k.statusError(status, model, said)
}

// statusError is the one table from a provider's status to our errors.
func (k *call) statusError(status int, model string, said providerError) error {
	cause := fmt.Errorf("provider: status %d, code %.40q: %s", status, said.code(), k.redact(said.Message))
	words := k.redact(said.Message)
	switch {
	case tooMuchContext(said):
		return fail(openresponses.ContextLength, cause, "The conversation is longer than the model can read: %s", words)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		// A provider quotes the key in its message: nothing of it is passed on.
		return fail(openresponses.ProviderAuth, fmt.Errorf("provider: status %d", status), "The model's provider refuses the API key (status %d).", status)
	case status == http.StatusNotFound:
		return fail(openresponses.ModelNotFound, cause, "The model's provider knows no model '%.100s', or its base URL is wrong.", model)
	case status == http.StatusTooManyRequests:
		e := fail(openresponses.RateLimited, cause, "The model's provider limits the rate of requests: %s", words)
		e.RetryAfter = k.retryAfter()
		return e
	case status == http.StatusRequestTimeout || status == http.StatusGatewayTimeout:
		return fail(openresponses.TimedOut, cause, "The model's provider took too long (status %d).", status)
	case status >= http.StatusInternalServerError:
		return fail(openresponses.Unavailable, cause, "The model's provider fails (status %d): %s", status, words)
	}
	return fail(openresponses.InvalidValue, cause, "The model's provider refuses the request (status %d): %s", status, words)
}

func fail(code openresponses.Code, cause error, format string, args ...any) *openresponses.Error {
	message := strings.TrimSuffix(strings.TrimSpace(fmt.Sprintf(format, args...)), ":")
	return &openresponses.Error{Code: code, Message: message, Err: cause}
}

var contextWords = regexp.MustCompile(`(?i)context.?length|context.?window|context size|maximum context|too many tokens|prompt is too long|input is too long`)

func tooMuchContext(said providerError) bool {
	return said.code() == "context_length_exceeded" || contextWords.MatchString(said.Message)
}

// retryAfter is what the provider's last answer says of when to come back.
func (k *call) retryAfter() time.Duration {
	if k.response == nil {
		return 0
	}
	value := k.response.Header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds >= 0 && seconds < 1e6 {
		return time.Duration(seconds * float64(time.Second))
	}
	if t, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(t))
	}
	return 0
}

var keyLike = regexp.MustCompile(`\b(?:sk|pk|key|gsk|xai|AIza)[-_][A-Za-z0-9_*.-]{6,}|Bearer\s+\S+`)

// redact takes what looks like a key out of a provider's words, and bounds them.
func (k *call) redact(s string) string {
	if key := k.completer.key; key != "" {
		s = strings.ReplaceAll(s, key, "[key]")
	}
	s = keyLike.ReplaceAllString(s, "[key]")
	if len(s) > maxMessage {
		s = strings.ToValidUTF8(s[:maxMessage], "") + " …"
	}
	return s
}

// clean keeps an error's words without what looks like a key.
func (k *call) clean(err error) error { return errors.New(k.redact(err.Error())) }
