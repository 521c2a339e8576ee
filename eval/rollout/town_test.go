package rollout_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"go.uber.org/goleak"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/gate"
	"github.com/honehq/hone/eval/rollout"
	"github.com/honehq/hone/internal/inprocess"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/prompts"
	"github.com/honehq/hone/server"
	"github.com/honehq/hone/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// services is how many documents there are, each of one service.
const services = 60

// clerk is a model that answers what services listen on and how they are
// restarted. Asked for numbers, it always names the port, and says nothing else.
type clerk struct{}

const (
	firstPrompt = "Answer from the documents."
	numbersOnly = "Give the number that is asked for, and nothing else."
	harmless    = "Be friendly to the reader, and leave nothing out."
)

var service = func(question string) (n int, port bool) {
	if _, err := fmt.Sscanf(question, "What is the port of service %d?", &n); err == nil {
		return n, true
	}
	_, _ = fmt.Sscanf(question, "How do I restart service %d?", &n)
	return n, false
}

func portOf(n int) string    { return fmt.Sprintf("Service %d listens on port %d.", n, 7000+n) }
func restartOf(n int) string { return fmt.Sprintf("To restart service %d, run restart-%d now.", n, n) }

// right is what a right answer says.
func right(question string) string {
	n, port := service(question)
	if port {
		return portOf(n)
	}
	return restartOf(n)
}

// said is what the clerk says under a prompt.
func said(prompt, question string) string {
	n, port := service(question)
	exact := strings.Contains(prompt, numbersOnly)
	switch {
	case port && (exact || strings.Contains(prompt, harmless) || n%2 == 0), !port && exact:
		return portOf(n)
	case port:
		return fmt.Sprintf("There is a document about service %d.", n)
	}
	return restartOf(n)
}

func (clerk) Complete(_ context.Context, c *openresponses.Completion) iter.Seq2[openresponses.Delta, error] {
	return func(yield func(openresponses.Delta, error) bool) {
		text, call := clerkTurn(c)
		reason := openresponses.FinishStop
		if call != nil {
			reason = openresponses.FinishTools
			if !yield(*call, nil) {
				return
			}
		} else if !yield(openresponses.TextDelta{Text: text}, nil) {
			return
		}
		yield(openresponses.Finish{Reason: reason, Model: "clerk"}, nil)
	}
}

func clerkTurn(c *openresponses.Completion) (string, *openresponses.ToolCallDelta) {
	var prompt, question, found string
	for _, m := range c.Messages {
		switch m.Role {
		case openresponses.System:
			prompt += m.Text
		case openresponses.User:
			question, found = m.Text, ""
		case openresponses.ToolRole:
			found = m.Text
		case openresponses.Assistant, openresponses.Developer:
		}
	}
	if c.Format != nil {
		return judged(question), nil
	}
	if found == "" {
		return "", &openresponses.ToolCallDelta{ID: "call_1", Name: openresponses.FileSearchName, Arguments: fmt.Sprintf(`{"queries":[%q]}`, question)}
	}
	answer := said(prompt, question)
	passages, err := openresponses.DecodePassages(found)
	if err != nil {
		return "NOT FOUND", nil
	}
	for _, p := range passages.Passages {
		if n, _ := service(question); p.Path == path(n) {
			return answer + " 【" + strconv.Itoa(p.Ref) + "】", nil
		}
	}
	return "NOT FOUND", nil
}

// judged is the clerk as a judge of live answers.
func judged(request string) string {
	var q struct{ Question, Answer, Check string }
	if err := json.Unmarshal([]byte(request), &q); err != nil {
		return "?"
	}
	return fmt.Sprintf(`{"pass": %v, "reason": "So it is."}`, q.Check == "answers" && strings.Contains(q.Answer, right(q.Question)))
}

func path(n int) string { return fmt.Sprintf("services/service-%d.md", n) }

