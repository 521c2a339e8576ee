package rollout_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/rollout"
	"github.com/honehq/hone/store/sqlite"
)

var errKilled = errors.New("killed")

// mortal is a store whose process is killed at its n-th write, before or after
// it. The turn of the one before has expired.
type mortal struct {
	*sqlite.DB
	left   int
	before bool
}

func (m *mortal) write(do func() error) error {
	if m.left--; m.left < 0 || m.left == 0 && m.before {
		return errKilled
	}
	if err := do(); err != nil {
		return err
	}
	if m.left == 0 {
		return errKilled
	}
	return nil
}

func (m *mortal) TakeTurn(context.Context, string, string, time.Duration) (bool, error) {
	if m.left < 0 {
		return false, errKilled
	}
	return true, nil
}

func (m *mortal) PutGrade(ctx context.Context, g rollout.Grade) error {
	return m.write(func() error { return m.DB.PutGrade(ctx, g) })
}

func (m *mortal) AddPair(ctx context.Context, id string, p rollout.Pair) error {
	return m.write(func() error { return m.DB.AddPair(ctx, id, p) })
}

func (m *mortal) EndRollout(ctx context.Context, r rollout.Rollout, author string) (ended bool, err error) {
	err = m.write(func() error { ended, err = m.DB.EndRollout(ctx, r, author); return err })
	return ended, err
}

func (m *mortal) PutNotice(ctx context.Context, way string, n rollout.Notice) (taken bool, err error) {
	err = m.write(func() error { taken, err = m.DB.PutNotice(ctx, way, n); return err })
	return taken, err
}

func (m *mortal) NoteDelivery(ctx context.Context, way, id string, next time.Time) error {
	return m.write(func() error { return m.DB.NoteDelivery(ctx, way, id, next) })
}

// counting is a judge that finds the new version worse, and counts.
type counting struct {
	mu    sync.Mutex
	calls map[string]int
}

func (*counting) Name() string { return "counting" }

func (c *counting) Grade(_ context.Context, run agent.Run, _ []agent.Run) (eval.Grade, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls == nil {
		c.calls = map[string]int{}
	}
	c.calls[run.ID]++
	return eval.Grade{Score: map[int]float64{1: 1, 2: 0.25}[run.Prompt.Version]}, nil
}

// However often the process is killed, each run is graded once, each pair is bet
// on once, the end is the same, and no notice is lost.
func TestKilled(t *testing.T) {
	w := newTown(t)
	r := w.put(harmless)
	w.askMany(80)
	hook := newWebhook(t, 0)
	judge := &counting{}
	random := rand.New(rand.NewPCG(1, 2))
	kills := 0
	for done := false; !done; {
		store := &mortal{DB: w.db, left: 1 + random.IntN(4), before: random.IntN(2) == 0}
		watcher := must(rollout.New(rollout.Config{
			Store: store, Rounds: w.db, Judge: judge, Agent: "default", Ways: []rollout.Notifier{must(rollout.NewWebhook(hook.URL))(t)},
			Logger: w.logger, Idle: time.Nanosecond, Late: time.Nanosecond, Retry: time.Nanosecond,
		}))(t)
		switch err := watcher.Look(t.Context()); {
		case errors.Is(err, errKilled):
			kills++
		case err != nil:
			t.Fatal(err)
		default:
			done = true
		}
	}
	if kills < 10 {
		t.Errorf("killed %d times only", kills)
	}
	if got := w.rollout(r.ID); got.State != rollout.Returned || w.inUse() != 1 {
		t.Errorf("version %d is in use after %+v", w.inUse(), got)
	}
	repeated := 0
	for _, n := range judge.calls {
		repeated += n - 1
	}
	if repeated > kills {
		t.Errorf("%d calls of the judge were repeated after %d kills", repeated, kills)
	}
	kinds := map[rollout.Kind]bool{}
	for i, n := range hook.got {
		kinds[n.Kind] = true
		if hook.keys[i] != n.ID {
			t.Errorf("notice %s came with the key %s", n.ID, hook.keys[i])
		}
	}
	if got := slices.Sorted(maps.Keys(kinds)); !slices.Equal(got, []rollout.Kind{rollout.NoticePromoted, rollout.NoticeReturned}) {
		t.Errorf("notices %v", got)
	}

	// Undisturbed, on the same threads, it goes the same way.
	disturbed := must(w.db.Pairs(t.Context(), r.ID))(t)
	_ = must(w.prompts.Use(t.Context(), w.promptID, 2, 1, "test", "again"))(t)
	calm := calmly(t, w, r, &counting{})
	if diff := cmp.Diff(calm, disturbed, cmpopts.IgnoreFields(rollout.Pair{}, "At")); diff != "" {
		t.Errorf("pairs (-undisturbed +killed):\n%s", diff)
	}
}

