package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	"github.com/openai/openai-go/v3"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/prompts"
)

// requestError is a failure as the caller sees it.
type requestError struct {
	code    code
	param   string // the request's field or parameter; empty: none
	message string
}

func (e requestError) Error() string { return e.message }

// refuse makes an error that says what the caller can mend.
func refuse(c code, param, format string, args ...any) error {
	return requestError{c, param, fmt.Sprintf(format, args...)}
}

// ErrorType is the error in spans, see otel.ErrorType.
func (e requestError) ErrorType() string { return string(e.code) }

// missing says what is not there if that is what err says; other errors pass.
func missing(err error, param, what, id string) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return refuse(notFound, param, "there is no %s %.100q", what, id)
}

// code is the machine-readable kind of an error.
type code string

const (
	invalidRequest code = "invalid_request"
	invalidKey     code = "invalid_api_key"
	foreignHost    code = "host_not_allowed"
	foreignOrigin  code = "origin_not_allowed"
	notFound       code = "not_found"
	wrongMethod    code = "method_not_allowed"
	conflict       code = "conflict"
	stalled        code = "request_timeout"
	tooLarge       code = "request_too_large"
	canceled       code = "canceled"
	internal       code = "server_error"
	promptInvalid  code = "prompt_invalid"
	providerFailed code = "provider_error"
	notReady       code = "not_ready"
	timedOut       code = "timeout"
)

// statuses is the one table from an error to what HTTP says of it.
var statuses = map[code]int{
	invalidRequest: http.StatusBadRequest,
	invalidKey:     http.StatusUnauthorized,
	foreignHost:    http.StatusForbidden,
	foreignOrigin:  http.StatusForbidden,
	notFound:       http.StatusNotFound,
	wrongMethod:    http.StatusMethodNotAllowed,
	conflict:       http.StatusConflict,
	stalled:        http.StatusRequestTimeout,
	tooLarge:       http.StatusRequestEntityTooLarge,
	canceled:       499, // nginx's "client closed request": metrics count it, nobody reads it
	internal:       http.StatusInternalServerError,
	promptInvalid:  http.StatusInternalServerError,
	providerFailed: http.StatusBadGateway,
	notReady:       http.StatusServiceUnavailable,
	timedOut:       http.StatusGatewayTimeout,
}

// asRequestError turns any error into what the caller may see of it. What is
// not known here is our own failure, and its text stays with us: so a missing
// thing counts as the caller's only where a handler says so.
func asRequestError(err error) requestError {
	var known requestError
	var provider *openai.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.Canceled):
		return requestError{code: canceled, message: "the request was canceled"}
	case errors.Is(err, agent.ErrEmpty):
		return requestError{invalidRequest, "question", err.Error()}
	case errors.Is(err, prompts.ErrInvalid):
		return requestError{code: promptInvalid, message: "the prompt in use can't be used: " + err.Error()}
	case errors.As(err, &provider):
		return requestError{code: providerFailed, message: fmt.Sprintf("the language model could not answer: its API said %d: %s", provider.StatusCode, provider.Message)}
	case errors.Is(err, context.DeadlineExceeded):
		return requestError{code: timedOut, message: "the request took too long"}
	}
	return requestError{code: internal, message: "the server failed; its log and the trace say why"}
}

// errorBody is what every failure is answered with, in OpenAI's shape.
type errorBody struct {
	Error struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    code    `json:"code"`
	} `json:"error"`
}

// describe says how an error is answered, and logs it if it is not the caller's.
func (s *Server) describe(r *http.Request, err error) (status int, body errorBody) {
	e := asRequestError(err)
	if r.Context().Err() != nil && statuses[e.code] >= http.StatusInternalServerError {
		e = asRequestError(context.Canceled) // whatever failed, it did because the caller has gone
	}
	status = statuses[e.code]
	body.Error.Message, body.Error.Type, body.Error.Code = e.message, "invalid_request_error", e.code
	if e.param != "" {
		body.Error.Param = &e.param
	}
	if status >= http.StatusInternalServerError {
		body.Error.Type = "server_error"
	}
	if status >= http.StatusInternalServerError && e.code != notReady { // which is logged as a warning
		s.cfg.Logger.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	return status, body
}

// fail answers a request with an error.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, body := s.describe(r, err)
	if status == http.StatusUnauthorized {
		w.Header().Add("WWW-Authenticate", `Bearer realm="hone"`)
	}
	if err := writeJSON(w, status, body); err != nil {
		s.cfg.Logger.ErrorContext(r.Context(), "error not encoded", "error", err)
	}
}

// writeJSON answers in JSON. Its error is that v can't be encoded; then nothing
// is written.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	b, err := encode(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // the caller has gone: nothing is left to tell
	return nil
}

// encode makes one line of JSON in which commands stay readable: a > is a >.
func encode(v any) (*bytes.Buffer, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return &b, err
}
