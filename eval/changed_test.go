package eval_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

// interrupted begins a round, and has its process end when the nth answer to a
// case for which stop is true is asked for. It tries seed after seed until one
// gets there.
func (w *world) interrupted(n int, stop func(question string) bool) eval.Round {
	w.Helper()
	for seed := range uint64(10) {
		ctx, end := context.WithCancel(w.Context())
		left := n
		w.runner.before = func(_ context.Context, _ *prompts.Prompt, q string) error {
			if !stop(q) {
				return nil
			}
			if left--; left == 0 {
				end()
			}
			return nil
		}
		r, err := w.alone(w.store).Round(ctx, w.request(seed+1))
		end()
		w.runner.before = nil
		if errors.Is(err, context.Canceled) {
			if r.State != eval.Running {
				w.Fatalf("an interrupted round is %s", r.State)
			}
			return r
		}
		if err != nil {
			w.Fatal(err)
		}
	}
	w.Fatal("no round got that far")
	return eval.Round{}
}

func (w *world) isSealed() func(question string) bool {
	sealed := map[string]bool{}
	for _, c := range w.cases(eval.Sealed) {
		sealed[c.Question] = true
	}
	return func(q string) bool { return sealed[q] }
}

func (w *world) work(r eval.Round) (eval.Round, eval.Certificate) {
	w.Helper()
	r, err := w.alone(w.store).Work(w.Context(), r.ID, nil)
	if err != nil {
		w.Fatal(err)
	}
	var c eval.Certificate
	if err := json.Unmarshal(r.Certificate, &c); err != nil {
		w.Fatal(err)
	}
	return r, c
}

// Before an entry opened, a round under new documents is a new one.
func TestNewDocumentsStartARoundOver(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	r := w.interrupted(30, func(string) bool { return true })
	w.snapshot = "later"
	w.count()
	r, c := w.work(r)
	if len(c.Restarts) != 1 || !strings.Contains(c.Restarts[0], "documents") || c.Conditions.Snapshot != "later" {
		t.Errorf("restarts %q under %q", c.Restarts, c.Conditions.Snapshot)
	}

	other := newWorld(t, firstPrompt, 60)
	other.snapshot = "later"
	other.count()
	want := other.roundAlone(r.Seed)
	if r.State != want.State || r.Verdict != want.Verdict || w.counted() != other.counted() {
		t.Errorf("%s: %q after %d answers, want %s: %q after %d", r.State, r.Verdict, w.counted(), want.State, want.Verdict, other.counted())
	}
}

// An open entry goes on: the bets made stay, and each cluster is answered under
// one snapshot.
func TestNewDocumentsDontEndAnEntry(t *testing.T) {
	w := newWorld(t, firstPrompt, 120)
	r := w.interrupted(8, w.isSealed()) // in the midst of a cluster
	alpha := r.Alpha
	w.snapshot = "later"
	r, c := w.work(r)
	if r.State != eval.Promoted || r.Alpha != alpha || len(c.Restarts) != 0 || c.Conditions.Snapshot != "snap" {
		t.Fatalf("round %s: %s; restarts %q", r.State, r.Verdict, c.Restarts)
	}
	at := map[string]int{}
	for _, x := range c.Entry.Clusters {
		if x.Snapshot == "" && at["later"] > 0 {
			t.Error("the old snapshot comes after the new one")
		}
		at[x.Snapshot]++
		if len(x.Cases) == 0 || len(x.Cases[0].Champion) != 1 || len(x.Cases[0].Candidate) != 1 {
			t.Errorf("cluster %+v", x)
		}
	}
	if at[""] == 0 || at["later"] == 0 || len(at) != 2 {
		t.Errorf("clusters by snapshot: %v", at)
	}
	report, err := r.Report()
	if err != nil || report.Gate == nil || report.Gate.Change.Clusters != len(c.Entry.Clusters) {
		t.Errorf("the report leaves out what came before: %+v, %v", report.Gate, err)
	}
}