// fresh is a store in which a rollout was never looked at.
type fresh struct {
	*sqlite.DB
	r      rollout.Rollout
	grades []rollout.Grade
	pairs  []rollout.Pair
}

func (f *fresh) Rollouts(context.Context, string, int) ([]rollout.Rollout, error) {
	return []rollout.Rollout{f.r}, nil
}
func (f *fresh) PutGrade(_ context.Context, g rollout.Grade) error {
	f.grades = append(f.grades, g)
	return nil
}
func (f *fresh) Grades(context.Context, string, string) ([]rollout.Grade, error) {
	return f.grades, nil
}
func (f *fresh) AddPair(_ context.Context, _ string, p rollout.Pair) error {
	f.pairs = append(f.pairs, p)
	return nil
}
func (f *fresh) Pairs(context.Context, string) ([]rollout.Pair, error) { return f.pairs, nil }
func (f *fresh) EndRollout(_ context.Context, r rollout.Rollout, _ string) (bool, error) {
	f.r = r
	return true, nil
}

func calmly(t *testing.T, w *town, r rollout.Rollout, judge rollout.Judge) []rollout.Pair {
	t.Helper()
	store := &fresh{DB: w.db, r: r}
	watcher := must(rollout.New(rollout.Config{
		Store: store, Rounds: w.db, Judge: judge, Agent: "default", Logger: w.logger, Idle: time.Nanosecond, Late: time.Nanosecond,
	}))(t)
	noError(t, watcher.Look(t.Context()))
	if store.r.State != rollout.Returned {
		t.Errorf("undisturbed it is %s", store.r.State)
	}
	return store.pairs
}

// Of several watchers one works at a time, and all stop when told to.
func TestReplicas(t *testing.T) {
	w := newTown(t)
	r := w.put(harmless)
	w.askMany(60)
	judge := &counting{}
	w.judge = judge
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for range 3 {
		watcher := w.watcher()
		running.Go(func() { noError(t, watcher.Run(ctx)) })
	}
	for w.rollout(r.ID).State == rollout.Running && t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
	stop()
	running.Wait()
	for run, n := range judge.calls {
		if n != 1 {
			t.Errorf("run %s was judged %d times", run, n)
		}
	}
	if got := w.rollout(r.ID); got.State != rollout.Returned {
		t.Errorf("%+v", got)
	}
	// The turn was given back: another one may go on at once.
	if ok := must(w.db.TakeTurn(t.Context(), "rollouts of default", "someone", time.Minute))(t); !ok {
		t.Error("the turn was not given back")
	}
}

// A judge that fails holds the rollout up and decides nothing; what is not
// finished waits.
func TestJudgeFails(t *testing.T) {
	w := newTown(t)
	r := w.put(numbersOnly)
	w.askMany(60)
	calls := 0
	w.judge = judgeFunc(func(context.Context, agent.Run, []agent.Run) (eval.Grade, error) {
		calls++
		return eval.Grade{}, errors.New("no provider")
	})
	watcher := w.watcher()
	for n := range 3 {
		if err := watcher.Look(t.Context()); err == nil || calls != n+1 {
			t.Errorf("look %d: %v after %d calls", n, err, calls)
		}
	}
	if got := w.rollout(r.ID); got.State != rollout.Running || len(must(w.db.Pairs(t.Context(), r.ID))(t)) > 0 {
		t.Errorf("%+v", got)
	}
}

// The emergency rule needs no judge: failures are enough, and few of them.
func TestEmergency(t *testing.T) {
	w := newTown(t)
	r := w.put(harmless)
	w.judge = judgeFunc(func(context.Context, agent.Run, []agent.Run) (eval.Grade, error) {
		return eval.Grade{}, fmt.Errorf("no provider")
	})
	start := time.Now().UTC().Truncate(time.Microsecond)
	for i := range 60 {
		thread := fmt.Sprintf("thr_%d", i)
		run := agent.Run{Question: "Why?", Origin: agent.FromHTTP, Answer: agent.Answer{
			ID: fmt.Sprintf("run_%d", i), Thread: thread, Agent: "default", Status: agent.Answered,
			CreatedAt: start.Add(time.Duration(i) * time.Microsecond), Prompt: agent.PromptRef{ID: w.promptID, Version: r.Version(thread)},
		}}
		if r.Version(thread) == r.New {
			run.Error, run.Status = "the model failed", ""
		}
		noError(t, w.db.PutRun(t.Context(), run))
	}
	noError(t, w.watcher().Look(t.Context()))
	got := w.rollout(r.ID)
	if got.State != rollout.Returned || w.inUse() != 1 || !strings.Contains(got.Reason, "failed, were degraded or took very long") {
		t.Errorf("%+v", got)
	}
}
