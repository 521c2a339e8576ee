package eval_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

// A process that ends at every single checkpoint of a round, before it is
// stored or right after: the round ends as one that nobody disturbed, and each
// end costs at most one answer that is made again.
func TestARoundSurvivesItsProcessAtEveryCheckpoint(t *testing.T) {
	for name, lives := range map[string]struct {
		writes int  // that a process lives for
		late   bool // the last of them is stored, but the process doesn't learn it
	}{
		"after each": {writes: 1, late: true},
		"before":     {writes: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := newWorld(t, firstPrompt, 50)
			seed, undisturbed := want.firstSeedThatEnters()
			calls := want.counted()

			w := newWorld(t, firstPrompt, 50)
			for earlier := range seed - 1 {
				w.roundAlone(earlier + 1)
			}
			r, deaths := w.mortal(w.request(seed), lives.writes, lives.late)
			made := w.counted()
			t.Logf("%s after %d deaths, %d answers made, %d undisturbed", r.State, deaths, made, calls)
			if diff := cmp.Diff(want.evidence(undisturbed), w.evidence(r)); diff != "" {
				t.Errorf("the round (-undisturbed +killed):\n%s", diff)
			}
			if made > calls+deaths {
				t.Errorf("%d answers were made in %d lives, %d undisturbed", made, deaths+1, calls)
			}
			if deaths < 100 {
				t.Errorf("the process ended only %d times", deaths)
			}
			w.nothingSealedIsKept(r)
		})
	}
}

// firstSeedThatEnters runs rounds with the seeds 1, 2, … until one enters the
// gate, and then counts the answers of that one only.
func (w *world) firstSeedThatEnters() (uint64, eval.Round) {
	w.Helper()
	for seed := range uint64(10) {
		w.count()
		if r := w.roundAlone(seed + 1); r.Entered {
			return seed + 1, r
		}
	}
	w.Fatal("no round entered the gate")
	return 0, eval.Round{}
}

// count begins to count answers anew.
func (w *world) count() {
	w.answers.Store(0)
	w.runner.before = func(context.Context, *prompts.Prompt, string) error {
		w.answers.Add(1)
		return nil
	}
}

func (w *world) counted() int { return int(w.answers.Load()) }

func (w *world) rounds() []eval.Round {
	w.Helper()
	rounds, err := w.store.Rounds(w.Context(), agentName, 0)
	if err != nil {
		w.Fatal(err)
	}
	return rounds
}