// What measures must not change within an entry.
func TestANewJudgeEndsAnEntry(t *testing.T) {
	for name, judge := range map[string]eval.Judge{"another model": opinionated{}, "the same elsewhere": moved{}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, firstPrompt, 120)
			r := w.interrupted(8, w.isSealed())
			w.judge = judge
			r, _ = w.work(r)
			if r.State != eval.Cancelled || !strings.Contains(r.Verdict, "judge changed") || r.Alpha == 0 || r.Won {
				t.Fatalf("round %s: %s", r.State, r.Verdict)
			}
			w.judge = eval.Deterministic{}
			if next := w.firstEntry(); next.Alpha >= r.Alpha {
				t.Errorf("the next entry got α = %v after %v: nothing was charged", next.Alpha, r.Alpha)
			}
		})
	}
}

// Nor may who serves the agent's model, though it has the same name there.
func TestAnotherProviderOfTheSameModel(t *testing.T) {
	elsewhere := func(w *world, r eval.Round) (eval.Round, eval.Certificate) {
		w.provider = "embedded other.example/v1"
		return w.work(r)
	}
	t.Run("before an entry", func(t *testing.T) {
		w := newWorld(t, firstPrompt, 60)
		w.provider = "embedded api.example/v1"
		r, c := elsewhere(w, w.interrupted(30, func(string) bool { return true }))
		if len(c.Restarts) != 1 || !strings.Contains(c.Restarts[0], "provider of the agent's model changed") || c.Conditions.Provider != w.provider {
			t.Errorf("round %s: restarts %q, by %q", r.State, c.Restarts, c.Conditions.Provider)
		}
	})
	t.Run("in an entry", func(t *testing.T) {
		w := newWorld(t, firstPrompt, 120)
		w.provider = "embedded api.example/v1"
		r, _ := elsewhere(w, w.interrupted(8, w.isSealed()))
		if r.State != eval.Cancelled || !strings.Contains(r.Verdict, "provider of the agent's model changed") || r.Alpha == 0 || r.Won {
			t.Errorf("round %s: %s", r.State, r.Verdict)
		}
	})
	t.Run("not known before", func(t *testing.T) { // a round that an older version began
		w := newWorld(t, firstPrompt, 60)
		if _, c := elsewhere(w, w.interrupted(30, func(string) bool { return true })); len(c.Restarts) != 0 {
			t.Errorf("restarts %q", c.Restarts)
		}
	})
}

// moved is a judge that another host serves now.
type moved struct{ eval.Deterministic }

func (moved) Describe() eval.JudgeInfo {
	return eval.JudgeInfo{Name: "deterministic", Provider: "elsewhere", Exact: true}
}

