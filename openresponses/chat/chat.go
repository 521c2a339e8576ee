// Package chat is a Completer over any provider that speaks OpenAI's chat
// completions: OpenAI, Ollama, vLLM, LM Studio and others. It stores nothing.
package chat

import (
	"context"
	"errors"
	"iter"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/otel"
)

// Config configures a Completer. Zero fields mean the default named.
type Config struct {
	BaseURL string // of the API, as in http://127.0.0.1:11434/v1: https://api.openai.com/v1
	APIKey  string // empty: none is sent

	Connect   time.Duration // to connect and shake hands: 10 s
	FirstByte time.Duration // until the answer begins, retries included: 2 min
	Silence   time.Duration // between two pieces of the answer: 1 min

	Retries       int           // after 408, 409, 429, 5xx and failed connections: 2; -1 for none
	MaxRetryDelay time.Duration // a Retry-After beyond it is not waited for: 20 s

	MaxBytes  int64             // of one answer as it is streamed: 64 MiB
	Transport http.RoundTripper // calls the provider, within the limits above: net/http's
}

// Completer asks one provider. Safe for concurrent use.
type Completer struct {
	service openai.ChatCompletionService
	limits  limits
	key     string // to be kept out of errors
	openAI  bool   // the provider is OpenAI itself
	idle    func()
}

type limits struct {
	firstByte, silence time.Duration
	bytes              int64
}

var _ openresponses.Completer = (*Completer)(nil)

// New returns a completer. It does not call the provider.
func New(c Config) (*Completer, error) {
	base, err := baseURL(c.BaseURL)
	if err != nil {
		return nil, err
	}
	transport, idle := c.Transport, func() {}
	if transport == nil {
		own := newTransport(or(c.Connect, 10*time.Second))
		transport, idle = own, own.CloseIdleConnections
	}
	client := &http.Client{Transport: otel.Transport(transport)}
	options := []option.RequestOption{
		option.WithBaseURL(base.String()), option.WithHTTPClient(client),
		option.WithMaxRetries(max(0, or(c.Retries, 2))), option.WithMaxRetryDelay(or(c.MaxRetryDelay, 20*time.Second)),
	}
	if c.APIKey != "" {
		options = append(options, option.WithAPIKey(c.APIKey))
	}
	return &Completer{
		service: openai.NewChatCompletionService(options...),
		limits:  limits{firstByte: or(c.FirstByte, 2*time.Minute), silence: or(c.Silence, time.Minute), bytes: or(c.MaxBytes, 64<<20)},
		key:     c.APIKey,
		openAI:  strings.HasSuffix(base.Hostname(), ".openai.com") || strings.HasSuffix(base.Hostname(), ".openai.azure.com"),
		idle:    idle,
	}, nil
}

// Close closes idle connections. Calls under way go on.
func (c *Completer) Close() { c.idle() }

func baseURL(s string) (*url.URL, error) {
	if s == "" {
		s = "https://api.openai.com/v1"
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("chat: the provider's base URL must be like https://api.openai.com/v1") // it may hold a password
	}
	if !strings.HasSuffix(u.Path, "/") {
		u.Path += "/"
	}
	return u, nil
}

func newTransport(connect time.Duration) *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: connect,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     90 * time.Second,
	}
}

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// Complete implements openresponses.Completer.
func (c *Completer) Complete(ctx context.Context, q *openresponses.Completion) iter.Seq2[openresponses.Delta, error] {
	return func(yield func(openresponses.Delta, error) bool) {
		params, err := c.params(q)
		if err != nil {
			yield(nil, err)
			return
		}
		limited, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		call := &call{completer: c, watch: newWatchdog(cancel, c.limits)}
		defer call.watch.stop()

		stream := c.service.NewStreaming(limited, params, option.WithMiddleware(call.guard))
		defer stream.Close()
		answer := &answer{model: q.Model, calls: map[int64]*toolCall{}}
		for stream.Next() {
			for _, d := range answer.take(stream.Current()) {
				if !yield(d, nil) {
					return
				}
			}
			if answer.ended {
				call.watch.hurry()
			}
		}
		if err := ctx.Err(); err != nil {
			yield(nil, err)
			return
		}
		if err := stream.Err(); err != nil && !answer.ended {
			yield(nil, call.asError(limited, q.Model, err))
			return
		}
		if !answer.ended {
			yield(nil, call.brokenOff())
			return
		}
		for _, d := range answer.rest() {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// call is one call of the provider, retries included.
type call struct {
	completer *Completer
	watch     *watchdog
	response  *http.Response // the last one
}

// guard puts the limits on every attempt's response.
func (k *call) guard(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	k.response = nil
	resp, err := next(r)
	if err != nil {
		return resp, err
	}
	k.response = resp
	limit := k.completer.limits.bytes
	if resp.StatusCode >= http.StatusBadRequest {
		limit = maxErrorBody
	}
	resp.Body = &watchedBody{body: resp.Body, watch: k.watch, left: limit, failed: resp.StatusCode >= http.StatusBadRequest}
	return resp, nil
}
