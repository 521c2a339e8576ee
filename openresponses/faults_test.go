package openresponses_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/openresponses/chat"
)

var down = &openresponses.Error{Code: openresponses.Unavailable, Message: "The model's provider is down.", RetryAfter: 3 * time.Second}

// Before the first event a failure is an HTTP error, for plain and streamed
// requests alike.
func TestFailureBeforeTheFirstEvent(t *testing.T) {
	for name, test := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"down":         {down, 503, "provider_unavailable"},
		"wrapped":      {fmt.Errorf("turn 1: %w", down), 503, "provider_unavailable"},
		"rate limited": {&openresponses.Error{Code: openresponses.RateLimited, Message: "Slow down."}, 429, "rate_limit_exceeded"},
		"too long":     {&openresponses.Error{Code: openresponses.ContextLength, Message: "Too long."}, 400, "context_length_exceeded"},
		"unknown":      {errors.New("secret: sk-1234"), 500, "server_error"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, []any{test.err}, []any{test.err})
			for _, stream := range []string{"false", "true"} {
				status, header, body := w.send(t, "POST", "/v1/responses", w.ask(`"stream":`+stream))
				var e struct {
					Error struct {
						Message, Type, Code string
						Param               *string
					}
				}
				if err := json.Unmarshal([]byte(body), &e); err != nil {
					t.Fatal(err, body)
				}
				if status != test.status || e.Error.Code != test.code || e.Error.Message == "" || strings.Contains(body, "sk-1234") {
					t.Errorf("stream %s: %d %s", stream, status, body)
				}
				if name == "down" && (header.Get("Retry-After") != "3" || header.Get("X-Should-Retry") != "false") {
					t.Errorf("header %v", header)
				}
			}
		})
	}
}

// After it, a stream ends in response.failed, and a plain request in an HTTP
// error. Nothing is kept.
func TestFailureInTheMiddle(t *testing.T) {
	search := searches(`{"queries":["redis failover"]}`)
	for name, turns := range map[string][][]any{
		"in a text":       {{openresponses.TextDelta{Text: "Thirty "}, down}},
		"in a call":       {{delta{ID: "c", Name: "ping", Arguments: "{"}, down}},
		"after a search":  {calls(search), {down}},
		"after two turns": {calls(search), calls(search), {openresponses.TextDelta{Text: "So"}, down}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, turns...)
			_, _, answer := w.send(t, "POST", "/v1/conversations", `{}`)
			var c struct{ ID string }
			if err := json.Unmarshal([]byte(answer), &c); err != nil {
				t.Fatal(err)
			}
			in := fmt.Sprintf(`"conversation":%q`, c.ID)
			r, events := w.streamed(t, w.ask(in))
			if r.Status != "failed" || (*r.Error)["code"] != "provider_unavailable" || events[len(events)-1].name != "response.failed" {
				t.Errorf("got %+v", r)
			}
			w.model.turns = turns
			if status, _, body := w.send(t, "POST", "/v1/responses", w.ask(in)); status != 503 {
				t.Errorf("plain: %d %s", status, body)
			}
			if status, _, _ := w.send(t, "GET", "/v1/responses/"+r.ID, ""); status != 404 {
				t.Errorf("a failed response is kept: %d", status)
			}
			if _, _, body := w.send(t, "GET", "/v1/conversations/"+c.ID+"/items", ""); !strings.Contains(body, `"data":[]`) {
				t.Errorf("the conversation holds %s", body)
			}
		})
	}
}

// A failed search is an error, never an empty result.
func TestFailedSearch(t *testing.T) {
	turn := calls(searches(`{"queries":["redis failover"]}`))
	w := newWorld(t, turn, turn, turn)
	unknown := strings.Replace(w.ask(""), w.source.ID, "vs_unknown", 1)
	status, _, body := w.send(t, "POST", "/v1/responses", unknown)
	if status != 404 || !strings.Contains(body, "vs_unknown") {
		t.Errorf("%d %s", status, body)
	}
	r, _ := w.streamed(t, unknown)
	if r.Status != "failed" || r.Output[0].Status != "failed" {
		t.Errorf("got %+v", r)
	}
	if err := w.db.Close(); err != nil { // the database is gone
		t.Fatal(err)
	}
	status, _, body = w.send(t, "POST", "/v1/responses", w.ask(""))
	if status != 500 || !strings.Contains(body, "server_error") {
		t.Errorf("%d %s", status, body)
	}
}

