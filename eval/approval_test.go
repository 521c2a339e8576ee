package eval_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

// firstEntry runs rounds until one enters the gate.
func (w *world) firstEntry() eval.Round {
	w.Helper()
	for seed := range uint64(10) {
		if r := w.round(seed + 1); r.Entered {
			return r
		}
	}
	w.Fatal("no round entered the gate")
	return eval.Round{}
}

func TestApproval(t *testing.T) {
	for name, tc := range map[string]struct {
		settle  func(*world, *eval.Improver, string) (eval.Round, error)
		state   eval.State
		version int
	}{
		"approved": {func(w *world, im *eval.Improver, id string) (eval.Round, error) {
			return im.Approve(w.Context(), id, "Ada")
		}, eval.Promoted, 2},
		"declined": {func(w *world, im *eval.Improver, id string) (eval.Round, error) {
			return im.Decline(w.Context(), id, "Ada")
		}, eval.Rejected, 1},
		"edited before": {func(w *world, im *eval.Improver, id string) (eval.Round, error) {
			if _, err := w.prompts.Update(w.Context(), w.promptID, prompts.Draft{Text: "Mine."}, 1, true); err != nil {
				return eval.Round{}, err
			}
			return im.Approve(w.Context(), id, "Ada")
		}, eval.Stale, 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, firstPrompt, 120)
			w.mode = eval.Approve
			r := w.firstEntry()
			if r.State != eval.Waiting || !r.Won || w.inUse().Version != 1 {
				t.Fatalf("round %+v", r)
			}
			if report, err := r.Report(); err != nil || report.Gate != nil {
				t.Errorf("before it is settled, the gate is told: %v, %v", report.Gate, err)
			}
			im := w.improver()
			if _, err := im.Round(t.Context(), w.request(99)); !errors.Is(err, eval.ErrWaiting) {
				t.Errorf("another round while one waits: %v", err)
			}
			r, err := tc.settle(w, im, r.ID)
			if err != nil {
				t.Fatal(err)
			}
			if r.State != tc.state || w.inUse().Version != tc.version {
				t.Errorf("state %s, version %d in use: %s", r.State, w.inUse().Version, r.Verdict)
			}
			if _, err := im.Approve(t.Context(), r.ID, "Ada"); err == nil {
				t.Error("a round can be settled twice")
			}
			// The sealed cases that the winner used retire, whatever became of it, and
			// the budget begins anew.
			if report, err := eval.OpenReport(t.Context(), w.store, r); err != nil || report.Gate == nil {
				t.Errorf("the gate is not told: %v, %v", report.Gate, err)
			}
			used := len(clustersOf(t, r.Certificate))
			if used == 0 {
				t.Fatal("no clusters were used")
			}
			for seed := range uint64(10) {
				next := w.round(seed + 50)
				if !next.Entered {
					continue
				}
				if next.Alpha < 0.02 {
					t.Errorf("after a win the first entry gets α = %v", next.Alpha)
				}
				for c := range clustersOf(t, next.Certificate) {
					if clustersOf(t, r.Certificate)[c] {
						t.Fatalf("cluster %s is used again", c)
					}
				}
				return
			}
		})
	}
}

// clustersOf reads which sealed clusters a certificate names.
func clustersOf(t *testing.T, raw json.RawMessage) map[string]bool {
	t.Helper()
	var c eval.Certificate
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	if c.Entry != nil {
		for _, x := range c.Entry.Clusters {
			out[x.Cluster] = true
		}
	}
	return out
}

// A model as judge that nobody calibrated may not promote by itself.
func TestAnUncalibratedJudgeNeedsAPerson(t *testing.T) {
	w := newWorld(t, firstPrompt, 120)
	w.judge = opinionated{}
	if r := w.firstEntry(); r.State != eval.Waiting {
		t.Errorf("round %+v", r)
	}
}

type opinionated struct{ eval.Deterministic }

func (opinionated) Describe() eval.JudgeInfo { return eval.JudgeInfo{Name: "some model"} }
