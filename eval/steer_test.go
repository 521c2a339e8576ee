package eval_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

// impatient is an improver that notices within milliseconds what is asked of it.
func (w *world) impatient() *eval.Improver {
	w.Helper()
	im, err := eval.NewImprover(eval.ImproverConfig{
		Store: w.store, Prompts: w.prompts, Judge: w.judge, Rewriter: w.rewriter, Mode: w.mode, Logger: w.logger, TurnTTL: 50 * time.Millisecond,
		Freeze: func(context.Context) (eval.Frozen, error) {
			return eval.Frozen{Runner: w.runner, Model: "scripted", Snapshot: w.snapshot}, nil
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	return im
}

// onAnswer does something once, when the nth answer is made, and then has
// answers wait until their context ends.
func (w *world) onAnswer(n int64, do func()) {
	var made atomic.Int64
	w.runner.before = func(ctx context.Context, _ *prompts.Prompt, _ string) error {
		if i := made.Add(1); i < n {
			return nil
		} else if i == n {
			do()
		}
		<-ctx.Done()
		return ctx.Err()
	}
}

func TestCancel(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	im := w.impatient()
	begun, err := im.Begin(t.Context(), w.request(1))
	if err != nil {
		t.Fatal(err)
	}
	w.onAnswer(20, func() {
		if r, err := im.Cancel(t.Context(), begun.ID, "Ada"); err != nil || r.State != eval.Running {
			t.Errorf("while a process works on it: %s, %v", r.State, err)
		}
	})
	r, err := im.Work(t.Context(), begun.ID, nil)
	if err != nil || r.State != eval.Cancelled || !strings.Contains(r.Verdict, "Ada") || r.Ended.IsZero() {
		t.Errorf("round %s: %q, %v", r.State, r.Verdict, err)
	}
	if _, err := im.Cancel(t.Context(), begun.ID, "Ada"); err == nil {
		t.Error("a round can be cancelled twice")
	}

	// One that nobody works on ends at once, and the next one begins.
	if begun, err = im.Begin(t.Context(), w.request(2)); err != nil {
		t.Fatal(err)
	}
	if open, err := im.Begin(t.Context(), w.request(3)); !errors.Is(err, eval.ErrBusy) || open.ID != begun.ID {
		t.Errorf("another round while one is open: %s, %v", open.ID, err)
	}
	if r, err = im.Cancel(t.Context(), begun.ID, "Ada"); err != nil || r.State != eval.Cancelled {
		t.Errorf("an idle round: %s, %v", r.State, err)
	}
	w.runner.before = nil
	w.round(4)
}

// What a cancelled entry was charged stays charged.
func TestCancelAtTheGate(t *testing.T) {
	w := newWorld(t, firstPrompt, 120)
	im := w.impatient()
	sealed := map[string]bool{}
	for _, c := range w.cases(eval.Sealed) {
		sealed[c.Question] = true
	}
	var begun eval.Round
	var asked atomic.Bool
	w.runner.before = func(ctx context.Context, _ *prompts.Prompt, q string) error {
		if !sealed[q] {
			return nil
		}
		if !asked.Swap(true) {
			if _, err := im.Cancel(context.WithoutCancel(ctx), begun.ID, "Ada"); err != nil {
				t.Error(err)
			}
		}
		<-ctx.Done()
		return ctx.Err()
	}
	for seed := uint64(1); !asked.Load(); seed++ {
		var err error
		if begun, err = im.Begin(t.Context(), w.request(seed)); err != nil {
			t.Fatal(err)
		}
		if _, err = im.Work(t.Context(), begun.ID, nil); err != nil {
			t.Fatal(err)
		}
	}
	r, err := w.store.Round(t.Context(), begun.ID)
	if err != nil || r.State != eval.Cancelled || !r.Entered || r.Alpha == 0 || r.Won {
		t.Fatalf("round %s, α %v, %v", r.State, r.Alpha, err)
	}
	w.runner.before = nil
	if next := w.firstEntry(); next.Alpha >= r.Alpha {
		t.Errorf("the next entry got α = %v after %v: nothing was charged", next.Alpha, r.Alpha)
	}
}

func TestPause(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	want := newWorld(t, firstPrompt, 60)
	undisturbed := want.roundAlone(1)

	im := w.impatient()
	begun, err := im.Begin(t.Context(), w.request(1))
	if err != nil {
		t.Fatal(err)
	}
	w.onAnswer(40, func() {
		if err := im.Pause(t.Context(), agentName); err != nil {
			t.Error(err)
		}
	})
	r, err := im.Work(t.Context(), begun.ID, nil)
	if !errors.Is(err, eval.ErrPaused) || r.State != eval.Running {
		t.Fatalf("round %s, %v", r.State, err)
	}
	w.runner.before = nil
	if _, err := im.Work(t.Context(), begun.ID, nil); !errors.Is(err, eval.ErrPaused) {
		t.Errorf("work while paused: %v", err)
	}
	if _, err := im.Begin(t.Context(), w.request(2)); !errors.Is(err, eval.ErrPaused) {
		t.Errorf("begin while paused: %v", err)
	}
	if err := im.Resume(t.Context(), agentName); err != nil {
		t.Fatal(err)
	}
	if r, err = im.Work(t.Context(), begun.ID, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.evidence(undisturbed), w.evidence(r)); diff != "" {
		t.Errorf("the round (-undisturbed +paused):\n%s", diff)
	}
}

// Whoever works on a round elsewhere, others see how far it is; of sealed cases
// nothing.
func TestProgressIsStored(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	im := w.impatient()
	begun, err := im.Begin(t.Context(), w.request(1))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	w.onAnswer(30, stop)
	if r, err := im.Work(ctx, begun.ID, nil); !errors.Is(err, context.Canceled) || r.State != eval.Running {
		t.Fatalf("round %s, %v", r.State, err)
	}
	r, err := w.store.Round(t.Context(), begun.ID)
	if err != nil || r.State != eval.Running || r.Progress.Stage != eval.StageChampion || r.Progress.Done == 0 || r.Progress.Total <= r.Progress.Done {
		t.Errorf("of a round that was interrupted others see %+v, %v", r.Progress, err)
	}
	w.runner.before = nil
	var mu sync.Mutex
	stages := map[eval.Stage]bool{}
	r, err = im.Work(t.Context(), begun.ID, func(p eval.Progress) {
		mu.Lock()
		defer mu.Unlock()
		if stages[p.Stage] = true; p.Stage == eval.StageGate && (p.Done > 0 || p.Total > 0) {
			t.Errorf("the gate tells %+v", p)
		}
	})
	if err != nil || r.State == eval.Running || r.Progress.Stage != "" || !stages[eval.StageDone] {
		t.Errorf("round %s, %v, told %v", r.State, err, stages)
	}
}

// A process was asked to cancel a round and ended before it noticed: whoever
// takes the round up cancels it.
func TestCancelThatNobodyHeard(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	im := w.impatient()
	begun, err := im.Begin(t.Context(), w.request(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.AskCancel(t.Context(), begun.ID, "Ada"); err != nil {
		t.Fatal(err)
	}
	r, err := im.Work(t.Context(), begun.ID, nil)
	if err != nil || r.State != eval.Cancelled || !strings.Contains(r.Verdict, "Ada") {
		t.Errorf("round %s: %q, %v", r.State, r.Verdict, err)
	}
}

// The certificate of a round that nobody worked on is a link of the chain, too.
func TestCancelledIdleRoundsVerify(t *testing.T) {
	w := newWorld(t, firstPrompt, 120)
	w.firstEntry()
	im := w.impatient()
	begun, err := im.Begin(t.Context(), w.request(99))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := im.Cancel(t.Context(), begun.ID, "Ada"); err != nil || r.State != eval.Cancelled {
		t.Fatalf("round %s, %v", r.State, err)
	}
	rounds, err := w.store.Rounds(t.Context(), agentName, 0)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(rounds)
	for _, v := range eval.Verify(rounds) {
		if len(v.Problems) > 0 {
			t.Errorf("round %s, %s: %q", v.Round, v.State, v.Problems)
		}
	}
}
