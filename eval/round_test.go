package eval_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

const firstPrompt = "Answer from the documents."

func TestABetterPromptIsPromoted(t *testing.T) {
	w := newWorld(t, firstPrompt, 120)
	var told []eval.Progress
	for seed := range uint64(5) {
		q := w.request(seed + 1)
		q.Progress = func(p eval.Progress) {
			if p.Text != "" {
				told = append(told, p)
			}
		}
		r, err := w.improver().Round(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if r.State != eval.Promoted {
			continue
		}
		checkPromotion(t, w, r, told)
		return
	}
	t.Fatal("no promotion within five rounds")
}

func checkPromotion(t *testing.T, w *world, r eval.Round, told []eval.Progress) {
	t.Helper()
	t.Log(r.Verdict)
	p := w.inUse()
	if p.Version != 2 || r.Promoted != 2 || r.Champion != 1 || !r.Won || !r.Entered {
		t.Errorf("version %d in use after %+v", p.Version, r)
	}
	if byGuidelines(p.Text) <= byGuidelines(firstPrompt) {
		t.Errorf("the prompt in use is no better: %q", p.Text)
	}
	report, err := r.Report()
	if err != nil {
		t.Fatal(err)
	}
	if report.Gate == nil || report.Gate.Change == nil || len(report.Gate.E) != report.Gate.Clusters || report.After.Text != p.Text {
		t.Fatalf("report %+v", report)
	}
	if last := report.Gate.E[len(report.Gate.E)-1]; last < report.Gate.Needed {
		t.Errorf("promoted with an e-value of %v, %v is needed", last, report.Gate.Needed)
	}
	if ch := report.Gate.Change.ByCluster; ch.Difference.Low <= 0 || ch.Difference.Clusters != report.Gate.Clusters {
		t.Errorf("change on sealed cases %+v", ch)
	}
	retired := 0
	for _, c := range w.cases(eval.Sealed) {
		if !c.Retired.IsZero() {
			retired++
		}
	}
	if retired == 0 {
		t.Error("no sealed case retired")
	}
	var stages []eval.Stage
	for _, p := range told {
		stages = append(stages, p.Stage)
	}
	for _, s := range []eval.Stage{eval.StageChampion, eval.StageCandidates, eval.StageScreen, eval.StagePower, eval.StageDone} {
		if !slices.Contains(stages, s) {
			t.Errorf("nothing was told of stage %s", s)
		}
	}
	canonical(t, r.Certificate)
}

// canonical checks that reading and writing a certificate keeps its bytes.
func canonical(t *testing.T, c json.RawMessage) {
	t.Helper()
	var tree any
	d := json.NewDecoder(strings.NewReader(string(c)))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(tree); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(out.String()), string(c)); diff != "" {
		t.Errorf("the certificate is not canonical:\n%s", diff)
	}
}

func TestFromAGoodPromptNothingIsBetter(t *testing.T) {
	w := newWorld(t, firstPrompt+"\n"+guidelines[0]+"\n"+guidelines[1], 120)
	for seed := range uint64(6) {
		r := w.round(seed + 1)
		if r.State != eval.NoBetter || r.Entered || r.Verdict == "" {
			t.Errorf("round %d: %+v", seed, r)
		}
	}
	if v := w.inUse().Version; v != 1 {
		t.Errorf("version %d in use", v)
	}
}

// No prompt helps, and luck strikes each prompt anew: what looks better on dev
// must not get through.
func TestLuckIsNotPromoted(t *testing.T) {
	w := newWorld(t, firstPrompt, 100)
	w.runner.noise = true
	w.runner.quality = func(string) float64 { return 0.5 }
	entered := 0
	for seed := range uint64(25) {
		// Another wording each round, so that the luck is another one.
		w.rewriter.guidelines = []string{fmt.Sprintf("Mind rule %d.", 2*seed), fmt.Sprintf("Mind rule %d.", 2*seed+1)}
		r := w.round(seed + 1)
		if r.State != eval.NoBetter && r.State != eval.Rejected {
			t.Fatalf("round %d: %s: %s", seed, r.State, r.Verdict)
		}
		if r.Entered {
			entered++
		}
	}
	t.Logf("%d of 25 rounds entered the gate", entered)
	if entered == 0 {
		t.Error("nothing ever entered the gate, so nothing was tested")
	}
}

