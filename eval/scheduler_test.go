package eval_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

// memoryStore is as much of a store as a scheduler needs, so that time can be a
// bubble's. It is a queue, too: what is offered ends at once, unless it is held.
type memoryStore struct {
	eval.Store
	mu      sync.Mutex
	rounds  []eval.Round // oldest first
	offered []string
	count   eval.Count
	taken   bool // somebody has the turn
	paused  bool
	down    bool
	noCases bool
	hold    bool // nobody works on what is offered
}

var errDown = errors.New("no connection")

func (s *memoryStore) Offer(_ context.Context, _, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offered = append(s.offered, id)
	if !s.hold {
		s.end(eval.NoBetter)
	}
	return nil
}

// end ends the last round; the caller has the lock.
func (s *memoryStore) end(state eval.State) { s.rounds[len(s.rounds)-1].State = state }

func (s *memoryStore) OpenRound(context.Context, string) (eval.Round, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return eval.Round{}, errDown
	}
	if n := len(s.rounds); n > 0 && (s.rounds[n-1].State == eval.Running || s.rounds[n-1].State == eval.Waiting) {
		return s.rounds[n-1], nil
	}
	return eval.Round{}, fs.ErrNotExist
}

func (s *memoryStore) BeginRound(_ context.Context, r eval.Round, c eval.Claim) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Every > 0 {
		taken := s.count.Questions - s.count.Questions%c.Every
		if taken == 0 {
			return eval.ErrNotDue
		}
		s.count.Questions, s.count.Claimed = s.count.Questions-taken, s.count.Claimed+taken
	}
	if !c.Cron.IsZero() {
		if !s.count.Settled.Equal(c.Settled) {
			return eval.ErrNotDue
		}
		s.count.Settled = c.Cron
	}
	s.rounds = append(s.rounds, r)
	return nil
}

func (s *memoryStore) SettleCron(_ context.Context, _ string, upTo time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count.Settled.IsZero() {
		s.count.Settled = upTo
	}
	return nil
}

func (s *memoryStore) Count(context.Context, string) (eval.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count, nil
}

func (s *memoryStore) TurnTaken(context.Context, string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken, nil
}

func (s *memoryStore) Signals(context.Context, string, string) (eval.Signals, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return eval.Signals{Paused: s.paused}, nil
}

func (s *memoryStore) Rounds(context.Context, string, int) ([]eval.Round, error) { return nil, nil }

func (s *memoryStore) Entries(context.Context, string) ([]eval.Entered, error) { return nil, nil }

func (s *memoryStore) Cases(context.Context, eval.CaseFilter) ([]eval.StoredCase, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.noCases {
		return nil, nil
	}
	c := eval.Case{ID: "a", Question: "Who?", Type: eval.Unanswerable}
	return []eval.StoredCase{{Case: c, Split: eval.Train, Cluster: "1"}, {Case: c, Split: eval.Dev, Cluster: "2"}}, nil
}

// set changes what the store says.
func (s *memoryStore) set(f func(s *memoryStore)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
}

func (s *memoryStore) causes() (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rounds {
		out = append(out, r.Cause)
	}
	return out
}

// onePrompt is a library that holds one.
type onePrompt struct{ p prompts.Prompt }

func (o onePrompt) InUse(context.Context, string) (prompts.Prompt, error) { return o.p, nil }

func schedule(t *testing.T, store *memoryStore, mode eval.Mode, c eval.SchedulerConfig) *eval.Scheduler {
	t.Helper()
	im, err := eval.NewImprover(eval.ImproverConfig{
		Store: store, Prompts: onePrompt{prompts.Prompt{ID: "p", Version: 1, Text: firstPrompt}}, Judge: eval.Deterministic{}, Rewriter: &stock{}, Mode: mode,
		Freeze: func(context.Context) (eval.Frozen, error) {
			return eval.Frozen{}, errors.New("a scheduler works on nothing")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Improver, c.Queue, c.Agent, c.PromptID = im, store, agentName, "p"
	s, err := eval.NewScheduler(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// running runs a scheduler until the test is over, or stop is called.
func running(t *testing.T, s *eval.Scheduler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// after lets time pass.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestARoundIsDueAfterSomeQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memoryStore{}
		running(t, schedule(t, store, eval.Auto, eval.SchedulerConfig{}))
		asked := 0
		for _, step := range []struct{ asked, rounds, left int }{{49, 0, 49}, {1, 1, 0}, {0, 1, 0}, {30, 1, 30}, {170, 2, 0}, {51, 3, 1}, {48, 3, 49}, {1, 4, 0}} {
			asked += step.asked
			store.set(func(s *memoryStore) { s.count.Questions += step.asked })
			after(time.Minute)
			if got, c := len(store.causes()), store.count; got != step.rounds || c.Questions != step.left {
				t.Fatalf("after %d more questions %d rounds and %d left, want %d and %d", step.asked, got, c.Questions, step.rounds, step.left)
			}
		}
		if store.count.Claimed != asked {
			t.Errorf("%d questions were claimed, want %d", store.count.Claimed, asked)
		}
	})
}

// Questions wait for a round that can run.
func TestAClaimIsNotEaten(t *testing.T) {
	for name, hinder := range map[string]func(s *memoryStore, yes bool){
		"without cases":      func(s *memoryStore, yes bool) { s.noCases = yes },
		"paused":             func(s *memoryStore, yes bool) { s.paused = yes },
		"without a database": func(s *memoryStore, yes bool) { s.down = yes },
		"while one waits": func(s *memoryStore, yes bool) {
			if yes {
				s.rounds = []eval.Round{{ID: "w", State: eval.Waiting}}
			} else {
				s.rounds = nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &memoryStore{count: eval.Count{Questions: 60}}
				hinder(store, true)
				running(t, schedule(t, store, eval.Auto, eval.SchedulerConfig{}))
				after(time.Hour)
				if store.count.Questions != 60 || len(store.offered) > 0 {
					t.Fatalf("%d questions are left, and %v was offered", store.count.Questions, store.offered)
				}
				store.set(func(s *memoryStore) { hinder(s, false) })
				after(10 * time.Second)
				if store.count.Questions != 10 || len(store.offered) != 1 {
					t.Errorf("%d questions are left, and %v was offered", store.count.Questions, store.offered)
				}
			})
		})
	}
}

func TestCron(t *testing.T) {
	for _, tc := range []struct {
		name, spec string
		waits      []time.Duration // from midnight UTC, 2000-01-01, on
		rounds     []int
	}{
		{"every night in Berlin", "CRON_TZ=Europe/Berlin 30 3 * * *",
			[]time.Duration{2*time.Hour + 29*time.Minute, 3 * time.Minute, 20 * time.Hour, 4 * time.Hour}, []int{0, 1, 1, 2}},
		{"every night in Berlin, into summer time", "CRON_TZ=Europe/Berlin 30 3 * * *", // 26 March: 1:30 UTC instead of 2:30
			[]time.Duration{84*24*time.Hour + 12*time.Hour, 12*time.Hour + 89*time.Minute, 2 * time.Minute}, []int{1, 1, 2}},
		{"hourly", "0 * * * *", []time.Duration{59 * time.Minute, time.Hour, time.Hour}, []int{0, 1, 2}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &memoryStore{count: eval.Count{Questions: 1000}}
				var stop func()
				for i, wait := range tc.waits {
					// A process that starts anew knows what was settled; one that was
					// off for long makes up for it once.
					if wait > 24*time.Hour {
						store.set(func(s *memoryStore) { s.count.Settled = time.Now() })
						after(wait - time.Minute)
						wait = time.Minute
					}
					stop = running(t, schedule(t, store, eval.Auto, eval.SchedulerConfig{Every: -1, Cron: tc.spec}))
					after(wait)
					stop()
					if got := len(store.causes()); got != tc.rounds[i] {
						t.Fatalf("at %s %d rounds, want %d", time.Now().UTC(), got, tc.rounds[i])
					}
				}
				if store.count.Questions != 1000 {
					t.Errorf("%d questions are left", store.count.Questions)
				}
			})
		})
	}
}