// town is a Hone over a real database, asked over HTTP.
type town struct {
	*testing.T
	db       *sqlite.DB
	prompts  *prompts.Library
	engine   *openresponses.Engine
	base     *knowledge.Base
	promptID string
	live     *agent.Agent
	web      *httptest.Server
	log      *lockedBuffer
	logger   *slog.Logger
	judge    rollout.Judge
	ways     []rollout.Notifier
	told     []eval.PutBack // what the last round's rewriter was told
}

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{T: t, log: &lockedBuffer{}}
	w.logger = slog.New(slog.NewJSONHandler(w.log, nil))
	w.db = must(sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "hone.db")))(t)
	t.Cleanup(func() { noError(t, w.db.Close()) })
	w.base = must(knowledge.New(knowledge.Config{Store: w.db}))(t)
	t.Cleanup(func() { noError(t, w.base.Close()) })
	source := must(w.base.EnsureSource(t.Context(), "docs", knowledge.KindUpload))(t)
	for n := range services {
		text := fmt.Sprintf("# Service %d\n\n%s\n\n%s\n", n, portOf(n), restartOf(n))
		_ = must(w.base.Put(t.Context(), source.ID, knowledge.Upload{Path: path(n), Content: []byte(text)}))(t)
	}
	w.prompts = prompts.New(w.db)
	w.promptID = must(w.prompts.Create(t.Context(), prompts.Draft{Text: firstPrompt, Author: "test"}))(t).ID
	w.engine = must(openresponses.New(openresponses.Config{
		Knowledge: w.base, Prompts: w.prompts, Store: w.db, Logger: w.logger,
		Models: []openresponses.Model{{Name: "clerk", Completer: clerk{}}},
	}))(t)
	w.live = w.agent(rollout.NewPrompts(w.prompts, w.db), w.db)
	handler := must(server.New(server.Config{
		Agents: []server.Asker{w.live}, Runs: w.db, Sources: w.base, Eval: w.db, OpenAI: w.engine, Logger: w.logger,
	}))(t)
	w.web = httptest.NewServer(handler)
	t.Cleanup(w.web.Close)
	w.judge = must(eval.NewLiveJudge(eval.LiveJudgeConfig{Client: w.client(), Model: "clerk"}))(t)
	w.ways = []rollout.Notifier{rollout.Log{Logger: w.logger}, rollout.Metric{}}
	return w
}

func (w *town) client() openai.Client {
	return openai.NewClient(option.WithHTTPClient(&http.Client{Transport: inprocess.Transport{Handler: w.engine}}),
		option.WithBaseURL("http://hone/v1/"), option.WithAPIKey("none"), option.WithMaxRetries(0))
}

func (w *town) agent(source agent.PromptSource, runs agent.Store) *agent.Agent {
	w.Helper()
	return must(agent.New(agent.Config{
		Name: "default", PromptID: w.promptID, Prompts: source, Store: runs, Logger: w.logger,
		Backend: agent.Backend{Client: w.client(), Model: "clerk", Sources: func(ctx context.Context) (ids []string, err error) {
			sources, err := w.base.Sources(ctx)
			for _, s := range sources {
				ids = append(ids, s.ID)
			}
			return ids, err
		}},
	}))(w)
}

// Answer implements eval.Runner.
func (w *town) Answer(ctx context.Context, p *prompts.Prompt, question string, _ uint64) (agent.Answer, error) {
	arm := *p
	arm.Version = 0
	return w.agent(w.prompts, nil).Answer(ctx, agent.Question{Text: question, Origin: agent.FromEval, Prompt: &arm, Access: knowledge.Access{All: true}})
}

// adding is a rewriter that adds a line, and tells what it was told of trials.
type adding struct {
	line string
	told *[]eval.PutBack
}

func (adding) Name() string { return "adding" }

func (a adding) Rewrite(_ context.Context, r eval.RewriteRequest) (eval.Rewrite, error) {
	*a.told = r.PutBack
	return eval.Rewrite{Prompt: r.Prompt.Text + "\n" + a.line, Rationale: "ports are missing"}, nil
}

// improve runs a round whose rewriter adds a line, on cases about ports alone.
func (w *town) improve(line string, canary float64) (eval.Round, error) {
	w.Helper()
	var cases []eval.Case
	for n := range services {
		cases = append(cases, eval.Case{
			ID: fmt.Sprintf("c%02d", n), Question: fmt.Sprintf("What is the port of service %d?", n), Docs: []string{path(n)},
			Nuggets: []eval.Nugget{{Text: portOf(n), Vital: true, AnyOf: []string{portOf(n)}}},
		})
	}
	_ = must(eval.Enter(w.Context(), w.db, eval.Admission{Agent: "default", From: "test", Cases: cases, Seed: 3}))(w)
	im := must(eval.NewImprover(eval.ImproverConfig{
		Store: w.db, Prompts: w.prompts, Judge: eval.Deterministic{}, Rewriter: adding{line, &w.told}, Canary: canary, Logger: w.logger,
		Guardrails: []gate.Guardrail{}, // milliseconds here are luck
		Returned: func(ctx context.Context, id string) ([]eval.Returned, error) {
			return rollout.PutBack(ctx, w.db, w.prompts, "default", id)
		},
		Freeze: func(context.Context) (eval.Frozen, error) {
			return eval.Frozen{Runner: w, Model: "clerk", Snapshot: "snap"}, nil
		},
	}))(w)
	return im.Round(w.Context(), eval.RoundRequest{Agent: "default", PromptID: w.promptID, Cause: "demand", Seed: 5})
}

