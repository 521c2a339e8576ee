package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/server"
	"github.com/honehq/hone/store/sqlite"
	"github.com/honehq/hone/traces"
)

const tracedID = "0af7651916cd43dd8448eb211c80319c"

// keepTraces puts the trace of a question into a file of its own, and what was
// kept of the answer into the world's database.
func keepTraces(t *testing.T, change func([]otel.Span)) func(*server.Config) {
	t.Helper()
	db, err := sqlite.OpenTraces(t.Context(), t.TempDir()+"/traces.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeOf(t, db) })
	span := func(id, parent, name string, from, to int, attributes map[string]any) otel.Span {
		return otel.Span{TraceID: tracedID, SpanID: strings.Repeat(id, 16), ParentID: strings.Repeat(parent, 16), Name: name, Kind: "internal",
			Start: moment.Add(time.Duration(from) * time.Millisecond), End: moment.Add(time.Duration(to) * time.Millisecond), Attributes: attributes}
	}
	spans := []otel.Span{
		span("1", "", "POST /v1/ask", 0, 100, nil),
		span("2", "1", "invoke_agent default", 10, 90, map[string]any{
			"hone.run.id": "run_1", "hone.status": "answered", "gen_ai.agent.name": "default", "gen_ai.conversation.id": "thr_1", "hone.origin": "http",
			"hone.prompt.version": int64(3), "gen_ai.request.model": "scripted-1", "gen_ai.usage.input_tokens": int64(10), "gen_ai.usage.output_tokens": int64(5)}),
		span("3", "2", "execute_tool file_search", 20, 40, map[string]any{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "file_search",
			"hone.search.results": int64(1), "hone.search.files": []string{"file-1"}, "hone.search.scores": []float64{0.5}}),
		span("4", "2", "chat scripted-1", 40, 80, map[string]any{"gen_ai.operation.name": "chat", "gen_ai.request.model": "scripted-1"}),
	}
	spans[3].Status, spans[3].Message = "error", "it broke"
	if change != nil {
		change(spans)
	}
	other := span("1", "", "invoke_agent default", 0, 50, map[string]any{"hone.run.id": "run_2", "hone.status": "not_found", "gen_ai.agent.name": "default"})
	other.TraceID = strings.Repeat("b", 32)
	ingest := span("1", "", "hone ingest", 0, 5000, nil)
	ingest.TraceID = strings.Repeat("c", 32)
	if err := db.PutSpans(t.Context(), append(spans, other, ingest)); err != nil {
		t.Fatal(err)
	}
	return func(c *server.Config) {
		c.Traces, c.Version = db, "v1"
		c.Accounts = traces.Book{Runs: c.Runs}
		if err := c.Runs.PutRun(t.Context(), agent.Run{Answer: answer, Question: "How do I <b>fail over</b>?", Origin: agent.FromHTTP}); err != nil {
			t.Fatal(err)
		}
		gone := answer
		gone.ID, gone.TraceID = "run_gone", strings.Repeat("d", 32)
		if err := c.Runs.PutRun(t.Context(), agent.Run{Answer: gone, Origin: agent.FromHTTP}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTracesOverHTTP(t *testing.T) {
	w := newWorld(t, redis, keepTraces(t, nil))
	for path, want := range map[string]string{
		"/v1/traces":                      `{"data":[{"trace_id":"cccccccccccccccccccccccccccccccc"`,
		"/v1/traces?answers=true&limit=1": `"trace_id":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","name":"invoke_agent default"`,
		"/v1/traces?status=answered&errors=true&agent=default&prompt_version=3&thread=thr_1&origin=http&slower=50ms&since=2000-01-01": `"answer":{"id":"run_1"`,
		"/v1/traces?status=degraded":                               `{"data":[]}`,
		"/v1/traces?until=2000-01-01":                              `{"data":[]}`,
		"/v1/traces?before=2000-01-01T00:00:00Z":                   `{"data":[]}`,
		"/v1/traces?slower=soon":                                   `"param":"slower"`,
		"/v1/traces?prompt_version=0":                              `"param":"prompt_version"`,
		"/v1/traces?since=soon":                                    `"param":"since"`,
		"/v1/traces?errors=perhaps":                                `"param":"errors"`,
		"/v1/traces?stauts=answered":                               `"param":"stauts"`,
		"/v1/traces/" + tracedID:                                   `"question":"How do I <b>fail over</b>?"`,
		"/v1/traces/run_1":                                         `"passages":[{"file_id":"file-1","score":0.5}],"tools":[{"name":"file_search","duration_seconds":0.02,"passages":1}]`,
		"/v1/traces/" + tracedID[:8]:                               `"name":"POST /v1/ask"`,
		"/v1/traces/run_1?format=xml":                              `"param":"format"`,
		"/v1/traces/run_404":                                       `no trace \"run_404\" is kept here: each process of Hone keeps`,
		"/v1/traces/run_gone":                                      `its trace dddddddddddddddddddddddddddddddd is not kept here`,
		"/v1/traces/run_1/compare?with=run_2":                      `{"kind":"-","depth":1,"label":"execute_tool file_search"`,
		"/v1/traces/run_1/compare?with=" + strings.Repeat("c", 32): "there is no answer in the trace",
		"/traces":                          `href="/traces/` + tracedID,
		"/traces?status=not_found":         `href="/traces/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"`,
		"/traces?all=true":                 "hone ingest",
		"/traces?status=&slower=&errors=":  `href="/traces/` + tracedID,
		"/traces/" + tracedID:              "How do I &lt;b&gt;fail over&lt;/b&gt;?",
		"/traces/run_1/compare?with=run_2": "execute_tool file_search",
		"/traces/run_404":                  "is kept here",
	} {
		res, body := w.send(t, "GET "+path)
		if !strings.Contains(body, want) {
			t.Errorf("%s: %s\n%.3000s lacks %s", path, res.Status, body, want)
		}
		if policy := res.Header.Get("Content-Security-Policy"); strings.HasPrefix(path, "/traces") && res.StatusCode == http.StatusOK && (!strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "form-action 'self'") || strings.Contains(policy, "unsafe")) {
			t.Errorf("%s has the policy %q", path, policy)
		}
	}
	res, _ := w.send(t, "GET /traces/run_1")
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusFound || got != "/traces/"+tracedID {
		t.Errorf("an answer's ID leads to %q: %s", got, res.Status)
	}
	_, body := w.send(t, "GET /v1/traces/run_1?format=otlp")
	if out, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces([]byte(body)); err != nil || out.SpanCount() != 4 {
		t.Errorf("OTLP: %v in %s", err, body)
	}
}

func TestTracePaging(t *testing.T) {
	w := newWorld(t, redis, keepTraces(t, func(spans []otel.Span) {
		for i := range spans {
			spans[i].Start, spans[i].End = spans[i].Start.Add(-time.Hour), spans[i].End.Add(-time.Hour)
		}
	}))
	_, body := w.send(t, "GET /v1/traces?answers=true&limit=1")
	_, next, found := strings.Cut(body, `"next":"`)
	next, _, _ = strings.Cut(next, `"`)
	if _, body = w.send(t, "GET /v1/traces?answers=true&limit=1&before="+next); !found || !strings.Contains(body, tracedID) || strings.Contains(body, "next") {
		t.Errorf("after %q: %s", next, body)
	}
}

func TestNoTracesAreKept(t *testing.T) {
	w := newWorld(t, redis, nil)
	for path, status := range map[string]int{
		"/v1/traces": http.StatusNotFound, "/v1/traces/run_1": http.StatusNotFound, "/traces/run_1": http.StatusNotFound, "/traces": http.StatusOK,
	} {
		if res, body := w.send(t, "GET "+path); res.StatusCode != status || !strings.Contains(body, "this Hone keeps no traces") {
			t.Errorf("%s: %s %s", path, res.Status, body)
		}
	}
}

// Traces tell what people asked: nobody reads them without the key, which a
// browser may ask for as a password.
func TestTracesNeedTheKey(t *testing.T) {
	const key = "a-key-of-some-length"
	keep := keepTraces(t, nil)
	w := newWorld(t, redis, func(c *server.Config) { keep(c); c.Keys = []string{key} })
	for _, path := range []string{"/traces", "/traces/run_1", "/traces/run_1/compare?with=run_2", "/v1/traces", "/v1/traces/run_1?format=otlp"} {
		for password, want := range map[string]bool{"": false, "another-key-of-length": false, key: true} {
			r := w.request(t, "GET "+path)
			if password != "" {
				r.SetBasicAuth("anyone", password)
			}
			res, body := do(t, r)
			if got := res.StatusCode < 400; got != want || !want && (res.StatusCode != http.StatusUnauthorized || strings.Contains(body, tracedID)) {
				t.Errorf("%s with %q: %s %s", path, password, res.Status, body)
			}
		}
	}
}

// TestEveryResponseNamesItsTrace: answers, refusals and pages alike.
func TestEveryResponseNamesItsTrace(t *testing.T) {
	telemetry(t)
	keep := keepTraces(t, nil)
	w := newWorld(t, redis, keep)
	locked := newWorld(t, redis, func(c *server.Config) { c.Keys = []string{"a-key-of-some-length"} })
	seen := map[string]bool{}
	for _, request := range []struct {
		*world
		text string
	}{
		{w, question("why?")}, {w, ask(`{"question":"why?","stream":true}`)}, {w, ask(`{`)}, {w, "GET /v1/models"}, {w, "GET /v1/responses/none"},
		{w, "GET /"}, {w, "GET /page/page.js"}, {w, "GET /traces"}, {w, "GET /traces/run_1"}, {w, "GET /rounds"}, {w, "GET /nowhere"},
		{w, "DELETE /v1/ask"}, {w, "OPTIONS /v1/ask"}, {w, "GET /\nHost: elsewhere.example"}, {locked, "GET /v1/runs"},
	} {
		res, _ := request.send(t, request.text)
		id := res.Header.Get("X-Trace-Id")
		if len(id) != 32 || seen[id] {
			t.Errorf("%q: %s with X-Trace-Id %q", request.text, res.Status, id)
		}
		seen[id] = true
	}
}