// Each rejected entry leaves less for the next, and the shares are those of
// the ledger.
func TestRejectionsAreChargedAndSayNothing(t *testing.T) {
	w := newWorld(t, firstPrompt, 100)
	good := map[string]bool{}
	for _, split := range []eval.Split{eval.Train, eval.Dev} {
		for _, c := range w.cases(split) {
			good[c.Question] = true
		}
	}
	// The candidate is better on train and dev only.
	w.runner.quality = func(string) float64 { return 0.3 }
	inner := w.runner
	overfit := func(q, p string) bool { return good[q] && strings.Contains(p, "Mind") }
	runner := runnerFunc(func(ctx context.Context, p *prompts.Prompt, q string, seed uint64) (agent.Answer, error) {
		if overfit(q, p.Text) {
			return (&scripted{quality: func(string) float64 { return 1 }}).Answer(ctx, p, q, seed)
		}
		return inner.Answer(ctx, p, q, seed)
	})
	var alphas []float64
	for seed := range uint64(3) {
		w.rewriter.guidelines = []string{fmt.Sprintf("Mind rule %d.", seed)}
		im := w.improverWith(runner)
		r, err := im.Round(t.Context(), w.request(seed+1))
		if err != nil {
			t.Fatal(err)
		}
		if r.State != eval.Rejected || !r.Entered || r.Won {
			t.Fatalf("round %d: %+v", seed, r)
		}
		alphas = append(alphas, r.Alpha)
		if strings.ContainsAny(r.Verdict, "0123456789") {
			t.Errorf("the verdict tells more than one word: %q", r.Verdict)
		}
		report, err := r.Report()
		if err != nil {
			t.Fatal(err)
		}
		if report.Gate != nil || report.Tokens != 0 {
			t.Errorf("the report of a rejection tells %+v, %v tokens", report.Gate, report.Tokens)
		}
	}
	for i, want := range []float64{0.024663776, 0.006545312, 0.003082972} {
		if diff := alphas[i] - want; diff > 1e-8 || diff < -1e-8 {
			t.Errorf("entry %d was charged %v, want %v", i+1, alphas[i], want)
		}
	}
}

type runnerFunc func(context.Context, *prompts.Prompt, string, uint64) (agent.Answer, error)

func (f runnerFunc) Answer(ctx context.Context, p *prompts.Prompt, q string, seed uint64) (agent.Answer, error) {
	return f(ctx, p, q, seed)
}

