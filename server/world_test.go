package server_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/openresponses/offline"
	"github.com/honehq/hone/prompts"
	"github.com/honehq/hone/server"
	"github.com/honehq/hone/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scripted is an agent that does what a test wrote down, whatever it is asked:
// events, errors, and functions that get the run's context. It keeps its run as
// real agents do.
type scripted struct {
	name   string
	runs   agent.Store // nil: it keeps none
	script []any
	end    func(stopped bool) // called when a run is over
}

func (a *scripted) Name() string { return a.name }

func (a *scripted) Ask(ctx context.Context, q agent.Question) iter.Seq2[agent.Event, error] {
	return func(yield func(agent.Event, error) bool) {
		stopped := true
		defer func() {
			if a.end != nil {
				a.end(stopped)
			}
		}()
		for _, step := range a.script {
			switch step := step.(type) {
			case func(context.Context):
				step(ctx)
			case error:
				if !yield(nil, step) {
					return
				}
			case agent.Done:
				step.Agent = a.name
				if q.Thread != "" {
					step.Thread = q.Thread
				}
				if a.runs != nil {
					if err := a.runs.PutRun(ctx, agent.Run{Answer: step.Answer, Question: q.Text, Origin: q.Origin}); err != nil {
						yield(nil, err)
						return
					}
				}
				if !yield(step, nil) {
					return
				}
			case agent.Event:
				if !yield(step, nil) {
					return
				}
			}
		}
		stopped = false
	}
}

var (
	moment   = time.Date(2001, 2, 3, 4, 5, 6, 789_000_000, time.UTC)
	citation = agent.Citation{
		N: 1, Source: "docs", FileID: "file-1", Path: "runbooks/redis.md", Title: "Redis failover", Section: "Redis failover › Promote a replica",
		Lines: [2]int{8, 8}, URL: "https://docs.example/redis#promote", Quote: "Run `redis-cli REPLICAOF NO ONE` on the replica.", Score: 0.5,
	}
	answer = agent.Answer{
		ID: "run_1", Thread: "thr_1", Status: agent.Answered,
		Answer:    "Promote a replica: `redis-cli REPLICAOF NO ONE` [1].",
		Citations: []agent.Citation{citation}, Prompt: agent.PromptRef{ID: "pmpt_1", Version: 3}, Model: "scripted-1",
		Usage: agent.Usage{InputTokens: 10, OutputTokens: 5, Turns: 2, ToolCalls: 1, Searches: 1}, CreatedAt: moment, Duration: 1.5,
	}
	// redis is a run with all kinds of events.
	redis = []any{
		agent.TextEvent{Text: "I'll look."},
		agent.ToolEvent{ID: "fs_1", Tool: "file_search", Arguments: `{"queries":["redis <failover>"]}`},
		agent.ToolEvent{ID: "fs_1", Tool: "file_search", Arguments: `{"queries":["redis <failover>"]}`, Done: true, Summary: "1 passage"},
		agent.TextEvent{Text: "Promote a replica: `redis-cli REPLICAOF NO ONE` "},
		agent.CitationEvent{Citation: citation},
		agent.TextEvent{Text: "[1]."},
		agent.Done{Answer: answer},
	}
)

// world is a server on a real database.
type world struct {
	db     *sqlite.DB
	agent  *scripted
	config server.Config
	url    string
}