// failingStore cannot keep anything.
type failingStore struct{ openresponses.Store }

func (failingStore) PutResponse(context.Context, openresponses.StoredResponse) error {
	return errors.New("disk full: /secret/path")
}

// A response that cannot be kept has failed, so that its ID is never given out
// for nothing.
func TestFailedSave(t *testing.T) {
	w := newWorld(t, says("So."), says("So."))
	engine, err := openresponses.New(openresponses.Config{
		Store: failingStore{w.db}, Logger: slog.New(slog.DiscardHandler),
		Models: []openresponses.Model{{Name: "scripted", Completer: w.model}},
	})
	if err != nil {
		t.Fatal(err)
	}
	post := func(stream string) string {
		rec := httptest.NewRecorder()
		engine.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "POST", "/v1/responses", strings.NewReader(`{"model":"scripted","input":"x","stream":`+stream+`}`)))
		return rec.Body.String()
	}
	if body := post("false"); !strings.Contains(body, `"server_error"`) || strings.Contains(body, "secret") {
		t.Error(body)
	}
	body := post("true")
	if r := checkStream(t, parseSSE(t, body)); r.Status != "failed" || strings.Contains(body, "secret") || strings.Contains(body, "response.completed") {
		t.Error(body)
	}
}

// brokenWriter fails after some writes, as a client does that goes away.
type brokenWriter struct {
	http.ResponseWriter
	left    int
	pending int // bytes written and not flushed
	writes  []string
}

func (w *brokenWriter) Write(b []byte) (int, error) {
	if w.left == 0 {
		return 0, io.ErrClosedPipe
	}
	w.left--
	w.pending++
	w.writes = append(w.writes, string(b))
	return len(b), nil
}

func (w *brokenWriter) Flush() { w.pending = 0 }

// Each event is one Write and one Flush.
func TestOneWriteAnEvent(t *testing.T) {
	w := newWorld(t, calls(searches(`{"queries":["redis failover"]}`)), says("So ", "it is 【1】."))
	rec := &brokenWriter{ResponseWriter: httptest.NewRecorder(), left: -1}
	w.engine.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "POST", "/v1/responses", strings.NewReader(w.ask(`"stream":true`))))
	if rec.pending != 0 {
		t.Errorf("%d writes were not flushed", rec.pending)
	}
	for i, b := range rec.writes {
		last := i == len(rec.writes)-1
		if whole := strings.HasPrefix(b, "event: response.") && strings.Count(b, "\n\n") == 1 && strings.HasSuffix(b, "\n\n"); whole == last {
			t.Errorf("write %d: %q", i, b)
		}
	}
	if got := rec.writes[len(rec.writes)-1]; got != "data: [DONE]\n\n" {
		t.Errorf("the last write is %q", got)
	}
}

// A client that goes away ends everything, wherever that happens, and nothing
// is kept of an answer that it did not see whole.
func TestClientGoesAway(t *testing.T) {
	for writes := 1; ; writes++ {
		w := newWorld(t, calls(searches(`{"queries":["redis failover"]}`)), append([]any{openresponses.TextDelta{Text: "So "}}, says("it ", "is.")...))
		rec := &brokenWriter{ResponseWriter: httptest.NewRecorder(), left: writes}
		w.engine.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "POST", "/v1/responses", strings.NewReader(w.ask(`"stream":true`))))
		if len(rec.writes) != writes {
			t.Fatalf("%d writes, want %d", len(rec.writes), writes)
		}
		last := rec.writes[writes-1]
		id := regexp.MustCompile(`resp_[0-9a-f]{48}`).FindString(rec.writes[0])
		_, err := w.db.StoredResponse(t.Context(), id)
		switch done := strings.HasPrefix(last, "event: response.completed"); {
		case done:
			if err != nil {
				t.Errorf("the finished response is not kept: %v", err)
			}
			return
		case !errors.Is(err, fs.ErrNotExist) && !lastItem(last):
			t.Errorf("after %d writes, a response is kept: %v", writes, err)
		}
	}
}

