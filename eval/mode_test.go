package eval_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

// A person may set a stricter mode while a round runs: that counts at its end.
func TestAStricterModeWins(t *testing.T) {
	for _, mode := range []eval.Mode{eval.Approve, eval.Off} {
		t.Run(string(mode), func(t *testing.T) {
			w := newWorld(t, firstPrompt, 120)
			now := w.settableMode()
			sealed := w.isSealed()
			w.runner.before = func(_ context.Context, _ *prompts.Prompt, q string) error {
				if sealed(q) {
					now.Store(mode)
				}
				return nil
			}
			r := w.firstEntry()
			if r.State != eval.Waiting || w.inUse().Version != 1 || !strings.Contains(r.Verdict, "the mode was set to "+string(mode)+" while the round ran") {
				t.Fatalf("round %s, version %d in use: %s", r.State, w.inUse().Version, r.Verdict)
			}
			if r, err := w.improver().Approve(t.Context(), r.ID, "Ada"); err != nil || r.State != eval.Promoted {
				t.Errorf("round %s, %v", r.State, err)
			}
		})
	}
	t.Run("off before the gate", func(t *testing.T) {
		w := newWorld(t, firstPrompt, 120)
		now := w.settableMode()
		w.runner.before = func(context.Context, *prompts.Prompt, string) error { now.Store(eval.Off); return nil }
		if r := w.round(1); r.State != eval.NoBetter || r.Entered || !strings.Contains(r.Verdict, "the mode is off") {
			t.Errorf("round %s: %s", r.State, r.Verdict)
		}
	})
	t.Run("a looser one does not", func(t *testing.T) {
		w := newWorld(t, firstPrompt, 120)
		w.mode = eval.Approve
		w.modeNow = func(context.Context) (eval.Mode, error) { return eval.Auto, nil }
		if r := w.firstEntry(); r.State != eval.Waiting || strings.Contains(r.Verdict, "was set") {
			t.Errorf("round %s: %s", r.State, r.Verdict)
		}
	})
	t.Run("by who goes on with it", func(t *testing.T) {
		w := newWorld(t, firstPrompt, 120)
		r := w.interrupted(8, w.isSealed())
		w.mode = eval.Approve
		if r, _ = w.work(r); r.State != eval.Waiting {
			t.Errorf("round %s: %s", r.State, r.Verdict)
		}
	})
}

// settableMode lets the mode be set while a round runs, by several answers at
// a time; it begins as auto.
func (w *world) settableMode() *atomic.Value {
	now := &atomic.Value{}
	now.Store(eval.Auto)
	w.modeNow = func(context.Context) (eval.Mode, error) { return now.Load().(eval.Mode), nil }
	return now
}

func TestStricter(t *testing.T) {
	for _, c := range []struct{ x, y, want eval.Mode }{
		{"", "", ""}, {eval.Auto, "", eval.Auto}, {eval.Auto, eval.Approve, eval.Approve}, {eval.Approve, eval.Auto, eval.Approve}, {eval.Off, eval.Approve, eval.Off},
	} {
		if got := eval.Stricter(c.x, c.y); got != c.want {
			t.Errorf("%q and %q: got %q, want %q", c.x, c.y, got, c.want)
		}
	}
}