// alone is an improver that makes one answer at a time.
func (w *world) alone(store eval.Store) *eval.Improver {
	w.Helper()
	im, err := eval.NewImprover(eval.ImproverConfig{
		Store: store, Prompts: w.prompts, Judge: w.judge, Rewriter: w.rewriter, Mode: w.mode, Logger: w.logger, Parallel: 1,
		Freeze: func(context.Context) (eval.Frozen, error) {
			return eval.Frozen{Runner: w.runner, Model: "scripted", Provider: w.provider, Snapshot: w.snapshot}, nil
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	return im
}

func (w *world) roundAlone(seed uint64) eval.Round {
	w.Helper()
	r, err := w.alone(w.store).Round(w.Context(), w.request(seed))
	if err != nil {
		w.Fatal(err)
	}
	return r
}

// mortal runs a round by processes that end after so many writes each.
func (w *world) mortal(q eval.RoundRequest, writes int, late bool) (eval.Round, int) {
	w.Helper()
	w.count()
	begun, err := w.alone(w.store).Begin(w.Context(), q)
	if err != nil {
		w.Fatal(err)
	}
	for deaths := range 5000 {
		r, dead := w.life(begun.ID, writes, late)
		if !dead {
			return r, deaths
		}
	}
	w.Fatal("the round never ends")
	return eval.Round{}, 0
}

// life is one process that works on a round.
func (w *world) life(round string, writes int, late bool) (_ eval.Round, dead bool) {
	w.Helper()
	store := &mortalStore{Store: w.store, left: writes, late: late}
	r, err := w.alone(store).Work(w.Context(), round, nil)
	if !store.dead.Load() {
		if err != nil {
			w.Fatal(err)
		}
		return r, false
	}
	if err := w.store.EndTurn(w.Context(), agentName, store.owner); err != nil { // as if it had expired
		w.Fatal(err)
	}
	// What was stored last may have ended the round.
	if r, err = w.store.Round(w.Context(), round); err != nil {
		w.Fatal(err)
	}
	return r, r.State == eval.Running
}

// mortalStore is a store whose process ends with a write.
type mortalStore struct {
	eval.Store
	left  int
	late  bool
	owner string
	dead  atomic.Bool
}

var errDead = errors.New("the process has ended")

// write does one more write, or ends the process.
func (s *mortalStore) write(do func() error) error {
	if s.dead.Load() {
		return errDead
	}
	if s.left--; s.left > 0 {
		return do()
	}
	s.dead.Store(true)
	if s.late {
		if err := do(); err != nil {
			return err
		}
	}
	return errDead
}

func (s *mortalStore) Record(ctx context.Context, r eval.Recorded) (out json.RawMessage, err error) {
	err = s.write(func() (err error) {
		out, err = s.Store.Record(ctx, r)
		return err
	})
	return out, err
}

func (s *mortalStore) PutRound(ctx context.Context, r eval.Round) error {
	return s.write(func() error { return s.Store.PutRound(ctx, r) })
}

func (s *mortalStore) EndRound(ctx context.Context, r eval.Round, p *eval.Promotion) (out eval.Round, err error) {
	err = s.write(func() (err error) {
		out, err = s.Store.EndRound(ctx, r, p)
		return err
	})
	return out, err
}

func (s *mortalStore) PutProgress(ctx context.Context, r eval.Round) error {
	if s.dead.Load() {
		return errDead
	}
	return s.Store.PutProgress(ctx, r)
}

func (s *mortalStore) TakeTurn(ctx context.Context, agent, owner string, ttl time.Duration) (bool, error) {
	if s.dead.Load() {
		return false, errDead
	}
	s.owner = owner
	return s.Store.TakeTurn(ctx, agent, owner, ttl)
}

func (s *mortalStore) EndTurn(ctx context.Context, agent, owner string) error {
	if s.dead.Load() {
		return errDead
	}
	return s.Store.EndTurn(ctx, agent, owner)
}

// A database that fails for a moment while a proposal is recorded is no failure
// of the rewriter, which would stay on record: the round is resumed.
func TestAProposalThatCannotBeRecorded(t *testing.T) {
	want := newWorld(t, firstPrompt, 60)
	undisturbed := want.roundAlone(1)
	w := newWorld(t, firstPrompt, 60)
	store := &forgetful{Store: w.store}
	begun, err := w.alone(store).Begin(t.Context(), w.request(1))
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.alone(store).Work(t.Context(), begun.ID, nil)
	if !errors.Is(err, errDead) || r.State != eval.Running {
		t.Fatalf("round %s, %v", r.State, err)
	}
	if r, err = w.alone(store).Work(t.Context(), begun.ID, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.evidence(undisturbed), w.evidence(r)); diff != "" {
		t.Errorf("the round (-undisturbed +resumed):\n%s", diff)
	}
}

// forgetful is a store that fails to record one proposal.
type forgetful struct {
	eval.Store
	failed atomic.Bool
}

func (s *forgetful) Record(ctx context.Context, r eval.Recorded) (json.RawMessage, error) {
	if r.Kind == eval.OfProposal && !s.failed.Swap(true) {
		return nil, errDead
	}
	return s.Store.Record(ctx, r)
}

// evidence is a round without what differs from one run to the next: times and
// drawn IDs.
func (w *world) evidence(r eval.Round) map[string]any {
	w.Helper()
	plain := string(r.Certificate)
	for i, past := range w.rounds() {
		plain = strings.ReplaceAll(plain, past.ID, "rnd_"+string(rune('a'+i)))
	}
	plain = strings.ReplaceAll(plain, w.promptID, "pmpt")
	out := map[string]any{}
	if err := json.Unmarshal([]byte(plain), &out); err != nil {
		w.Fatal(err)
	}
	for _, key := range []string{"started_at", "ended_at", "previous"} {
		delete(out, key)
	}
	out["columns"] = []any{r.State, r.Verdict, r.Entered, r.Alpha, r.Won, r.Champion, r.Promoted}
	return out
}

// nothingSealedIsKept checks what is left of a round that has ended.
func (w *world) nothingSealedIsKept(r eval.Round) {
	w.Helper()
	list, err := w.store.Recorded(w.Context(), r.ID)
	if err != nil {
		w.Fatal(err)
	}
	kept := map[eval.RecordKind]int{}
	for _, x := range list {
		kept[x.Kind]++
	}
	if kept[eval.OfTrain] == 0 || kept[eval.OfDev] == 0 || len(kept) != 2 {
		w.Errorf("kept of the round: %v", kept)
	}
}