// lastItem tells whether an event is the last before the end.
func lastItem(ev string) bool {
	return strings.HasPrefix(ev, "event: response.output_item.done") && strings.Contains(ev, `"output_index":1`)
}

func TestCancelReachesTheModel(t *testing.T) {
	for _, stream := range []string{"false", "true"} {
		started, ended := make(chan struct{}), make(chan struct{})
		w := newWorld(t, []any{openresponses.TextDelta{Text: "So"}, func(ctx context.Context) {
			close(started)
			<-ctx.Done()
			close(ended)
		}, openresponses.TextDelta{Text: " on"}})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-started
			cancel()
		}()
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/v1/responses", strings.NewReader(w.ask(`"stream":`+stream)))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := w.http.Do(r)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("stream %s: %v", stream, err)
		}
		<-ended
	}
}

// What a provider does wrong, seen from a client of the engine.
func TestScriptedProvider(t *testing.T) {
	const head = "data: "
	chunk := func(delta, finish string) string {
		return fmt.Sprintf(`%s{"model":"m","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}`+"\n\n", head, delta, finish)
	}
	text := func(s string) string { return chunk(`{"content":`+s+`}`, "null") }
	call := func(name, arguments string) string {
		return chunk(fmt.Sprintf(`{"tool_calls":[{"index":0,"id":"c1","function":{"name":%q,"arguments":%q}}]}`, name, arguments), "null")
	}
	stop, tools, end := chunk(`{}`, `"stop"`), chunk(`{}`, `"tool_calls"`), "data: [DONE]\n\n"
	answer := text(`"So."`) + stop + end
	search := call("file_search", `{"queries":["redis failover"]}`) + tools + end
	type step struct {
		status int
		body   string
		wait   bool // for the client to give up
	}
	brief := 200 * time.Millisecond
	tests := []struct {
		name    string
		steps   []step // the last one stays
		want    string // of a plain request: summary, or status and code
		streams string // of a streamed one, where that differs
	}{
		{"fine", []step{{200, search, false}, {200, answer, false}}, "completed\nfile_search_call completed [\"redis failover\"] runbooks/redis.md\nmessage completed \"So.\"", ""},
		{"429 once", []step{{429, `{}`, false}, {200, answer, false}}, "completed\nmessage completed \"So.\"", ""},
		{"429 for ever", []step{{429, `{"error":{"message":"slow down"}}`, false}}, "429 rate_limit_exceeded", ""},
		{"500 for ever", []step{{500, `oops`, false}}, "503 provider_unavailable", ""},
		{"500 after a search", []step{{200, search, false}, {500, `oops`, false}}, "503 provider_unavailable", "failed provider_unavailable"},
		{"never", []step{{200, "", true}}, "504 timeout", ""},
		{"silent in the middle", []step{{200, text(`"So"`), true}}, "504 timeout", "failed timeout"},
		{"cut", []step{{200, text(`"So"`), false}}, "502 provider_error", "failed provider_error"},
		{"broken JSON", []step{{200, text(`"So"`) + "data: {\"choices\":[{\n\n", false}}, "502 provider_error", "failed provider_error"},
		{"unknown tool", []step{{200, call("nonsense", "{}") + tools + end, false}, {200, answer, false}}, "completed\nmessage completed \"So.\"", ""},
		{"unknown tools for ever", []step{{200, call("nonsense", "{}") + tools + end, false}}, "completed\nmessage completed \"\"", ""},
		{"empty answers", []step{{200, stop + end, false}}, "completed\nmessage completed \"\"", ""},
		{"endless searches", []step{{200, search, false}}, "completed" + strings.Repeat("\nfile_search_call completed [\"redis failover\"] runbooks/redis.md", 16) + "\nmessage completed \"\"", ""},
		{"a huge answer", []step{{200, strings.Repeat(text(`"`+strings.Repeat("more ", 1000)+`"`), 300) + stop + end, false}}, "502 provider_error", "failed provider_error"},
	}
	for _, test := range tests {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/stream=%t", test.name, stream), func(t *testing.T) {
				var n atomic.Int64
				provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					s := test.steps[min(int(n.Add(1)), len(test.steps))-1]
					w.Header().Set("Content-Type", "text/event-stream")
					w.Header().Set("Retry-After-Ms", "1")
					w.WriteHeader(s.status)
					io.WriteString(w, s.body)
					if s.wait {
						http.NewResponseController(w).Flush()
						<-r.Context().Done()
					}
				}))
				t.Cleanup(provider.Close)
				config := chat.Config{BaseURL: provider.URL + "/v1", MaxBytes: 1 << 20}
				switch test.name {
				case "never":
					config.FirstByte = brief
				case "silent in the middle":
					config.Silence = brief
				}
				model, err := chat.New(config)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(model.Close)
				w := newWorld(t)
				w.serve(t, model)
				if want := test.streams; stream && want != "" {
					r, _ := w.streamed(t, w.ask(""))
					if got := r.Status + " " + (*r.Error)["code"]; got != want {
						t.Errorf("got %s, want %s", got, want)
					}
					return
				}
				status, _, body := w.send(t, "POST", "/v1/responses", w.ask(fmt.Sprintf(`"stream":%t`, stream)))
				if status != 200 {
					var e struct{ Error struct{ Code string } }
					if err := json.Unmarshal([]byte(body), &e); err != nil {
						t.Fatal(err)
					}
					if got := fmt.Sprintf("%d %s", status, e.Error.Code); got != test.want {
						t.Errorf("got %s, want %s: %s", got, test.want, body)
					}
					return
				}
				var r wireResponse
				if stream {
					r = checkStream(t, parseSSE(t, body))
				} else if problem := checkResponse(json.RawMessage(body), &r); problem != "" {
					t.Fatal(problem, body)
				}
				if got := summary(r); got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
			})
		}
	}
}

