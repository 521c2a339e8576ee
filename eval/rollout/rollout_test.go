package rollout_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/rollout"
	"github.com/honehq/hone/otel"
)

// A candidate that is good on the cases and worse live, because people ask other
// questions, is promoted, and put back by itself; everyone is told.
func TestReturned(t *testing.T) {
	w := newTown(t)
	tel := must(otel.Setup(t.Context(), otel.Config{Logger: w.logger}))(t)
	t.Cleanup(func() { noError(t, tel.Shutdown(context.WithoutCancel(t.Context()))) })
	hook := newWebhook(t, 2)
	w.ways = append(w.ways, must(rollout.NewWebhook(hook.URL+"/secret-path"))(t))

	r := w.promoted(numbersOnly)
	if v := w.inUse(); v != 2 {
		t.Fatalf("version %d is in use", v)
	}
	watcher := w.watcher()
	for asked := 0; w.rollout(r.ID).State == rollout.Running; asked += 10 {
		if asked > 400 {
			t.Fatalf("it is still running after %d threads: %+v", asked, must(w.db.Pairs(t.Context(), r.ID))(t))
		}
		w.askMany(10)
		noError(t, watcher.Look(t.Context()))
	}
	for range 4 { // notices that failed at first
		noError(t, watcher.Look(t.Context()))
	}

	got := w.rollout(r.ID)
	if got.State != rollout.Returned || w.inUse() != 1 || !strings.Contains(got.Reason, "version 2 is worse than version 1") {
		t.Errorf("version %d is in use after %+v", w.inUse(), got)
	}
	log := must(w.prompts.Log(t.Context(), w.promptID))(t)
	if last := log[len(log)-1]; last.Author != rollout.Author || last.Previous != 2 || !strings.Contains(last.Reason, r.ID) {
		t.Errorf("the prompt's log ends in %+v", last)
	}
	if a := w.ask("How do I restart service 7?", ""); a.Prompt.Version != 1 {
		t.Errorf("answered by version %d", a.Prompt.Version)
	}
	if !strings.Contains(w.log.String(), `"level":"WARN","msg":"Agent default: version 1 of the prompt was put back`) {
		t.Errorf("no alarm in the log: %s", w.log)
	}
	if strings.Contains(w.log.String(), "secret-path") {
		t.Error("the webhook's URL is in the log")
	}
	page := httptest.NewRecorder()
	tel.Metrics.ServeHTTP(page, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		`hone_notices_total{gen_ai_agent_name="default",hone_notice_kind="promoted"} 1`,
		`hone_notices_total{gen_ai_agent_name="default",hone_notice_kind="returned"} 1`,
		`hone_rollout_evidence{gen_ai_agent_name="default"}`,
	} {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("no %s in the metrics:\n%s", want, page.Body)
		}
	}
	if diff := cmp.Diff([]rollout.Kind{rollout.NoticePromoted, rollout.NoticeReturned}, hook.kinds()); diff != "" {
		t.Errorf("the webhook got (-want +got):\n%s", diff)
	}

	// What was put back is not proposed again, nor taken in other words; the
	// rewriter is told of it.
	for _, words := range []string{numbersOnly, "Give only the number asked for."} {
		w.told = nil
		round, err := w.improve(words, 0.5)
		if err != nil || round.State != eval.NoBetter || w.inUse() != 1 || !strings.Contains(string(round.Certificate), "refused") {
			t.Errorf("the next round is %s: %s (%v)", round.State, round.Verdict, err)
		}
		if diff := cmp.Diff([]eval.PutBack{{Added: []string{numbersOnly}, Why: got.Reason}}, w.told); diff != "" {
			t.Errorf("the rewriter was told (-want +got):\n%s", diff)
		}
	}
}

// A candidate that is as good live settles, and then everyone gets it.
func TestSettled(t *testing.T) {
	w := newTown(t)
	before := w.ask("How do I restart service 1?", "")
	r := w.promoted(harmless)
	w.askMany(330)
	watcher := w.watcher()
	noError(t, watcher.Look(t.Context()))
	noError(t, watcher.Look(t.Context()))
	got := w.rollout(r.ID)
	if got.State != rollout.Settled || w.inUse() != 2 {
		t.Fatalf("version %d is in use after %+v", w.inUse(), got)
	}
	pairs := must(w.db.Pairs(t.Context(), r.ID))(t)
	if len(pairs) != rollout.Horizon {
		t.Errorf("%d pairs", len(pairs))
	}
	threads := map[string]bool{}
	for _, p := range pairs {
		if threads[p.Old.Thread] || threads[p.New.Thread] {
			t.Errorf("a thread is in two pairs: %+v", p)
		}
		threads[p.Old.Thread], threads[p.New.Thread] = true, true
	}
	if a := w.ask("And service 1?", before.Thread); a.Prompt.Version != 2 {
		t.Errorf("an old thread is answered by version %d", a.Prompt.Version)
	}
}

