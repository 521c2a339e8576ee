package main

import (
	"context"
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	_ "modernc.org/sqlite" // to look behind the store

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses/chat"
)

// However the provider fails, each request ends, plain and streamed, in an
// answer, a degraded one or a clear error; nothing is half-written, and nothing
// still runs.
func TestFaults(t *testing.T) {
	before := goleak.IgnoreCurrent()
	clearTelemetry(t)
	t.Setenv("OTEL_SDK_DISABLED", "true")
	t.Run("faults", func(t *testing.T) {
		for _, f := range faults {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				w := newFaultyWorld(t, f)
				w.asks()
				w.responds()
				w.checkStore()
				w.recovers()
			})
		}
	})
	goleak.VerifyNone(t, before)
}

// faultyWorld is a server whose model's provider goes wrong.
type faultyWorld struct {
	*testServer
	fault    fault
	app      *app
	db       string
	provider *faultyProvider
	print    string // fingerprint of the documents
	asked    []agent.Answer
	logged   *strings.Builder
}

const providerKey = "sk-quoll-0123456789"

func newFaultyWorld(t *testing.T, f fault) *faultyWorld {
	w := &faultyWorld{fault: f, provider: &faultyProvider{t: t, play: f.play}, db: filepath.Join(t.TempDir(), "hone.db"), logged: &strings.Builder{}}
	provider := httptest.NewServer(w.provider)
	t.Cleanup(provider.Close)
	s := settings{
		DB: "sqlite:" + w.db, Agent: "default", Backend: "embedded", Log: "warn", Model: "small", Canary: 1, LiveSample: 1,
		BaseURL: provider.URL + "/v1", APIKey: providerKey, Local: map[string]string{"notes": "testdata/local"},
	}
	a, err := openApp(t.Context(), s, terminal{out: io.Discard, err: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	w.app = a
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if f.impatient {
		w.hurry()
	}
	if _, err := a.base.Sync(t.Context(), knowledge.SyncConfig{Source: "docs", Root: "testdata/docs"}); err != nil {
		t.Fatal(err)
	}
	w.print = w.fingerprint(t)
	w.testServer = startServing(t, func(ctx context.Context, term terminal) int {
		if err := a.serve(ctx, term, serveCmd{listening{Addr: "127.0.0.1:0"}, schedule{Mode: "off"}}); err != nil {
			t.Error(err)
			return exitFailed
		}
		return exitDone
	})
	return w
}

// hurry wires the app anew, with a completer that waits only a moment.
func (w *faultyWorld) hurry() {
	a, t := w.app, w.provider.t
	provider, err := chat.New(chat.Config{
		BaseURL: a.settings.BaseURL, APIKey: a.settings.APIKey, FirstByte: 200 * time.Millisecond, Silence: 200 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	a.onClose(func() error { provider.Close(); return nil })
	a.provider = provider
	models, err := a.house.models(a.settings)
	if err != nil {
		t.Fatal(err)
	}
	if a.api, err = newEngine(a.base, a.prompts, a.store, models, a.log); err != nil {
		t.Fatal(err)
	}
	if a.fleet.crew, err = a.fleet.muster(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a.unit, err = a.fleet.unit(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
}

func (w *faultyWorld) fingerprint(t *testing.T) string {
	t.Helper()
	frozen, err := w.app.base.Freeze(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return frozen.Fingerprint()
}

const rollBack = "How do I roll back checkout?"

// asks asks, plain and streamed.
func (w *faultyWorld) asks() {
	for _, stream := range []bool{false, true} {
		var a agent.Answer
		if stream {
			a = w.lastEvent(rollBack)
		} else {
			a = w.ask(rollBack, "")
		}
		w.asked = append(w.asked, a)
		switch {
		case !w.fault.degraded && (a.Status != agent.Answered || a.Model != "small" || a.Answer != "Undo it first[1]." || len(a.Citations) != 1):
			w.t.Errorf("stream %v: %+v", stream, a)
		case w.fault.degraded && (a.Status != agent.Degraded || a.Answer == "" || a.Note == ""):
			w.t.Errorf("stream %v: %+v", stream, a)
		case w.fault.degraded && a.Model == offlineModel && !strings.Contains(a.Answer, "kubectl rollout undo"):
			w.t.Errorf("stream %v: the fallback doesn't answer: %+v", stream, a)
		}
		if strings.Contains(a.Answer+a.Note, providerKey) || len(a.Answer) > 100_000 || len(a.Note) > 1000 {
			w.t.Errorf("stream %v: %.2000s", stream, a.Answer+a.Note)
		}
	}
}

// lastEvent asks for events and returns the answer that they end in.
func (w *faultyWorld) lastEvent(text string) (answer agent.Answer) {
	resp := w.do(http.MethodPost, "/v1/ask", question(text, "", true))
	defer resp.Body.Close()
	last := ""
	for name, data := range events(w.t, resp.Body) {
		if last = name; name == "done" {
			answer = decode[agent.Answer](w.t, data)
		}
	}
	if last != "done" {
		w.t.Errorf("the stream ends in %q", last)
	}
	return answer
}

// response is what the engine says of one.
type response struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Error  *struct {
		Message string `json:"message"`
		Code    string `json:"code"`
	} `json:"error"`
}

// responds uses the engine alone, plain and streamed.
func (w *faultyWorld) responds() {
	sources := w.source("docs")
	body := `{"model": "small", "input": "` + rollBack + `", "max_tool_calls": 5, "tools": [{"type": "file_search", "vector_store_ids": ["` + sources + `"]}], "stream": `
	resp := w.do(http.MethodPost, "/v1/responses", body+"false}")
	b, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	plain := decode[response](w.t, string(b))
	if err != nil || resp.StatusCode != w.fault.responses {
		w.t.Errorf("a plain response: %s, not %d (%v): %.1000s", resp.Status, w.fault.responses, err, b)
	}
	if (resp.StatusCode == http.StatusOK) != (plain.Error == nil) || strings.Contains(string(b), providerKey) || len(b) > 3<<20 {
		w.t.Errorf("a plain response: %.1000s", b)
	}
	if plain.ID != "" {
		w.checkResponse(plain.ID)
	}

	resp = w.do(http.MethodPost, "/v1/responses", body+"true}")
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK { // it failed before it began
		if b, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != w.fault.responses || decode[response](w.t, string(b)).Error == nil {
			w.t.Errorf("a streamed response: %s (%v) %s", resp.Status, err, b)
		}
		return
	}
	last, end, id := "", "", ""
	for name, data := range events(w.t, resp.Body) {
		last = data
		if name == "response.created" {
			id = decode[struct{ Response response }](w.t, data).Response.ID
		}
		if name != "" {
			end = name
		}
		if strings.Contains(data, providerKey) {
			w.t.Errorf("the key is shown: %.1000s", data)
		}
	}
	ends := map[string]bool{"response.completed": true, "response.incomplete": true, "response.failed": true, "error": true}
	if failed := end == "response.failed" || end == "error"; last != "[DONE]" || !ends[end] || failed != (w.fault.responses != http.StatusOK) {
		w.t.Errorf("a streamed response ends in %q and %.200q", end, last)
	}
	w.checkResponse(id)
}

// checkResponse looks whether a response is kept as a whole or not at all.
func (w *faultyWorld) checkResponse(id string) {
	w.t.Helper()
	resp := w.do(http.MethodGet, "/v1/responses/"+id, "")
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	kept := decode[response](w.t, string(b))
	if resp.StatusCode != http.StatusNotFound && (resp.StatusCode != http.StatusOK || kept.ID != id || kept.Status == "in_progress" || kept.Status == "queued") {
		w.t.Errorf("the response %s is kept so: %s %.1000s", id, resp.Status, b)
	}
}

// checkStore looks for what is half-written.
func (w *faultyWorld) checkStore() {
	runs, err := w.app.store.Runs(w.t.Context(), agent.RunFilter{})
	if err != nil || len(runs) != len(w.asked) {
		w.t.Errorf("%d runs are kept of %d (%v)", len(runs), len(w.asked), err)
	}
	for i, r := range runs {
		want := w.asked[len(w.asked)-1-i]
		if r.ID != want.ID || r.Answer.Answer != want.Answer || r.Status != want.Status || r.Error != "" || r.Question != rollBack {
			w.t.Errorf("kept is %+v\nof %+v", r, want)
		}
	}
	if w.fingerprint(w.t) != w.print {
		w.t.Error("the documents changed")
	}
	db, err := sql.Open("sqlite", w.db)
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	for what, query := range map[string]string{
		"responses that never ended":     `SELECT count(*) FROM responses WHERE json_extract(response, '$.status') NOT IN ('completed', 'incomplete', 'failed')`,
		"conversations nobody asked for": `SELECT count(*) FROM conversations`,
	} {
		var n int
		if err := db.QueryRowContext(w.t.Context(), query).Scan(&n); err != nil || n != 0 {
			w.t.Errorf("%d %s (%v)", n, what, err)
		}
	}
}

// recovers goes on in a thread once the provider is well again.
func (w *faultyWorld) recovers() {
	w.provider.plays(healthy)
	for _, earlier := range w.asked {
		a := w.ask("And then?", earlier.Thread)
		if a.Status != agent.Answered || a.Model != "small" || a.Thread != earlier.Thread {
			w.t.Errorf("once the provider is well: %+v", a)
		}
	}
}

// A caller who leaves ends everything: the provider is told to stop.
func TestCallerLeaves(t *testing.T) {
	before := goleak.IgnoreCurrent()
	clearTelemetry(t)
	t.Setenv("OTEL_SDK_DISABLED", "true")
	for _, stream := range []bool{false, true} {
		began, ended := make(chan struct{}), make(chan struct{})
		t.Run("", func(t *testing.T) {
			w := newFaultyWorld(t, fault{name: "waits", play: func(p *turnOfProvider) {
				_ = p.delta(`{"role":"assistant","content":"Undo it, and then wait for a very long time until"}`)
				close(began)
				<-p.r.Context().Done()
				close(ended)
			}})
			ctx, leave := context.WithCancel(t.Context())
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/v1/ask", strings.NewReader(question(rollBack, "", stream)))
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				<-began
				leave()
			}()
			if resp, err := w.http.Do(r); err == nil {
				_, err = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if err == nil {
					t.Error("the answer came to an end")
				}
			}
			<-ended
			w.stop()
			runs, err := w.app.store.Runs(t.Context(), agent.RunFilter{})
			if err != nil || len(runs) != 1 || runs[0].Error == "" || runs[0].Question != rollBack {
				t.Errorf("kept are %+v (%v)", runs, err)
			}
		})
	}
	goleak.VerifyNone(t, before)
}

// An interrupt ends a command that waits for a model at once.
func TestInterrupted(t *testing.T) {
	before := goleak.IgnoreCurrent()
	clearTelemetry(t)
	ctx, interrupt := context.WithCancel(t.Context())
	provider := httptest.NewServer(&faultyProvider{t: t, play: func(p *turnOfProvider) {
		interrupt()
		<-p.r.Context().Done()
	}})
	var out, said strings.Builder
	status := run(ctx, []string{"--db=" + emptyDatabase(t), "--log=error", "--model=small", "--base-url=" + provider.URL + "/v1", "ask", rollBack},
		terminal{out: &out, err: &said})
	provider.Close()
	if status != exitFailed || out.Len() > 0 || said.String() != "hone: there are no documents yet; add some: hone ingest DIR\nhone: interrupted\n" {
		t.Errorf("status %d, printed %q and %q", status, &out, &said)
	}
	goleak.VerifyNone(t, before)
}