// A certificate that was damaged in the store is an error, no crash.
func TestAnEntryWithoutItsCandidate(t *testing.T) {
	w := newWorld(t, firstPrompt, 120)
	r := w.interrupted(8, w.isSealed())
	var c map[string]any
	if err := json.Unmarshal(r.Certificate, &c); err != nil {
		t.Fatal(err)
	}
	delete(c, "chosen")
	damaged, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	r.Certificate, r.Turn = damaged, ""
	if err := w.store.PutRound(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if r, err := w.alone(w.store).Work(t.Context(), r.ID, nil); err == nil || r.State != eval.Running || !strings.Contains(err.Error(), "no candidate") {
		t.Errorf("round %s, %v", r.State, err)
	}
	if r, err := w.alone(w.store).Cancel(t.Context(), r.ID, "Ada"); err != nil || r.State != eval.Cancelled {
		t.Errorf("round %s, %v", r.State, err)
	}
}

// Cases retire with deleted documents, too: an entry that is still open tells
// nothing even if all that it has touched so far did.
func TestAnOpenEntryStaysClosed(t *testing.T) {
	w := newWorld(t, firstPrompt, 120)
	r := w.interrupted(8, w.isSealed())
	var retire []string
	for _, c := range w.cases(eval.Sealed) {
		retire = append(retire, c.ID)
	}
	other := eval.Round{ID: "rnd_other", Agent: agentName, State: eval.Promoted, PromptID: w.promptID, Champion: 1, Retire: retire}
	if _, err := w.store.EndRound(t.Context(), other, &eval.Promotion{Prompt: prompts.Prompt{ID: w.promptID, Text: "Other."}, Based: 1}); err != nil {
		t.Fatal(err)
	}
	if report, err := eval.OpenReport(t.Context(), w.store, r); err != nil || report.Gate != nil {
		t.Errorf("the report tells %+v, %v", report.Gate, err)
	}
	if c, err := eval.OpenCertificate(t.Context(), w.store, r); err != nil || strings.Contains(string(c), `"entry"`) {
		t.Errorf("the certificate tells of the entry, %v", err)
	}
}

// A prompt that was edited while nobody worked on the round.
func TestAnEditEndsAnInterruptedRound(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	r := w.interrupted(30, func(string) bool { return true })
	if _, err := w.prompts.Update(t.Context(), w.promptID, prompts.Draft{Text: "Mine."}, 1, true); err != nil {
		t.Fatal(err)
	}
	w.count()
	if r, _ = w.work(r); r.State != eval.Stale || w.counted() != 0 {
		t.Errorf("round %s after %d answers", r.State, w.counted())
	}
}

// Cases that come later are the next round's; cases that go take the round back
// to its start.
func TestCasesThatComeAndGo(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	want := newWorld(t, firstPrompt, 60)
	undisturbed := want.roundAlone(1)
	r := w.interrupted(30, func(string) bool { return true })
	more := someCases(70)[len(someCases(60)):]
	w.enter(more)
	r, c := w.work(r)
	if len(c.Restarts) != 0 || r.Verdict != undisturbed.Verdict {
		t.Errorf("with more cases: restarts %q, %q, want %q", c.Restarts, r.Verdict, undisturbed.Verdict)
	}

	w = newWorld(t, firstPrompt, 60)
	r = w.interrupted(30, func(string) bool { return true })
	if n, err := w.store.DeleteCases(t.Context(), agentName, []string{w.cases(eval.Train)[0].ID}); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if _, c = w.work(r); len(c.Restarts) != 1 || !strings.Contains(c.Restarts[0], "cases") {
		t.Errorf("with a case less: restarts %q", c.Restarts)
	}
}

// A rewriter that says other things would not go on where another one stopped.
func TestANewRewriterStartsARoundOver(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	r := w.interrupted(30, func(string) bool { return true })
	im, err := eval.NewImprover(eval.ImproverConfig{
		Store: w.store, Prompts: w.prompts, Judge: w.judge, Rewriter: renamed{w.rewriter}, Mode: w.mode, Logger: w.logger,
		Freeze: func(context.Context) (eval.Frozen, error) {
			return eval.Frozen{Runner: w.runner, Model: "scripted", Snapshot: w.snapshot}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err = im.Work(t.Context(), r.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	var c eval.Certificate
	if err := json.Unmarshal(r.Certificate, &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Restarts) != 1 || !strings.Contains(c.Restarts[0], "rewriter") || c.Rewriter != "another" {
		t.Errorf("restarts %q, by %q", c.Restarts, c.Rewriter)
	}
}

type renamed struct{ eval.Rewriter }

func (renamed) Name() string { return "another" }

// What an open entry cost under documents that changed then is spent all the
// same.
func TestSpendUnderOldDocumentsCounts(t *testing.T) {
	w := newWorld(t, firstPrompt, 120)
	sealed := w.isSealed()
	r := w.interrupted(8, sealed) // in the midst of a cluster
	answered := int64(7)          // the eighth was cut off
	w.snapshot = "later"
	w.runner.before = func(_ context.Context, _ *prompts.Prompt, q string) error {
		if sealed(q) {
			answered++
		}
		return nil
	}
	r, c := w.work(r)
	used := int64(2 * len(w.clusterCases(c)))
	if answered <= used {
		t.Fatalf("%d answers to %d that count: none was lost", answered, used)
	}
	if got, want := c.Entry.Spend.Agent.Input, 100*answered; got != want {
		t.Errorf("round %s: the entry cost %d tokens of input, want %d for %d answers", r.State, got, want, answered)
	}
}

// clusterCases are the sealed cases that an entry used.
func (*world) clusterCases(c eval.Certificate) (ids []string) {
	for _, cluster := range c.Entry.Clusters {
		for _, x := range cluster.Cases {
			ids = append(ids, x.ID)
		}
	}
	return ids
}