// A thread's version is decided when it starts, on each replica alike, and stays.
func TestSticky(t *testing.T) {
	w := newTown(t)
	before := w.ask("How do I restart service 1?", "")
	r := w.put(harmless)
	other := rollout.NewPrompts(w.prompts, w.db) // of another replica
	fresh := 0
	const threads = 120
	for i := range threads {
		a := w.ask(fmt.Sprintf("How do I restart service %d?", i%services), "")
		if a.Prompt.Version == r.New {
			fresh++
		}
		for range 2 {
			if p := must(other.PromptFor(t.Context(), w.promptID, a.Thread))(t); p.Version != a.Prompt.Version {
				t.Fatalf("thread %s had version %d, and now %d", a.Thread, a.Prompt.Version, p.Version)
			}
		}
		if i%10 == 0 {
			if again := w.ask("How do I restart service 2?", a.Thread); again.Prompt != a.Prompt {
				t.Errorf("a follow-up has %+v after %+v", again.Prompt, a.Prompt)
			}
		}
	}
	if fresh < threads/3 || fresh > threads*2/3 {
		t.Errorf("%d of %d threads got the new version", fresh, threads)
	}
	if a := w.ask("And service 3?", before.Thread); a.Prompt.Version != r.Old {
		t.Errorf("a thread from before the promotion is answered by version %d", a.Prompt.Version)
	}
	// Evaluations and explicit prompts are out of it.
	p := must(w.prompts.Get(t.Context(), w.promptID, 2))(t)
	for range 20 {
		a := must(w.live.Answer(t.Context(), agent.Question{Text: "How do I restart service 1?", Origin: agent.FromEval}))(t)
		b := must(w.live.Answer(t.Context(), agent.Question{Text: "How do I restart service 1?", Origin: agent.FromHTTP, Prompt: &p}))(t)
		if a.Prompt.Version != w.inUse() || b.Prompt.Version != 2 {
			t.Fatalf("versions %d and %d", a.Prompt.Version, b.Prompt.Version)
		}
	}
}

// What a person said of an answer counts more than its grade, until the thread
// was compared.
func TestFeedback(t *testing.T) {
	w := newTown(t)
	r := w.put(harmless) // which no judge finds worse
	watcher := w.watcher()
	for range 130 {
		a := w.ask("How do I restart service 9?", "")
		rating := "up"
		if a.Prompt.Version == r.New {
			rating = "down"
		}
		noError(t, w.db.AddFeedback(t.Context(), a.ID, agent.Feedback{Rating: rating, At: a.CreatedAt}))
	}
	noError(t, watcher.Look(t.Context()))
	if got := w.rollout(r.ID); got.State != rollout.Returned {
		t.Errorf("%+v", got)
	}
	for _, p := range must(w.db.Pairs(t.Context(), r.ID))(t) {
		if p.Old.Score != 1 || p.New.Score != 0 {
			t.Errorf("%+v", p)
		}
	}
}

// A person's word ends the rollout at whatever moment it comes, and nothing is
// put back after it.
func TestOverruled(t *testing.T) {
	steps := map[string]func(w *town) error{
		"back":    func(w *town) error { _, err := w.prompts.Use(w.Context(), w.promptID, 1, 0, "ann", "no"); return err },
		"confirm": func(w *town) error { _, err := w.prompts.Use(w.Context(), w.promptID, 2, 0, "ann", "yes"); return err },
		"keep": func(w *town) error {
			_, err := rollout.Keep(w.Context(), w.db, w.rollout("rol_1"), "ann")
			return err
		},
	}
	for name, step := range steps {
		for _, when := range []string{"at once", "after some pairs", "while a judge grades"} {
			t.Run(name+" "+when, func(t *testing.T) {
				w := newTown(t)
				r := w.put(numbersOnly)
				watcher := w.watcher()
				act := sync.OnceFunc(func() { noError(t, step(w)) })
				want := 0
				switch when {
				case "at once":
					act()
				case "after some pairs":
					w.askMany(20)
					noError(t, watcher.Look(t.Context()))
					act()
				default:
					grades := 0
					w.judge = judgeFunc(func(ctx context.Context, run agent.Run, earlier []agent.Run) (eval.Grade, error) {
						if grades++; grades == 15 {
							act()
						}
						score := 1.0
						if run.Prompt.Version == 2 {
							score = 0
						}
						return eval.Grade{Score: score}, nil
					})
					watcher = w.watcher()
				}
				w.askMany(150)
				if want = w.inUse(); when != "while a judge grades" && w.rollout(r.ID).State != rollout.Overruled {
					t.Errorf("%+v", w.rollout(r.ID))
				}
				for range 3 {
					noError(t, watcher.Look(t.Context()))
				}
				if when == "while a judge grades" {
					want = map[string]int{"back": 1, "confirm": 2, "keep": 2}[name]
				}
				if got := w.rollout(r.ID); got.State != rollout.Overruled || w.inUse() != want || !strings.HasPrefix(got.Reason, "ann ") {
					t.Errorf("version %d is in use, not %d, after %+v", w.inUse(), want, got)
				}
				if a := w.ask("How do I restart service 4?", ""); a.Prompt.Version != want {
					t.Errorf("answered by version %d", a.Prompt.Version)
				}
			})
		}
	}
}

// judgeFunc is a judge of a test's own.
type judgeFunc func(ctx context.Context, run agent.Run, earlier []agent.Run) (eval.Grade, error)

func (judgeFunc) Name() string { return "test" }

func (f judgeFunc) Grade(ctx context.Context, run agent.Run, earlier []agent.Run) (eval.Grade, error) {
	return f(ctx, run, earlier)
}
