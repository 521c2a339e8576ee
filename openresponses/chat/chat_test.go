package chat_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/openresponses/chat"
	"github.com/honehq/hone/otel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// provider is a chat-completions server that plays one handler a request; the
// last one stays. It is strict about what it is asked.
type provider struct {
	t        *testing.T
	url      string
	handlers []http.HandlerFunc
	requests []request
}

type request struct {
	Model         string           `json:"model"`
	Messages      []map[string]any `json:"messages"`
	Stream        bool             `json:"stream"`
	StreamOptions map[string]bool  `json:"stream_options"`
	Tools         []map[string]any `json:"tools,omitempty"`
	ToolChoice    any              `json:"tool_choice,omitempty"`
	Parallel      *bool            `json:"parallel_tool_calls,omitempty"`
	MaxTokens     int              `json:"max_tokens,omitempty"`
	Temperature   *float64         `json:"temperature,omitempty"`
	TopP          *float64         `json:"top_p,omitempty"`
	Format        any              `json:"response_format,omitempty"`
	header        http.Header
}

func newProvider(t *testing.T, handlers ...http.HandlerFunc) *provider {
	p := &provider{t: t, handlers: handlers}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.url = server.URL + "/v1"
	return p
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/v1/chat/completions" {
		p.t.Errorf("%s %s", r.Method, r.URL)
	}
	q := request{header: r.Header}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&q); err != nil {
		p.t.Errorf("request: %v", err)
	}
	p.requests = append(p.requests, q)
	handler := p.handlers[0]
	if len(p.handlers) > 1 {
		p.handlers = p.handlers[1:]
	}
	handler(w, r)
}

// stream sends chunks and [DONE].
func stream(chunks ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		cut(chunks...)(w, r)
		fmt.Fprint(w, "data: [DONE]\n\n")
	}
}

// cut sends chunks and ends without [DONE].
func cut(chunks ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, c := range chunks {
			fmt.Fprintf(w, "data: %s\n\n", c)
			w.(http.Flusher).Flush()
		}
	}
}

// breaks closes the connection in the middle.
func breaks(chunks ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		cut(chunks...)(w, r)
		panic(http.ErrAbortHandler)
	}
}

