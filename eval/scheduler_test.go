package eval_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

// memoryStore is as much of a store as a scheduler and rounds that end early
// need, so that time can be a bubble's.
type memoryStore struct {
	eval.Store
	mu        sync.Mutex
	rounds    []eval.Round // newest first
	questions int
	owner     string
	until     time.Time
	down      bool
}

var errDown = errors.New("no connection")

func (s *memoryStore) Rounds(_ context.Context, _ string, limit int) ([]eval.Round, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil, errDown
	}
	if limit > 0 && len(s.rounds) > limit {
		return append([]eval.Round(nil), s.rounds[:limit]...), nil
	}
	return append([]eval.Round(nil), s.rounds...), nil
}

func (s *memoryStore) PutRound(_ context.Context, r eval.Round) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rounds) > 0 && s.rounds[0].ID == r.ID {
		s.rounds[0] = r
	} else {
		s.rounds = append([]eval.Round{r}, s.rounds...)
	}
	return nil
}

func (s *memoryStore) EndRound(ctx context.Context, r eval.Round, _ *eval.Promotion) (eval.Round, error) {
	return r, s.PutRound(ctx, r)
}

func (s *memoryStore) Cases(context.Context, eval.CaseFilter) ([]eval.StoredCase, error) {
	c := eval.Case{ID: "a", Question: "Who?", Type: eval.Unanswerable}
	return []eval.StoredCase{{Case: c, Split: eval.Train, Cluster: "1"}, {Case: c, Split: eval.Dev, Cluster: "2"}}, nil
}

func (s *memoryStore) Count(context.Context, string) (eval.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return eval.Count{Questions: s.questions}, nil
}

func (s *memoryStore) TakeTurn(_ context.Context, _, owner string, ttl time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owner != "" && s.owner != owner && time.Now().Before(s.until) {
		return false, nil
	}
	s.owner, s.until = owner, time.Now().Add(ttl)
	return true, nil
}

func (s *memoryStore) EndTurn(_ context.Context, _, owner string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owner == owner {
		s.owner = ""
	}
	return nil
}

func (s *memoryStore) ask(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.questions += n
}

func (s *memoryStore) causes() (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rounds {
		out = append([]string{r.Cause}, out...)
	}
	return out
}

// onePrompt is a library that holds one.
type onePrompt struct{ p prompts.Prompt }

func (o onePrompt) InUse(context.Context, string) (prompts.Prompt, error) { return o.p, nil }

func schedule(t *testing.T, store eval.Store, mode eval.Mode, c eval.SchedulerConfig, before func(context.Context)) *eval.Scheduler {
	t.Helper()
	runner := fixed(refused) // all is well, so a round ends before it proposes anything
	im, err := eval.NewImprover(eval.ImproverConfig{
		Store: store, Prompts: onePrompt{prompts.Prompt{ID: "p", Version: 1, Text: firstPrompt}}, Judge: eval.Deterministic{}, Rewriter: &stock{}, Mode: mode,
		Freeze: func(ctx context.Context) (eval.Frozen, error) {
			if before != nil {
				before(ctx)
			}
			return eval.Frozen{Runner: runner}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Improver, c.Agent, c.PromptID = im, agentName, "p"
	s, err := eval.NewScheduler(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// running runs a scheduler until the test is over.
func running(t *testing.T, s *eval.Scheduler) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestARoundIsDueAfterSomeQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memoryStore{}
		running(t, schedule(t, store, eval.Auto, eval.SchedulerConfig{}, nil))
		for _, step := range []struct{ asked, rounds int }{{49, 0}, {1, 1}, {0, 1}, {30, 1}, {170, 2}, {0, 2}} {
			store.ask(step.asked)
			time.Sleep(time.Minute)
			synctest.Wait()
			if got := len(store.causes()); got != step.rounds {
				t.Fatalf("after %d more questions %d rounds, want %d", step.asked, got, step.rounds)
			}
		}
	})
}

func TestCron(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // starts at midnight UTC, 2000-01-01
		store := &memoryStore{}
		running(t, schedule(t, store, eval.Auto, eval.SchedulerConfig{Every: -1, Cron: "CRON_TZ=Europe/Berlin 30 3 * * *"}, nil))
		store.ask(1000)
		for _, step := range []struct {
			wait   time.Duration
			rounds int
		}{{2*time.Hour + 29*time.Minute, 0}, {3 * time.Minute, 1}, {20 * time.Hour, 1}, {4 * time.Hour, 2}} {
			time.Sleep(step.wait)
			synctest.Wait()
			if got := len(store.causes()); got != step.rounds {
				t.Fatalf("at %s %d rounds, want %d", time.Now().UTC(), got, step.rounds)
			}
		}
	})
}

// A cron time that passed while nothing ran is made up for, once.
func TestAMissedCronTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memoryStore{rounds: []eval.Round{{ID: "old", State: eval.NoBetter, Cause: "cron", Started: time.Now().Add(-100 * time.Hour)}}}
		running(t, schedule(t, store, eval.Auto, eval.SchedulerConfig{Every: -1, Cron: "0 12 * * *"}, nil))
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if got := len(store.causes()); got != 2 {
			t.Fatalf("%d rounds, want 2", got)
		}
	})
}

func TestNothingIsDue(t *testing.T) {
	for name, tc := range map[string]struct {
		store *memoryStore
		mode  eval.Mode
	}{
		"in mode off":       {&memoryStore{questions: 1000}, eval.Off},
		"while one waits":   {&memoryStore{questions: 1000, rounds: []eval.Round{{ID: "w", State: eval.Waiting}}}, eval.Auto},
		"without questions": {&memoryStore{}, eval.Auto},
	} {
		t.Run(name, func(t *testing.T) {
			if cause, due, err := schedule(t, tc.store, tc.mode, eval.SchedulerConfig{Cron: "0 0 1 1 *"}, nil).Due(t.Context()); due || err != nil {
				t.Errorf("due: %s, %v", cause, err)
			}
		})
	}
	if _, err := eval.NewScheduler(eval.SchedulerConfig{Improver: &eval.Improver{}, Agent: "a", PromptID: "p", Cron: "every day"}); err == nil {
		t.Error("a schedule that is none is taken")
	}
}

// A database that is away for a while ends nothing.
func TestASchedulerSurvives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memoryStore{questions: 60, down: true}
		running(t, schedule(t, store, eval.Auto, eval.SchedulerConfig{}, nil))
		time.Sleep(time.Hour)
		store.mu.Lock()
		store.down = false
		store.mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := len(store.causes()); got != 1 {
			t.Errorf("%d rounds", got)
		}
	})
}

// The turn is prolonged while a round runs; a round that loses it ends, and
// leaves what is stored to whoever took it.
func TestTheTurnIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memoryStore{questions: 60}
		stolen := make(chan struct{})
		s := schedule(t, store, eval.Auto, eval.SchedulerConfig{}, func(ctx context.Context) {
			time.Sleep(30 * time.Minute)
			if ok, err := store.TakeTurn(ctx, agentName, "another", time.Minute); ok || err != nil {
				t.Errorf("the turn was free after half an hour: %v", err)
			}
			store.mu.Lock()
			store.owner, store.until = "another", time.Now().Add(time.Hour)
			store.mu.Unlock()
			<-ctx.Done()
			close(stolen)
		})
		running(t, s)
		<-stolen
		synctest.Wait()
		store.mu.Lock()
		defer store.mu.Unlock()
		if len(store.rounds) != 1 || store.rounds[0].State != eval.Running || store.owner != "another" {
			t.Errorf("rounds %+v, turn of %s", store.rounds, store.owner)
		}
	})
}