// Of many replicas one fires a cron time; what was missed while none ran, or
// while a round was open, is made up for once.
func TestCronOverReplicas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memoryStore{count: eval.Count{Settled: time.Now().Add(-100 * time.Hour)}, hold: true}
		for range 3 {
			running(t, schedule(t, store, eval.Auto, eval.SchedulerConfig{Every: -1, Cron: "0 12 * * *"}))
		}
		for _, step := range []struct {
			end    bool
			wait   time.Duration
			rounds int
		}{{false, time.Minute, 1}, {false, 60 * time.Hour, 1}, {true, time.Minute, 2}, {true, time.Minute, 2}, {true, 24 * time.Hour, 3}} {
			if step.end {
				store.set(func(s *memoryStore) { s.end(eval.NoBetter) })
			}
			after(step.wait)
			if got := store.causes(); len(got) != step.rounds {
				t.Fatalf("at %s %v, want %d", time.Now().UTC(), got, step.rounds)
			}
		}
	})
}

// A round that nobody works on is offered, again and again; one that somebody
// works on, or is about to, is left alone.
func TestARoundThatAProcessLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memoryStore{hold: true, rounds: []eval.Round{{ID: "left", State: eval.Running, Started: time.Now()}}}
		running(t, schedule(t, store, eval.Off, eval.SchedulerConfig{}))
		for _, step := range []struct {
			what    string
			change  func(s *memoryStore)
			wait    time.Duration
			offered bool
		}{
			{"young", func(*memoryStore) {}, 9 * time.Second, false},
			{"old enough", func(*memoryStore) {}, 12 * time.Second, true},
			{"worked on", func(s *memoryStore) { s.taken = true }, time.Hour, false},
			{"killed", func(s *memoryStore) { s.taken = false }, 6 * time.Second, true},
			{"paused", func(s *memoryStore) { s.paused = true }, time.Hour, false},
			{"resumed", func(s *memoryStore) { s.paused = false }, 6 * time.Second, true},
			{"waiting", func(s *memoryStore) { s.end(eval.Waiting) }, time.Hour, false},
		} {
			store.set(func(s *memoryStore) { step.change(s); s.offered = nil })
			after(step.wait)
			store.set(func(s *memoryStore) {
				if got := slices.Contains(s.offered, "left"); got != step.offered {
					t.Errorf("%s: offered %v", step.what, s.offered)
				}
			})
		}
	})
}

func TestNothingIsDue(t *testing.T) {
	for name, tc := range map[string]struct {
		store *memoryStore
		mode  eval.Mode
	}{
		"in mode off":       {&memoryStore{count: eval.Count{Questions: 1000, Settled: time.Now().Add(-1e6 * time.Hour)}}, eval.Off},
		"without questions": {&memoryStore{}, eval.Auto},
	} {
		t.Run(name, func(t *testing.T) {
			if cause, _, err := schedule(t, tc.store, tc.mode, eval.SchedulerConfig{Cron: "0 0 1 1 *"}).Due(t.Context()); cause != "" || err != nil {
				t.Errorf("due: %s, %v", cause, err)
			}
		})
	}
	if _, err := eval.NewScheduler(eval.SchedulerConfig{Improver: &eval.Improver{}, Queue: &memoryStore{}, Agent: "a", PromptID: "p", Cron: "every day"}); err == nil {
		t.Error("a schedule that is none is taken")
	}
}