func status(code int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

func chunk(delta, finish string) string {
	if finish == "" {
		finish = "null"
	} else {
		finish = `"` + finish + `"`
	}
	return fmt.Sprintf(`{"id":"c","object":"chat.completion.chunk","created":1,"model":"m-2026","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}`, delta, finish)
}

func text(s string) string {
	b, _ := json.Marshal(s)
	return chunk(`{"content":`+string(b)+`}`, "")
}

const (
	usage = `{"id":"c","object":"chat.completion.chunk","created":1,"model":"m-2026","choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":8}}}`
	empty = `{"id":"c","object":"chat.completion.chunk","created":1,"model":"m-2026","choices":[]}`
	key   = "sk-verysecret1234567890"
)

func completer(t *testing.T, c chat.Config) *chat.Completer {
	t.Helper()
	c.APIKey = key
	m, err := chat.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// complete reads a turn to its end, joining texts.
func complete(ctx context.Context, m *chat.Completer, q *openresponses.Completion) (said string, rest []openresponses.Delta, err error) {
	for d, err := range m.Complete(ctx, q) {
		if err != nil {
			return said, rest, err
		}
		if t, ok := d.(openresponses.TextDelta); ok {
			said += t.Text
		} else {
			rest = append(rest, d)
		}
	}
	return said, rest, nil
}

func question() *openresponses.Completion {
	return &openresponses.Completion{Model: "m", Messages: []openresponses.Message{{Role: openresponses.User, Text: "Hi"}}, ParallelTools: true, ToolChoice: "auto"}
}

var stopped = openresponses.Finish{
	Reason: openresponses.FinishStop, Model: "m-2026",
	Usage: openresponses.Usage{InputTokens: 12, CachedTokens: 8, OutputTokens: 3},
}

func TestAnswers(t *testing.T) {
	bare := stopped
	bare.Usage = openresponses.Usage{}
	tests := []struct {
		name     string
		handlers []http.HandlerFunc
		want     []openresponses.Delta // after the text "Hello there"
	}{
		{"plain", []http.HandlerFunc{stream(chunk(`{"role":"assistant","content":""}`, ""), text("Hello"), text(" there"), chunk(`{}`, "stop"), usage)}, []openresponses.Delta{stopped}},
		{"usage with the finish", []http.HandlerFunc{stream(text("Hello there"), strings.Replace(chunk(`{}`, "stop"), `"choices"`, `"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":8}},"choices"`, 1))}, []openresponses.Delta{stopped}},
		{"no [DONE]", []http.HandlerFunc{cut(text("Hello there"), chunk(`{}`, "stop"), usage)}, []openresponses.Delta{stopped}},
		{"cut after the end", []http.HandlerFunc{breaks(text("Hello there"), chunk(`{}`, "stop"))}, []openresponses.Delta{bare}},
		{"broken after the end", []http.HandlerFunc{stream(text("Hello there"), chunk(`{}`, "stop"), `{"usa`)}, []openresponses.Delta{bare}},
		{"empty choices", []http.HandlerFunc{stream(empty, text("Hello"), empty, text(" there"), chunk(`{}`, "stop"), empty, usage)}, []openresponses.Delta{stopped}},
		{"null content", []http.HandlerFunc{stream(chunk(`{"role":"assistant","content":null,"tool_calls":null}`, ""), text("Hello there"), chunk(`{"content":null}`, "stop"), usage)}, []openresponses.Delta{stopped}},
		{"second choice", []http.HandlerFunc{stream(text("Hello there"), strings.Replace(text("no"), `"index":0`, `"index":1`, 1), chunk(`{}`, "stop"), usage)}, []openresponses.Delta{stopped}},
		{"comments", []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, ": thinking\n\n: thinking\n\n")
			stream(text("Hello there"), chunk(`{}`, "stop"), usage)(w, r)
		}}, []openresponses.Delta{stopped}},
		{"429 once", []http.HandlerFunc{status(429, `{"error":{"message":"slow down"}}`, "Retry-After-Ms", "1"), stream(text("Hello there"), chunk(`{}`, "stop"), usage)}, []openresponses.Delta{stopped}},
		{"500 twice", []http.HandlerFunc{status(500, `oops`, "Retry-After-Ms", "1"), status(503, ``, "Retry-After-Ms", "1"), stream(text("Hello there"), chunk(`{}`, "stop"), usage)}, []openresponses.Delta{stopped}},
		{"unknown reason", []http.HandlerFunc{stream(text("Hello there"), chunk(`{}`, "eos"), usage)}, []openresponses.Delta{stopped}},
		{"one tool call in pieces", []http.HandlerFunc{stream(text("Hello there"),
			chunk(`{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}]}`, ""),
			chunk(`{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}`, ""),
			chunk(`{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}`, ""),
			chunk(`{}`, "tool_calls"), usage)},
			[]openresponses.Delta{
				openresponses.ToolCallDelta{ID: "c1", Name: "f"},
				openresponses.ToolCallDelta{Arguments: `{"a"`},
				openresponses.ToolCallDelta{Arguments: `:1}`},
				openresponses.Finish{Reason: openresponses.FinishTools, Model: stopped.Model, Usage: stopped.Usage},
			}},
		{"two tool calls with one index", []http.HandlerFunc{stream(text("Hello there"),
			chunk(`{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":"{}"}}]}`, ""),
			chunk(`{"tool_calls":[{"index":0,"id":"c2","function":{"name":"g","arguments":"{}"}}]}`, ""),
			chunk(`{}`, "stop"), usage)},
			[]openresponses.Delta{
				openresponses.ToolCallDelta{ID: "c1", Name: "f", Arguments: "{}"},
				openresponses.ToolCallDelta{Index: 1, ID: "c2", Name: "g", Arguments: "{}"},
				stopped,
			}},
		{"a name that comes late", []http.HandlerFunc{stream(text("Hello there"),
			chunk(`{"tool_calls":[{"index":3,"id":"c1","function":{"arguments":"{"}}]}`, ""),
			chunk(`{"tool_calls":[{"index":3,"function":{"name":"f","arguments":"}"}}]}`, ""),
			chunk(`{}`, "tool_calls"), usage)},
			[]openresponses.Delta{
				openresponses.ToolCallDelta{ID: "c1", Name: "f", Arguments: "{}"},
				openresponses.Finish{Reason: openresponses.FinishTools, Model: stopped.Model, Usage: stopped.Usage},
			}},
		{"length", []http.HandlerFunc{stream(text("Hello there"), chunk(`{}`, "length"), usage)},
			[]openresponses.Delta{openresponses.Finish{Reason: openresponses.FinishLength, Model: stopped.Model, Usage: stopped.Usage}}},
		{"filter", []http.HandlerFunc{stream(text("Hello there"), chunk(`{}`, "content_filter"), usage)},
			[]openresponses.Delta{openresponses.Finish{Reason: openresponses.FinishFilter, Model: stopped.Model, Usage: stopped.Usage}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newProvider(t, test.handlers...)
			said, rest, err := complete(t.Context(), completer(t, chat.Config{BaseURL: p.url}), question())
			if err != nil {
				t.Fatal(err)
			}
			if said != "Hello there" {
				t.Errorf("said %q", said)
			}
			if diff := cmp.Diff(test.want, rest); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	tests := []struct {
		name    string
		handler http.HandlerFunc
		config  chat.Config
		want    openresponses.Code
		words   string // part of the message
	}{
		{"401", status(401, `{"error":{"message":"Incorrect API key provided: `+key+`"}}`), chat.Config{}, openresponses.ProviderAuth, "401"},
		{"403", status(403, `forbidden for `+key), chat.Config{}, openresponses.ProviderAuth, "403"},
		{"404", status(404, `{"error":{"message":"The model m does not exist","code":"model_not_found"}}`), chat.Config{}, openresponses.ModelNotFound, "'m'"},
		{"400", status(400, `{"error":{"message":"bad schema; key=`+key+`","code":null}}`), chat.Config{}, openresponses.InvalidValue, "bad schema"},
		{"400 without a body", status(400, ``), chat.Config{}, openresponses.InvalidValue, "400"},
		{"400 with a huge body", status(400, `{"error":{"message":"`+long+`"}}`), chat.Config{}, openresponses.InvalidValue, "400"},
		{"context by code", status(400, `{"error":{"message":"no","code":"context_length_exceeded"}}`), chat.Config{}, openresponses.ContextLength, "longer"},
		{"context by words", status(400, `{"error":{"message":"This model's maximum context length is 8192 tokens"}}`), chat.Config{}, openresponses.ContextLength, "8192"},
		{"429", status(429, `{"error":{"message":"Rate limit reached for org with `+key+`"}}`, "Retry-After-Ms", "1", "Retry-After", "7"), chat.Config{}, openresponses.RateLimited, "Rate limit"},
		{"429 for a long time", status(429, `{"error":{"message":"come back tomorrow"}}`, "Retry-After", "86400"), chat.Config{}, openresponses.RateLimited, "tomorrow"},
		{"500", status(500, `{"error":{"message":"internal"}}`, "Retry-After-Ms", "1"), chat.Config{}, openresponses.Unavailable, "500"},
		{"503 in HTML", status(503, `<html>down</html>`, "Retry-After-Ms", "1"), chat.Config{}, openresponses.Unavailable, "503"},
		{"504", status(504, ``, "Retry-After-Ms", "1"), chat.Config{}, openresponses.TimedOut, "504"},
		{"cut", cut(text("Hel")), chat.Config{}, openresponses.ProviderFailed, "broke off"},
		{"[DONE] without an end", stream(text("Hel")), chat.Config{}, openresponses.ProviderFailed, "broke off"},
		{"connection broken", breaks(text("Hel")), chat.Config{}, openresponses.ProviderFailed, "broken"},
		{"broken JSON", stream(text("Hel"), `{"choices":[{"delta":{"content":"x`), chat.Config{}, openresponses.ProviderFailed, "broken"},
		{"nothing", stream(), chat.Config{}, openresponses.ProviderFailed, "broke off"},
		{"HTML", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, "<html>Welcome</html>")
		}, chat.Config{}, openresponses.ProviderFailed, "text/html"},
		{"error in the stream", stream(text("Hel"), `{"error":{"message":"overloaded `+key+`","type":"server_error","code":"x"}}`), chat.Config{}, openresponses.Unavailable, "overloaded"},
		{"rate limit in the stream", stream(`{"error":{"message":"slow down","code":429}}`), chat.Config{}, openresponses.RateLimited, "slow down"},
		{"error in the stream, a string", stream(`{"error":"boom"}`), chat.Config{}, openresponses.Unavailable, "boom"},
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for r.Context().Err() == nil {
				fmt.Fprintf(w, "data: %s\n\n", text("more and more "))
			}
		}, chat.Config{MaxBytes: 100_000}, openresponses.ProviderFailed, "longer than 100000 bytes"},
		{"an endless line", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for r.Context().Err() == nil {
				io.WriteString(w, "data data data ")
			}
		}, chat.Config{MaxBytes: 100_000}, openresponses.ProviderFailed, "longer than 100000 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newProvider(t, test.handler)
			test.config.BaseURL = p.url
			_, _, err := complete(t.Context(), completer(t, test.config), question())
			var shown *openresponses.Error
			if !errors.As(err, &shown) {
				t.Fatalf("got %v", err)
			}
			if shown.Code != test.want || !strings.Contains(shown.Message, test.words) {
				t.Errorf("got %s: %s", shown.Code, shown.Message)
			}
			if strings.Contains(err.Error(), "verysecret") {
				t.Errorf("the key is in the error: %v", err)
			}
			if len(err.Error()) > 2000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			if test.name == "429" && shown.RetryAfter.Seconds() != 7 {
				t.Errorf("retry after %s", shown.RetryAfter)
			}
		})
	}
}