// promoted is improve, which is to end in a promotion on trial.
func (w *town) promoted(line string) rollout.Rollout {
	w.Helper()
	round, err := w.improve(line, 0.5)
	if err != nil || round.State != eval.Promoted {
		w.Fatalf("the round is %s: %s (%v)", round.State, round.Verdict, err)
	}
	list := must(w.db.Rollouts(w.Context(), "default", 1))(w)
	if len(list) != 1 || list[0].State != rollout.Running || list[0].Round != round.ID {
		w.Fatalf("rollouts %+v", list)
	}
	return list[0]
}

// put promotes a line without a round.
func (w *town) put(line string) rollout.Rollout {
	w.Helper()
	p := eval.Promotion{
		Prompt: prompts.Prompt{ID: w.promptID, Text: firstPrompt + "\n" + line, Author: "round rnd_1"}, Based: 1, Canary: 0.5,
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	_ = must(w.db.EndRound(w.Context(), eval.Round{
		ID: "rnd_1", Agent: "default", State: eval.Promoted, PromptID: w.promptID, Champion: 1, Started: now, Ended: now,
	}, &p))(w)
	return must(w.db.Rollout(w.Context(), "rol_1"))(w)
}

// ask asks over HTTP; an empty thread starts one.
func (w *town) ask(question, thread string) agent.Answer {
	w.Helper()
	body := must(json.Marshal(map[string]string{"question": question, "thread": thread}))(w)
	r := must(http.NewRequestWithContext(w.Context(), http.MethodPost, w.web.URL+"/v1/ask", bytes.NewReader(body)))(w)
	r.Header.Set("Content-Type", "application/json")
	resp := must(w.web.Client().Do(r))(w)
	defer resp.Body.Close()
	text := must(io.ReadAll(resp.Body))(w)
	var a agent.Answer
	if err := json.Unmarshal(text, &a); err != nil || resp.StatusCode != http.StatusOK {
		w.Fatalf("%s: %s", resp.Status, text)
	}
	return a
}

// live asks questions, each in a thread of its own: four of five about restarts.
func (w *town) askMany(n int) {
	w.Helper()
	for i := range n {
		question := fmt.Sprintf("How do I restart service %d?", i%services)
		if i%5 == 0 {
			question = fmt.Sprintf("What is the port of service %d?", i%services)
		}
		w.ask(question, "")
	}
}

// watcher is one that waits for nothing.
func (w *town) watcher() *rollout.Watcher {
	w.Helper()
	return must(rollout.New(rollout.Config{
		Store: w.db, Rounds: w.db, Judge: w.judge, Agent: "default", Ways: w.ways, Logger: w.logger,
		Poll: time.Millisecond, Idle: time.Nanosecond, Late: time.Nanosecond, Retry: time.Nanosecond,
	}))(w)
}

func (w *town) inUse() int {
	w.Helper()
	return must(w.prompts.InUse(w.Context(), w.promptID))(w).Version
}

func (w *town) rollout(id string) rollout.Rollout {
	w.Helper()
	return must(w.db.Rollout(w.Context(), id))(w)
}

// lockedBuffer is a buffer that several goroutines write to.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// webhook is a server that takes notices, failing at first.
type webhook struct {
	*httptest.Server
	mu    sync.Mutex
	fails int
	got   []rollout.Notice
	keys  []string
}

func newWebhook(t *testing.T, fails int) *webhook {
	h := &webhook{fails: fails}
	h.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		var n rollout.Notice
		err := errors.Join(json.NewDecoder(r.Body).Decode(&n))
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %v: %v", r.Method, r.Header, err)
		}
		if h.fails--; h.fails >= 0 {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		h.got, h.keys = append(h.got, n), append(h.keys, r.Header.Get("Idempotency-Key"))
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *webhook) kinds() (list []rollout.Kind) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, n := range h.got {
		list = append(list, n.Kind)
	}
	return list
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
