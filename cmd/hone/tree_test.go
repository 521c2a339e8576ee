package main

import (
	"bytes"
	orelse "cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses/chat"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/server"
)

// The whole tree of one ask, by way in and by what goes wrong, on both stores:
// testdata/trees holds names, parents, kinds, attributes and statuses. Values
// that differ each time are left out, see shape. Refresh with -update.
func TestTrees(t *testing.T) {
	for _, tc := range []struct {
		store string
		open  func(t *testing.T) string
	}{
		{"sqlite", func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "hone.db") }},
		{"postgres", postgresDatabase},
	} {
		t.Run(tc.store, func(t *testing.T) {
			clearTelemetry(t)
			w := newForest(t, tc.open(t))
			golden := &txtar.Archive{Comment: []byte("Spans by their start: kind, name, then what is known of them.\nStatements in a row that differ in nothing but their time are one line.\n")}
			for _, s := range scenarios {
				golden.Files = append(golden.Files, txtar.File{Name: s.name, Data: []byte(w.grow(s))})
			}
			path := filepath.Join("testdata", "trees", tc.store+".txtar")
			if *update {
				if err := os.WriteFile(path, txtar.Format(golden), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			compareTrees(t, path, golden)
		})
	}
}

func compareTrees(t *testing.T, path string, got *txtar.Archive) {
	t.Helper()
	want, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	trees := func(a *txtar.Archive) map[string]string {
		out := map[string]string{}
		for _, f := range a.Files {
			out[f.Name] = string(f.Data)
		}
		return out
	}
	if diff := cmp.Diff(trees(want), trees(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// scenario is one request, and what the provider says to it.
type scenario struct {
	name   string
	path   string // /v1/ask where it is empty
	body   string
	turns  []turnOf // of the provider, the last one again and again
	status int      // 200 where it is 0
	before func(w *forest)
	after  func(w *forest)
	leave  bool // the caller goes away once the provider was asked
}

// turnOf answers one request for a completion.
type turnOf func(p *turnOfProvider)

func saysThat(text string) turnOf {
	return func(p *turnOfProvider) {
		_ = p.delta(fmt.Sprintf(`{"role":"assistant","content":%s}`, quoted(text)))
		p.end("stop")
	}
}

func callsTool(tool, arguments string) turnOf {
	return func(p *turnOfProvider) {
		_ = p.delta(call(tool, arguments))
		p.end("tool_calls")
	}
}

func refuses(status int) turnOf {
	return func(p *turnOfProvider) {
		p.w.Header().Set("X-Should-Retry", "false")
		p.refuse(status)
	}
}

const askDrain = `{"question":"How do I drain a node?"}`

var (
	searchesFirst = callsTool("file_search", `{"queries":["drain a node"]}`)
	answersIt     = saysThat("Drain it first【1】.")
	scenarios     = []scenario{
		{name: "answered", body: askDrain, turns: []turnOf{searchesFirst, callsTool("list_local_files", `{"directory":"notes"}`), answersIt}},
		{name: "answered, streamed", body: `{"question":"How do I drain a node?","stream":true}`, turns: []turnOf{searchesFirst, answersIt}},
		{name: "a response", path: "/v1/responses", body: `{"model":"small","input":"How do I drain a node?","tools":[{"type":"file_search","vector_store_ids":["STORE"]}]}`, turns: []turnOf{searchesFirst, answersIt}},
		{name: "a response, streamed", path: "/v1/responses", body: `{"model":"small","stream":true,"store":false,"input":"How do I drain a node?"}`, turns: []turnOf{answersIt}},
		{name: "a response in the background is refused", path: "/v1/responses", body: `{"model":"small","background":true,"input":"?"}`, status: 400},
		{name: "a search", path: "/v1/vector_stores/STORE/search", body: `{"query":"drain a node"}`},
		{name: "not found", body: askDrain, turns: []turnOf{searchesFirst, saysThat("NOT FOUND\nI looked for nodes.")}},
		{name: "cites what was not retrieved", body: askDrain, turns: []turnOf{saysThat("Drain it first【7】.")}},
		{name: "a tool refuses", body: askDrain, turns: []turnOf{callsTool("list_local_files", `{"directory":"nowhere"}`), answersIt}},
		{name: "a tool that there is not", body: askDrain, turns: []turnOf{callsTool("drain_node", `{}`), answersIt}},
		{name: "provider 500", body: askDrain, turns: []turnOf{refuses(500)}},
		{name: "provider 429", body: askDrain, turns: []turnOf{refuses(429)}},
		{name: "provider is silent", body: askDrain, turns: []turnOf{func(p *turnOfProvider) { <-p.r.Context().Done() }}},
		{name: "provider breaks off", body: askDrain, turns: []turnOf{func(p *turnOfProvider) { _ = p.delta(`{"role":"assistant","content":"Drain"}`) }}},
		{name: "provider sends garbage", body: askDrain, turns: []turnOf{func(p *turnOfProvider) { fmt.Fprint(p.w, "<html>Please log in.</html>") }}},
		{name: "an empty answer", body: askDrain, turns: []turnOf{saysThat("")}},
		{name: "no question", body: `{"question":" "}`, status: 400},
		{name: "no such thread", body: `{"question":"And then?","thread":"thr_none"}`, status: 404},
		{name: "the store fails", body: askDrain, turns: []turnOf{answersIt}, status: 500,
			before: func(w *forest) { w.look.exec(`ALTER TABLE runs RENAME TO runs_away`) },
			after:  func(w *forest) { w.look.exec(`ALTER TABLE runs_away RENAME TO runs`) }},
		{name: "the caller goes away", body: askDrain, leave: true, turns: []turnOf{func(p *turnOfProvider) { <-p.r.Context().Done() }}},
	}
)

// forest is a Hone whose traces are looked at.
type forest struct {
	t     *testing.T
	app   *app
	look  lookingBehind
	store string // ID of the source

	mu    sync.Mutex
	turns []turnOf
	asked chan struct{} // gets one for each request of the provider
	trees int
}

func newForest(t *testing.T, db string) *forest {
	w := &forest{t: t, asked: make(chan struct{}, 100), look: lookBehind(t, db)}
	models := httptest.NewServer(w)
	t.Cleanup(models.Close)
	w.app = openTracedOn(t, db, models.URL)
	provider, err := chat.New(chat.Config{BaseURL: models.URL + "/v1", APIKey: keyCanary, FirstByte: 2 * time.Second, Silence: 2 * time.Second, Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	w.app.onClose(func() error { provider.Close(); return nil })
	rewire(t, w.app, provider)
	source, err := w.app.base.Source(t.Context(), "docs")
	if err != nil {
		t.Fatal(err)
	}
	w.store = source.ID
	if _, err := w.app.base.Search(t.Context(), knowledge.Query{Texts: []string{"drain"}, Access: knowledge.Access{All: true}}); err != nil {
		t.Fatal(err) // which loads the index
	}
	return w
}

// ServeHTTP plays the provider.
func (w *forest) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body) // so that it is noticed when the client goes
	if err != nil {
		return
	}
	w.mu.Lock()
	turn := w.turns[0]
	if len(w.turns) > 1 {
		w.turns = w.turns[1:]
	}
	w.mu.Unlock()
	w.asked <- struct{}{}
	turn(&turnOfProvider{w: rw, r: r, toolResults: bytes.Count(body, []byte(`"role":"tool"`))})
}

// grow plays a scenario and returns its trace.
func (w *forest) grow(s scenario) string {
	t := w.t
	w.mu.Lock()
	w.turns = s.turns
	w.mu.Unlock()
	for len(w.asked) > 0 {
		<-w.asked
	}
	if s.before != nil {
		s.before(w)
	}
	handler, err := server.New(server.Config{Agents: []server.Asker{w.app.agent}, Runs: w.app.store, Sources: w.app.base, Eval: w.app.store, OpenAI: w.app.api})
	if err != nil {
		t.Fatal(err)
	}
	hone := httptest.NewServer(handler)
	w.trees++
	id := fmt.Sprintf("%032x", 0xace000+w.trees)
	path := strings.ReplaceAll(s.path, "STORE", w.store)
	if path == "" {
		path = "/v1/ask"
	}
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, hone.URL+path, strings.NewReader(strings.ReplaceAll(s.body, "STORE", w.store)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Traceparent", "00-"+id+"-b7ad6b7169203331-00")
	if s.leave {
		go func() { <-w.asked; leave() }()
	}
	resp, err := hone.Client().Do(r)
	if err == nil {
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != orelse.Or(s.status, http.StatusOK) {
			t.Errorf("%s: %d %s", s.name, resp.StatusCode, body)
		}
	} else if !s.leave {
		t.Fatal(err)
	}
	hone.Close() // waits for the request's end
	if s.after != nil {
		s.after(w)
	}
	return renderTree(t, w.spansOf(id))
}

// spansOf waits until the server's span is there, and what spans stand below:
// who goes away doesn't wait.
func (w *forest) spansOf(id string) []otel.Span {
	for {
		w.app.telemetry.flush(w.t.Context())
		spans, err := w.app.telemetry.spans.Trace(w.t.Context(), id)
		if grown(spans) {
			return spans
		}
		if w.t.Context().Err() != nil {
			w.t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// grown tells whether a tree has the server's span, and each other span its parent.
func grown(spans []otel.Span) bool {
	known, rooted := map[string]bool{}, false
	for _, s := range spans {
		known[s.SpanID] = true
		rooted = rooted || s.Kind == "server"
	}
	return rooted && !slices.ContainsFunc(spans, func(s otel.Span) bool { return s.Kind != "server" && !known[s.ParentID] })
}

// rewire gives an app another completer for its models.
func rewire(t *testing.T, a *app, provider *chat.Completer) {
	t.Helper()
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

// A command is one trace, which continues that of the process that started it.
func TestTreeOfACommand(t *testing.T) {
	clearTelemetry(t)
	dir := t.TempDir()
	db := filepath.Join(dir, "hone.db")
	t.Setenv("HONE_DATABASE_URL", "sqlite:"+db)
	docs := filepath.Join(dir, "docs")
	if err := os.Mkdir(docs, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(docs, "rollback.md"), []byte("# Roll back\n\nUndo checkout with kubectl rollout undo.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	golden := &txtar.Archive{}
	for i, tc := range []struct {
		name string
		args []string
	}{
		{"ingest", []string{"ingest", "--source=docs", docs}},
		{"ask", []string{"ask", "How do I roll back checkout?"}},
		{"search", []string{"search", "roll back checkout"}},
	} {
		id := fmt.Sprintf("%032x", 0xbee000+i)
		t.Setenv("TRACEPARENT", "00-"+id+"-00000000000000ff-00")
		hone(t, exitDone, tc.args...)
		kept, err := openTraces(t.Context(), settings{DB: "sqlite:" + db})
		if err != nil {
			t.Fatal(err)
		}
		spans, err := kept.Trace(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if err := kept.Close(); err != nil {
			t.Fatal(err)
		}
		golden.Files = append(golden.Files, txtar.File{Name: tc.name, Data: []byte(renderTree(t, spans))})
	}
	path := filepath.Join("testdata", "trees", "commands.txtar")
	if *update {
		if err := os.WriteFile(path, txtar.Format(golden), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	compareTrees(t, path, golden)
}