func TestRetries(t *testing.T) {
	busy := status(429, `{"error":{"message":"x"}}`, "Retry-After-Ms", "1")
	for _, test := range []struct {
		name    string
		retries int
		handler http.HandlerFunc
		want    int
	}{
		{"by default", 0, busy, 3},
		{"none", -1, busy, 1},
		{"five", 5, busy, 6},
		{"too long a wait", 0, status(429, `{}`, "Retry-After", "21"), 1},
		{"not of a bad request", 0, status(400, `{}`), 1},
		{"not of a refused key", 0, status(401, `{}`), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newProvider(t, test.handler)
			if _, _, err := complete(t.Context(), completer(t, chat.Config{BaseURL: p.url, Retries: test.retries}), question()); err == nil {
				t.Fatal("no error")
			}
			if len(p.requests) != test.want {
				t.Errorf("%d requests, want %d", len(p.requests), test.want)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	_, _, err := complete(t.Context(), completer(t, chat.Config{BaseURL: server.URL, Retries: -1}), question())
	var shown *openresponses.Error
	if !errors.As(err, &shown) || shown.Code != openresponses.Unavailable {
		t.Fatalf("got %v", err)
	}
}

func TestRequest(t *testing.T) {
	half := 0.5
	p := newProvider(t, stream(text("x"), chunk(`{}`, "stop")))
	_, _, err := complete(t.Context(), completer(t, chat.Config{BaseURL: p.url}), &openresponses.Completion{
		Model: "m",
		Messages: []openresponses.Message{
			{Role: openresponses.System, Text: "You help."},
			{Role: openresponses.Developer, Text: "Be brief."},
			{Role: openresponses.User, Text: "Hi"},
			{Role: openresponses.Assistant, ToolCalls: []openresponses.ToolCall{{ID: "c1", Name: "f", Arguments: `{"a":1}`}, {ID: "c2", Name: "f", Arguments: `{"a":`}}},
			{Role: openresponses.ToolRole, ToolCallID: "c1", ToolName: "f", Text: "1"},
			{Role: openresponses.ToolRole, ToolCallID: "c2", ToolName: "f", Text: "broken"},
			{Role: openresponses.Assistant, Text: "Done."},
			{Role: openresponses.Developer, Text: "Now in French."},
		},
		Tools:      []openresponses.FunctionTool{{Name: "f", Description: "F.", Parameters: []byte(`{"type":"object"}`), Strict: true}, {Name: "g"}},
		ToolChoice: "f", MaxOutputTokens: 100, Temperature: &half, TopP: &half,
		Format: &openresponses.Format{Name: "out", Schema: []byte(`{"type":"object"}`), Strict: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	no := false
	call := func(id, arguments string) map[string]any {
		return map[string]any{"id": id, "type": "function", "function": map[string]any{"name": "f", "arguments": arguments}}
	}
	want := request{
		Model: "m", Stream: true, StreamOptions: map[string]bool{"include_usage": true},
		Messages: []map[string]any{
			{"role": "system", "content": "You help.\n\nBe brief."},
			{"role": "user", "content": "Hi"},
			{"role": "assistant", "tool_calls": []any{call("c1", `{"a":1}`), call("c2", "{}")}},
			{"role": "tool", "tool_call_id": "c1", "content": "1"},
			{"role": "tool", "tool_call_id": "c2", "content": "broken"},
			{"role": "assistant", "content": "Done."},
			{"role": "system", "content": "Now in French."},
		},
		Tools: []map[string]any{
			{"type": "function", "function": map[string]any{"name": "f", "description": "F.", "parameters": map[string]any{"type": "object"}, "strict": true}},
			{"type": "function", "function": map[string]any{"name": "g"}},
		},
		ToolChoice: map[string]any{"type": "function", "function": map[string]any{"name": "f"}},
		Parallel:   &no, MaxTokens: 100, Temperature: &half, TopP: &half,
		Format: map[string]any{"type": "json_schema", "json_schema": map[string]any{"name": "out", "schema": map[string]any{"type": "object"}, "strict": true}},
	}
	if diff := cmp.Diff(want, p.requests[0], cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".header" }, cmp.Ignore())); diff != "" {
		t.Error(diff)
	}
	if got := p.requests[0].header.Get("Authorization"); got != "Bearer "+key {
		t.Errorf("authorization %q", got)
	}
}

func TestTraceGoesOut(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	tel, err := otel.Setup(t.Context(), otel.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer tel.Shutdown(t.Context())
	p := newProvider(t, stream(text("x"), chunk(`{}`, "stop")))
	id, _ := trace.TraceIDFromHex("0af7651916cd43dd8448eb211c80319c")
	span, _ := trace.SpanIDFromHex("b7ad6b7169203331")
	ctx := trace.ContextWithRemoteSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: span, TraceFlags: trace.FlagsSampled}))
	if _, _, err := complete(ctx, completer(t, chat.Config{BaseURL: p.url}), question()); err != nil {
		t.Fatal(err)
	}
	if got := p.requests[0].header.Get("Traceparent"); !strings.HasPrefix(got, "00-0af7651916cd43dd8448eb211c80319c-") {
		t.Errorf("traceparent %q", got)
	}
}

func TestCancel(t *testing.T) {
	gone := make(chan struct{})
	p := newProvider(t, func(w http.ResponseWriter, r *http.Request) {
		cut(text("Hello"))(w, r)
		<-r.Context().Done()
		close(gone)
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for d, err := range completer(t, chat.Config{BaseURL: p.url}).Complete(ctx, question()) {
		if d != nil {
			cancel()
		}
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("got %v", last)
	}
	<-gone // the provider was told
}

func TestBreakOff(t *testing.T) {
	gone := make(chan struct{})
	p := newProvider(t, func(w http.ResponseWriter, r *http.Request) {
		cut(text("Hello"))(w, r)
		<-r.Context().Done()
		close(gone)
	})
	for range completer(t, chat.Config{BaseURL: p.url}).Complete(t.Context(), question()) {
		break
	}
	<-gone
}

func TestBaseURL(t *testing.T) {
	for _, bad := range []string{"localhost:11434", "ftp://x/v1", "http://", "http://user:pa ss@%zz/"} {
		_, err := chat.New(chat.Config{BaseURL: bad})
		if err == nil || strings.Contains(err.Error(), "pa ss") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
