package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/internal/id"
	"github.com/honehq/hone/sample"
)

// The whole of Hone on each store: documents in, questions answered over HTTP,
// a prompt edited, a round, and all of it still there after a restart.
func TestWhole(t *testing.T) {
	for _, tc := range []struct {
		store string
		open  func(t *testing.T) string
	}{
		{"sqlite", func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "hone.db") }},
		{"postgres", postgresDatabase},
	} {
		t.Run(tc.store, func(t *testing.T) {
			clearTelemetry(t)
			t.Setenv("HONE_DATABASE_URL", tc.open(t))
			docs := t.TempDir()
			if err := os.CopyFS(docs, sample.Docs()); err != nil {
				t.Fatal(err)
			}
			out, _ := hone(t, exitDone, "--json", "ingest", "--source=shopwave", docs)
			if n := decode[syncJSON](t, out).Added; n < 36 {
				t.Fatalf("%d documents were added", n)
			}
			h := startServer(t)
			before := askEverything(t, h)
			before.round = improveOnce(t)
			h.stop()

			h = startServer(t)
			checkKept(t, h, before)
			h.stop()
		})
	}
}

// postgresDatabase makes a database on the server that HONE_TEST_POSTGRES names.
func postgresDatabase(t *testing.T) string {
	server := os.Getenv("HONE_TEST_POSTGRES")
	if server == "" {
		t.Skip("SKIPPED: Postgres: HONE_TEST_POSTGRES is not set")
	}
	execute := func(statement string) {
		ctx := context.WithoutCancel(t.Context())
		conn, err := pgx.Connect(ctx, server)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(ctx)
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	name := id.New("hone_whole_")
	execute("CREATE DATABASE " + name)
	t.Cleanup(func() { execute("DROP DATABASE " + name + " WITH (FORCE)") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// kept is what must be there after a restart.
type kept struct {
	source   string // ID
	first    agent.Answer
	rated    string // ID of a run with feedback
	response string // ID, and what it says
	said     string
	found    []string // by a search of the vector store
	prompt   agent.PromptRef
	round    eval.RoundReport
}

const (
	rollback = "Checkout throws 503s since the last release. How do I roll back?"
	poolFull = "pgbouncer connection pool exhausted"
)

func askEverything(t *testing.T, h *testServer) (k kept) {
	k.source = h.source("shopwave")

	// The same question, plain and streamed.
	k.first = h.ask(rollback, "")
	if k.first.Status != agent.Answered || len(k.first.Citations) == 0 || !strings.Contains(k.first.Answer, "kubectl rollout undo") {
		t.Fatalf("answer %+v", k.first)
	}
	streamed := h.stream(rollback, "")
	if diff := gocmp.Diff(k.first.Answer, streamed.Answer); diff != "" || len(streamed.Citations) != len(k.first.Citations) {
		t.Errorf("streamed (-plain +streamed):\n%s", diff)
	}
	follow := h.ask("And who reviews the postmortem of it?", k.first.Thread)
	if follow.Thread != k.first.Thread || follow.Status != agent.Answered {
		t.Errorf("follow-up %+v", follow)
	}
	if a := h.stream("Who won the chess olympiad in 1994?", ""); a.Status != agent.NotFound || len(a.Citations) > 0 {
		t.Errorf("of what the documents don't say: %+v", a)
	}
	k.rated = follow.ID
	h.post(http.StatusCreated, "/v1/runs/"+k.rated+"/feedback", `{"rating": "down", "comment": "too long", "correction": "The team that owns it."}`)
	h.askClient(&k)
	h.editPrompt(&k)
	return k
}

// askClient uses the same knowledge through OpenAI's own client.
func (h *testServer) askClient(k *kept) {
	t := h.t
	r, err := h.client.Responses.New(t.Context(), responses.ResponseNewParams{
		Model: offlineModel, Input: responses.ResponseNewParamsInputUnion{OfString: openai.String(rollback)},
		Tools: []responses.ToolUnionParam{{OfFileSearch: &responses.FileSearchToolParam{VectorStoreIDs: []string{k.source}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	k.response, k.said = r.ID, r.OutputText()
	cited := 0
	for _, item := range r.Output {
		for _, part := range item.Content {
			for _, a := range part.Annotations {
				if a.Type == "file_citation" && strings.HasSuffix(a.Filename, ".md") {
					cited++
				}
			}
		}
	}
	if r.Status != responses.ResponseStatusCompleted || cited == 0 || !strings.Contains(k.said, "kubectl rollout undo") {
		t.Errorf("a response with %d citations: %s", cited, r.RawJSON())
	}
	k.found = h.search(k.source)
	if len(k.found) == 0 || !strings.HasPrefix(k.found[0], "runbooks/") && !strings.HasPrefix(k.found[0], "postmortems/") {
		t.Errorf("the vector store has %q", k.found)
	}
}

func (h *testServer) search(store string) (found []string) {
	page, err := h.client.VectorStores.Search(h.t.Context(), store, openai.VectorStoreSearchParams{
		Query: openai.VectorStoreSearchParamsQueryUnion{OfString: openai.String(poolFull)},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, r := range page.Data {
		found = append(found, fmt.Sprintf("%s %.9g %s", r.Filename, r.Score, r.Content[0].Text))
	}
	return found
}

// editPrompt edits the prompt while the server runs: the next question is
// answered by it.
func (h *testServer) editPrompt(k *kept) {
	path := "/v1/prompts/" + k.first.Prompt.ID
	edit := fmt.Sprintf(`{"prompt": "Answer questions on call. Keep answers brief.", "version": %d}`, k.first.Prompt.Version)
	h.send(http.StatusOK, http.MethodPut, path, edit)
	h.send(http.StatusConflict, http.MethodPut, path, edit)
	after := h.ask(rollback, "")
	if after.Prompt.ID != k.first.Prompt.ID || after.Prompt.Version != k.first.Prompt.Version+1 {
		h.t.Errorf("after an edit of %+v the prompt is %+v", k.first.Prompt, after.Prompt)
	}
	if len(after.Answer) >= len(k.first.Answer) {
		h.t.Errorf("it was told to be brief, and said %q", after.Answer)
	}
	k.prompt = after.Prompt
}

// improveOnce runs a round beside the server.
func improveOnce(t *testing.T) eval.RoundReport {
	t.Helper()
	few := filepath.Join(t.TempDir(), "cases.jsonl")
	if err := os.WriteFile(few, someCases(t), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := hone(t, exitDone, "--json", "eval", "cases", "add", few)
	if n := decode[eval.Admitted](t, out); n.Added != numCases {
		t.Errorf("cases: %s", out)
	}
	out, _ = hone(t, exitDone, "--json", "improve", "--seed=1")
	round := decode[eval.RoundReport](t, out)
	switch round.State {
	case eval.Promoted, eval.Rejected, eval.NoBetter:
	default:
		t.Errorf("round: %s", out)
	}
	return round
}

const numCases = 12

// someCases are every twentieth of the sample's.
func someCases(t *testing.T) []byte {
	t.Helper()
	var some bytes.Buffer
	n := 0
	for line := range bytes.Lines(sample.Cases()) {
		if n++; n%20 == 0 && n/20 <= numCases {
			some.Write(line)
		}
	}
	return some.Bytes()
}

func checkKept(t *testing.T, h *testServer, k kept) {
	t.Helper()
	if got := h.source("shopwave"); got != k.source {
		t.Errorf("the source %s is now %s", k.source, got)
	}
	run := decode[struct {
		agent.Answer
		Question string
		Feedback []agent.Feedback
	}](t, h.get("/v1/runs/"+k.first.ID))
	if diff := gocmp.Diff(k.first, run.Answer, cmpopts.EquateApproxTime(time.Microsecond)); diff != "" || run.Question != rollback {
		t.Errorf("a run (-asked +kept):\n%s", diff)
	}
	if rated := h.get("/v1/runs/" + k.rated); !strings.Contains(rated, "The team that owns it.") {
		t.Errorf("no feedback in %s", rated)
	}
	if a := h.ask("And who reviews the postmortem of it?", k.first.Thread); a.Thread != k.first.Thread || a.Status != agent.Answered {
		t.Errorf("the thread does not go on: %+v", a)
	}
	r, err := h.client.Responses.Get(t.Context(), k.response, responses.ResponseGetParams{})
	if err != nil || r.OutputText() != k.said {
		t.Errorf("a response: %v %+v", err, r)
	}
	if diff := gocmp.Diff(k.found, h.search(k.source)); diff != "" {
		t.Errorf("search (-before +after):\n%s", diff)
	}
	want := cmp.Or(k.round.Promoted, k.prompt.Version)
	if a := h.ask(rollback, ""); a.Prompt.ID != k.prompt.ID || a.Prompt.Version != want {
		t.Errorf("prompt %+v is in use, want version %d", a.Prompt, want)
	}
	rounds := decode[struct{ Data []eval.Round }](t, h.get("/v1/rounds"))
	if len(rounds.Data) != 1 || rounds.Data[0].ID != k.round.ID || rounds.Data[0].Verdict != k.round.Verdict {
		t.Errorf("rounds %+v", rounds)
	}
	cases := decode[struct {
		Data   []eval.Case
		Sealed int
	}](t, h.get("/v1/cases"))
	if len(cases.Data)+cases.Sealed != numCases {
		t.Errorf("%d cases and %d sealed", len(cases.Data), cases.Sealed)
	}
}

// testServer is a running hone serve.
type testServer struct {
	t      *testing.T
	url    string
	http   *http.Client
	client openai.Client
	cancel context.CancelFunc
	ended  chan int
}

func startServer(t *testing.T) *testServer {
	t.Helper()
	return startServing(t, func(ctx context.Context, term terminal) int {
		return run(ctx, []string{"serve", "--addr=127.0.0.1:0"}, term)
	})
}

// startServing starts serve, which prints its address and returns an exit status.
func startServing(t *testing.T, serve func(context.Context, terminal) int) *testServer {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	h := &testServer{t: t, cancel: cancel, ended: make(chan int, 1)}
	go func() {
		status := serve(ctx, terminal{in: strings.NewReader(""), out: in, err: t.Output()})
		in.Close()
		h.ended <- status
	}()
	lines := bufio.NewScanner(out)
	lines.Scan()
	address, ok := strings.CutPrefix(lines.Text(), "Hone is at ")
	go io.Copy(io.Discard, out)
	if !ok {
		t.Fatalf("hone serve says %q", lines.Text())
	}
	h.url = address
	h.http = &http.Client{Transport: &http.Transport{}}
	h.client = openai.NewClient(option.WithBaseURL(address+"/v1/"), option.WithAPIKey("none"), option.WithHTTPClient(h.http), option.WithMaxRetries(0))
	t.Cleanup(h.stop)
	return h
}

// stop ends the server as an interrupt does.
func (h *testServer) stop() {
	if h.cancel == nil {
		return
	}
	h.cancel()
	h.cancel = nil
	if status := <-h.ended; status != exitDone {
		h.t.Errorf("hone serve ended with status %d", status)
	}
	h.http.CloseIdleConnections()
}

func (h *testServer) do(method, path, body string) *http.Response {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := h.http.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp
}

func (h *testServer) send(status int, method, path, body string) string {
	h.t.Helper()
	resp := h.do(method, path, body)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		h.t.Fatalf("%s %s: %s, not %d (%v): %s", method, path, resp.Status, status, err, b)
	}
	return string(b)
}

func (h *testServer) post(status int, path, body string) string {
	h.t.Helper()
	return h.send(status, http.MethodPost, path, body)
}

func (h *testServer) get(path string) string {
	h.t.Helper()
	return h.send(http.StatusOK, http.MethodGet, path, "")
}

func (h *testServer) source(name string) string {
	h.t.Helper()
	for _, s := range decode[struct{ Data []sourceJSON }](h.t, h.get("/v1/sources")).Data {
		if s.Name == name {
			return s.ID
		}
	}
	h.t.Fatalf("there is no source %s", name)
	return ""
}

func question(text, thread string, stream bool) string {
	b, err := json.Marshal(map[string]any{"question": text, "thread": thread, "stream": stream})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (h *testServer) ask(text, thread string) agent.Answer {
	h.t.Helper()
	return decode[agent.Answer](h.t, h.post(http.StatusOK, "/v1/ask", question(text, thread, false)))
}

// stream asks for events, and checks that they tell the answer that comes last.
func (h *testServer) stream(text, thread string) (answer agent.Answer) {
	h.t.Helper()
	resp := h.do(http.MethodPost, "/v1/ask", question(text, thread, true))
	defer resp.Body.Close()
	counts := map[string]int{}
	for name, data := range events(h.t, resp.Body) {
		counts[name]++
		switch name {
		case "done":
			answer = decode[agent.Answer](h.t, data)
		case "error":
			h.t.Fatalf("the stream ends in an error: %s", data)
		}
	}
	if counts["done"] != 1 || counts["tool"] == 0 || answer.Status == agent.Answered && (counts["text"] == 0 || counts["citation"] < len(answer.Citations)) {
		h.t.Errorf("%s: events %v of %+v", text, counts, answer)
	}
	return answer
}

// events reads server-sent events.
func events(t *testing.T, r io.Reader) func(func(name, data string) bool) {
	return func(yield func(name, data string) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, 16<<20)
		name, data := "", ""
		for lines.Scan() {
			line := lines.Text()
			switch {
			case line == "":
				if !yield(name, data) {
					return
				}
				name, data = "", ""
			case strings.HasPrefix(line, "event: "):
				name = line[len("event: "):]
			case strings.HasPrefix(line, "data: "):
				data = line[len("data: "):]
			}
		}
		if err := lines.Err(); err != nil {
			t.Errorf("the stream broke off: %v", err)
		}
	}
}