// newWorld starts a server whose agent follows the script, over a database that
// holds one document. change may change the configuration first.
func newWorld(t testing.TB, script []any, change func(*server.Config)) *world {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "hone.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeOf(t, db) })
	base, err := knowledge.New(knowledge.Config{Store: db})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeOf(t, base) })
	source, err := base.EnsureSource(t.Context(), "docs", knowledge.KindUpload)
	if err != nil {
		t.Fatal(err)
	}
	upload := knowledge.Upload{Path: "runbooks/redis.md", Content: []byte("# Redis failover\n\nRun `redis-cli REPLICAOF NO ONE`.\n")}
	if _, err := base.Put(t.Context(), source.ID, upload); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	engine, err := openresponses.New(openresponses.Config{
		Knowledge: base, Prompts: prompts.New(db), Store: db, Logger: log,
		Models: []openresponses.Model{{Name: "offline", Completer: offline.New()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{db: db, agent: &scripted{name: "default", runs: db, script: script}}
	w.config = server.Config{Agents: []server.Asker{w.agent}, Runs: db, Sources: base, Eval: db, OpenAI: engine, Logger: log}
	if change != nil {
		change(&w.config)
	}
	web := httptest.NewServer(newServer(t, w.config))
	t.Cleanup(web.Close)
	w.url = web.URL
	return w
}

func closeOf(t testing.TB, c io.Closer) {
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func newServer(t testing.TB, cfg server.Config) *server.Server {
	t.Helper()
	s, err := server.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// evaluations fills the database with cases of every kind and two rounds.
func (w *world) evaluations(t testing.TB) {
	t.Helper()
	nuggets := []eval.Nugget{{Text: "30 seconds", Vital: true, AnyOf: []string{"30 s"}}}
	cases := []eval.StoredCase{
		{Case: eval.Case{ID: "c1", Question: "How long is a failover?", Nuggets: nuggets, Docs: []string{"runbooks/redis.md"}}, Split: eval.Train},
		{Case: eval.Case{ID: "c2", Question: "Who owns Redis?", Type: eval.Unanswerable}, Split: eval.Dev},
		{Case: eval.Case{ID: "c3", Question: "SECRET of the gate?", Answer: "SECRET", Nuggets: nuggets}, Split: eval.Sealed},
		{Case: eval.Case{ID: "c4", Question: "Retired of the gate?"}, Split: eval.Sealed},
	}
	for i := range cases {
		cases[i].Agent, cases[i].Cluster, cases[i].Order, cases[i].AddedAt = "default", cases[i].ID, int64(i), moment
	}
	if _, err := w.db.EnterCases(t.Context(), eval.Admission{Agent: "default"}, func(eval.Known) ([]eval.StoredCase, []eval.Tie, error) {
		return cases, nil, nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.db.CreatePrompt(t.Context(), prompts.Prompt{ID: "pmpt_1", Version: 1, Text: "Answer.", InUse: true}); err != nil {
		t.Fatal(err)
	}
	first := eval.Round{
		ID: "rnd_1", Agent: "default", Cause: "demand", State: eval.Running, PromptID: "pmpt_1", Champion: 1,
		Started: moment, Verdict: "It ran.", Certificate: []byte(`{"sealed":"SECRET"}`),
	}
	if err := w.db.PutRound(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	first.State, first.Ended, first.Verdict, first.Entered, first.Alpha, first.Won = eval.Promoted, moment.Add(time.Minute), "Better by 0.1.", true, 0.01, true
	promotion := eval.Promotion{Prompt: prompts.Prompt{ID: "pmpt_1", Text: "Answer well.", Author: "round rnd_1"}, Based: 1}
	first.Retire = []string{"c4"}
	if _, err := w.db.EndRound(t.Context(), first, &promotion); err != nil {
		t.Fatal(err)
	}
	second := eval.Round{ID: "rnd_2", Agent: "default", Cause: "cron", State: eval.NoBetter, PromptID: "pmpt_1", Champion: 2, Started: moment.Add(time.Hour), Verdict: "Nothing."}
	if err := w.db.PutRound(t.Context(), second); err != nil {
		t.Fatal(err)
	}
}

// request is a request as a test writes it: a line with method and path,
// headers, an empty line, the body.
func (w *world) request(t testing.TB, text string) *http.Request {
	t.Helper()
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	method, path, _ := strings.Cut(lines[0], " ")
	r, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		if r.Header.Add(name, value); name == "Host" {
			r.Host = value
		}
	}
	return r
}

// send sends a request and reads the response to its end.
func (w *world) send(t testing.TB, text string) (*http.Response, string) {
	t.Helper()
	return do(t, w.request(t, text))
}

// client follows no redirects and keeps no connections.
var client = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func do(t testing.TB, r *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%v after %q", err, body)
	}
	return res, string(body)
}

func ask(body string) string { return "POST /v1/ask\n\n" + body }

func question(text string) string { return ask(fmt.Sprintf(`{"question":%q}`, text)) }