func (w *world) improverWith(r eval.Runner) *eval.Improver {
	w.Helper()
	im, err := eval.NewImprover(eval.ImproverConfig{
		Store: w.store, Prompts: w.library, Judge: w.judge, Rewriter: w.rewriter, Mode: w.mode, Logger: w.logger,
		Freeze: func(context.Context) (eval.Frozen, error) {
			return eval.Frozen{Runner: r, Model: "scripted", Snapshot: "snap"}, nil
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	return im
}

// A person edits the prompt while sealed cases are answered: the edit wins.
func TestAnEditEndsTheRound(t *testing.T) {
	w := newWorld(t, firstPrompt, 120)
	sealed := map[string]bool{}
	for _, c := range w.cases(eval.Sealed) {
		sealed[c.Question] = true
	}
	edited := false
	w.runner.before = func(ctx context.Context, _ *prompts.Prompt, q string) error {
		w.runner.mu.Lock()
		defer w.runner.mu.Unlock()
		if edited || !sealed[q] {
			return nil
		}
		edited = true
		_, err := w.library.Update(context.WithoutCancel(ctx), w.promptID, prompts.Draft{Text: "My own words.", Author: "a person"}, 1, true)
		return err
	}
	r := w.firstEntry()
	if r.State != eval.Stale || r.Won || r.Alpha == 0 {
		t.Errorf("round %+v", r)
	}
	if p := w.inUse(); p.Text != "My own words." {
		t.Errorf("in use: %q", p.Text)
	}
}

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
			if _, err := w.library.Update(w.Context(), w.promptID, prompts.Draft{Text: "Mine."}, 1, true); err != nil {
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
			// The sealed cases that the winner used are spent, retired or not, and
			// the budget begins anew.
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

func TestModeOffReportsOnly(t *testing.T) {
	w := newWorld(t, firstPrompt, 120)
	w.mode = eval.Off
	for seed := range uint64(4) {
		if r := w.round(seed + 1); r.State != eval.NoBetter || r.Entered {
			t.Errorf("round %+v", r)
		}
	}
}

// The process ended in the middle of an entry: whoever has the turn next closes
// the round, and its α stays charged.
func TestARoundThatCrashedIsClosed(t *testing.T) {
	w := newWorld(t, firstPrompt, 120)
	crash := errors.New("power cut")
	ctx, cut := context.WithCancelCause(t.Context())
	sealed := map[string]bool{}
	for _, c := range w.cases(eval.Sealed) {
		sealed[c.Question] = true
	}
	// The store sees the round up to the cut, and nothing of its end.
	store := &cutStore{Store: w.store}
	w.runner.before = func(_ context.Context, _ *prompts.Prompt, q string) error {
		if sealed[q] {
			store.cut()
			cut(crash)
		}
		return nil
	}
	im, err := eval.NewImprover(eval.ImproverConfig{
		Store: store, Prompts: w.library, Judge: w.judge, Rewriter: w.rewriter, Logger: w.logger,
		Freeze: func(context.Context) (eval.Frozen, error) {
			return eval.Frozen{Runner: w.runner, Model: "scripted", Snapshot: "snap"}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(10) {
		if _, err := im.Round(ctx, w.request(seed+1)); err != nil {
			break
		}
	}
	w.runner.before = nil
	rounds, err := w.store.Rounds(t.Context(), agentName, 1)
	if err != nil || len(rounds) != 1 || rounds[0].State != eval.Running || !rounds[0].Entered {
		t.Fatalf("after the cut: %+v, %v", rounds, err)
	}
	dead := rounds[0].ID
	if _, err := w.improver().Round(t.Context(), w.request(20)); !errors.Is(err, eval.ErrBusy) {
		t.Fatalf("while the turn of the dead has not expired: %v", err)
	}
	if err := w.store.EndTurn(t.Context(), agentName, store.owner); err != nil {
		t.Fatal(err)
	}

	next := w.firstEntry()
	closed, err := w.store.Round(t.Context(), dead)
	if err != nil {
		t.Fatal(err)
	}
	if closed.State != eval.Failed || closed.Won || closed.Alpha == 0 || closed.Ended.IsZero() {
		t.Errorf("the round that was cut off: %+v", closed)
	}
	if next.Alpha >= closed.Alpha {
		t.Errorf("the next entry got α = %v after %v: nothing was charged", next.Alpha, closed.Alpha)
	}
	if next.State == eval.Promoted {
		retired := map[string]bool{}
		for _, c := range w.cases(eval.Sealed) {
			if !c.Retired.IsZero() {
				retired[c.Cluster] = true
			}
		}
		for c := range clustersOf(t, closed.Certificate) {
			if !retired[c] {
				t.Errorf("cluster %s was touched by the dead round and did not retire", c)
			}
		}
	}
}

// cutStore is a store that a process loses the connection to.
type cutStore struct {
	eval.Store
	owner string
	dead  atomic.Bool
}

func (s *cutStore) cut() { s.dead.Store(true) }

func (s *cutStore) TakeTurn(ctx context.Context, agent, owner string, ttl time.Duration) (bool, error) {
	if s.dead.Load() {
		return false, errors.New("no connection")
	}
	s.owner = owner
	return s.Store.TakeTurn(ctx, agent, owner, ttl)
}

func (s *cutStore) EndTurn(ctx context.Context, agent, owner string) error {
	if s.dead.Load() {
		return errors.New("no connection")
	}
	return s.Store.EndTurn(ctx, agent, owner)
}

func (s *cutStore) EndRound(ctx context.Context, r eval.Round, p *eval.Promotion) (eval.Round, error) {
	if s.dead.Load() {
		return r, errors.New("no connection")
	}
	return s.Store.EndRound(ctx, r, p)
}

func TestARoundThatFailsIsStored(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	w.runner.before = func(context.Context, *prompts.Prompt, string) error { return errors.New("provider down") }
	r, err := w.improver().Round(t.Context(), w.request(1))
	if err == nil || r.State != eval.Failed || !strings.Contains(r.Verdict, "answers failed") {
		t.Errorf("round %+v, %v", r, err)
	}
	w.runner.before = nil
	w.rewriter.guidelines = nil
	r, err = w.improver().Round(t.Context(), w.request(2))
	if err == nil || r.State != eval.Failed || r.Entered {
		t.Errorf("without a rewriter: %+v, %v", r, err)
	}
	stored, err := w.store.Round(t.Context(), r.ID)
	if err != nil || stored.State != eval.Failed {
		t.Errorf("stored: %+v, %v", stored, err)
	}
}

func TestWithoutCasesThereIsNoRound(t *testing.T) {
	w := newWorld(t, firstPrompt, 0)
	if _, err := w.improver().Round(t.Context(), w.request(1)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if rounds, err := w.store.Rounds(t.Context(), agentName, 0); err != nil || len(rounds) != 0 {
		t.Errorf("rounds %v, %v", rounds, err)
	}
}

// Two processes on one store: one round at a time.
func TestOneRoundAtATime(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	running, most := 0, 0
	improver := func() *eval.Improver {
		im, err := eval.NewImprover(eval.ImproverConfig{
			Store: w.store, Prompts: w.library, Judge: w.judge, Rewriter: w.rewriter, Logger: w.logger,
			Freeze: func(context.Context) (eval.Frozen, error) {
				w.runner.mu.Lock()
				defer w.runner.mu.Unlock()
				running++
				most = max(most, running)
				return eval.Frozen{Runner: w.runner, Model: "scripted", Close: func() error {
					w.runner.mu.Lock()
					defer w.runner.mu.Unlock()
					running--
					return nil
				}}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		return im
	}
	type outcome struct {
		done, busy int
		err        error
	}
	results := make(chan outcome)
	for range 2 {
		im := improver()
		go func() {
			var o outcome
			for seed := range uint64(6) {
				_, err := im.Round(t.Context(), w.request(seed+1))
				switch {
				case err == nil:
					o.done++
				case errors.Is(err, eval.ErrBusy):
					o.busy++
				default:
					o.err = err
				}
			}
			results <- o
		}()
	}
	done := 0
	for range 2 {
		o := <-results
		if o.err != nil {
			t.Error(o.err)
		}
		done += o.done
	}
	rounds, err := w.store.Rounds(t.Context(), agentName, 0)
	if err != nil {
		t.Fatal(err)
	}
	if most != 1 || len(rounds) != done || done == 0 {
		t.Errorf("at most %d rounds at a time; %d stored, %d done", most, len(rounds), done)
	}
}