// Who may not see everything finds only what is for everyone or for them, and
// manages nothing.
func TestAccess(t *testing.T) {
	w := newWorld(t, calls(searches(`{"queries":["failover"]}`)), says("So【1】."))
	ctx := t.Context()
	if _, err := w.base.Put(ctx, w.source.ID, knowledge.Upload{Path: "secret.md", Content: []byte("# Failover\n\nThe failover password."), Groups: []string{"admins"}}); err != nil {
		t.Fatal(err)
	}
	groups := []string{"engineers"}
	w.access = func(*http.Request) knowledge.Access { return knowledge.Access{Groups: groups} }
	w.serve(t, w.model)
	r := w.plain(t, w.ask(""))
	if got := summary(r); strings.Contains(got, "secret.md") || !strings.Contains(got, redis) {
		t.Errorf("got %s", got)
	}
	search := func() string {
		status, _, body := w.send(t, "POST", "/v1/vector_stores/"+w.source.ID+"/search", `{"query":"failover password"}`)
		if status != 200 {
			t.Errorf("%d %s", status, body)
		}
		return body
	}
	if strings.Contains(search(), "secret.md") {
		t.Error("the search finds it")
	}
	groups = []string{"admins"}
	if !strings.Contains(search(), "secret.md") {
		t.Error("the search does not find it for its group")
	}
	for _, q := range [][2]string{
		{"GET", "/v1/files"}, {"POST", "/v1/files"}, {"GET", "/v1/files/x/content"}, {"DELETE", "/v1/files/x"},
		{"POST", "/v1/vector_stores"}, {"DELETE", "/v1/vector_stores/" + w.source.ID}, {"GET", "/v1/vector_stores/" + w.source.ID + "/files"},
		{"GET", "/v1/vector_stores/" + w.source.ID + "/files/x/content"},
	} {
		if status, _, body := w.send(t, q[0], q[1], ""); status != 403 || !strings.Contains(body, "permission_denied") {
			t.Errorf("%v: %d %s", q, status, body)
		}
	}
}
