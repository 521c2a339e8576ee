package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/honehq/hone/otel"
)

// Queue has rounds worked on, on this replica or another one.
type Queue interface {
	// Offer makes sure that a job for the round waits or is about to begin. It
	// is called for rounds that nobody works on, by any number of replicas at
	// once, and again and again.
	Offer(ctx context.Context, agent, roundID string) error
}

// SchedulerConfig configures a Scheduler.
type SchedulerConfig struct {
	Improver *Improver
	Queue    Queue
	Agent    string
	PromptID string
	Every    int           // a round after so many questions; 0 means 50, below 0 never
	Cron     string        // five fields, in UTC or in the zone that CRON_TZ=… before them names; empty: none
	Poll     time.Duration // how often to look; 0 means 5 s
	Logger   *slog.Logger
}

// Scheduler begins an agent's rounds when they are due, and offers those that
// nobody works on to the queue: new ones, and those that a process left. Any
// number of replicas may run one; the store decides who begins a round.
type Scheduler struct {
	cfg  SchedulerConfig
	cron cron.Schedule // nil: none
}

// untouched is how long a round may be open before somebody works on it: a
// command that begins a round also works on it, and must not lose it to a
// replica that looks just then.
const untouched = 10 * time.Second

// NewScheduler checks the configuration and returns a scheduler.
func NewScheduler(c SchedulerConfig) (*Scheduler, error) {
	if c.Improver == nil || c.Queue == nil || c.Agent == "" || c.PromptID == "" {
		return nil, errors.New("scheduler: Improver, Queue, Agent and PromptID are wanted")
	}
	c.Every = cmp.Or(c.Every, 50)
	c.Poll = cmp.Or(c.Poll, 5*time.Second)
	c.Logger = cmp.Or(c.Logger, slog.Default())
	s := &Scheduler{cfg: c}
	if c.Cron != "" {
		var err error
		if s.cron, err = cron.ParseStandard(c.Cron); err != nil {
			return nil, fmt.Errorf("scheduler: cron %q: %w", c.Cron, err)
		}
	}
	return s, nil
}

// Due tells whether a round is due now: why ("cron" or "questions"; empty: none
// is due), and what it is to claim. Cron times that passed while nothing could
// run count once. Nothing is due in mode Off; whether the agent's rounds are
// held, or one is open, is for Begin to tell.
func (s *Scheduler) Due(ctx context.Context) (cause string, c Claim, err error) {
	if s.cfg.Improver.cfg.Mode == Off {
		return "", Claim{}, nil
	}
	count, err := s.store().Count(ctx, s.cfg.Agent)
	if err != nil {
		return "", Claim{}, err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	if s.cron != nil && count.Settled.IsZero() {
		if err := s.store().SettleCron(ctx, s.cfg.Agent, now); err != nil {
			return "", Claim{}, err
		}
	} else if s.cron != nil {
		if next := s.cron.Next(count.Settled); !next.IsZero() && !next.After(now) {
			return "cron", Claim{Cron: now, Settled: count.Settled}, nil
		}
	}
	if s.cfg.Every > 0 && count.Questions >= s.cfg.Every {
		return "questions", Claim{Every: s.cfg.Every}, nil
	}
	return "", Claim{}, nil
}

// Run looks again and again, until ctx ends. It returns nil then. A failure is
// logged once, until it is over.
func (s *Scheduler) Run(ctx context.Context) error {
	failing := false
	for pause(ctx, s.cfg.Poll) == nil {
		err := s.look(ctx)
		if err == nil || ctx.Err() != nil || onlyNotNow(err) {
			failing = false
			continue
		}
		if !failing {
			s.cfg.Logger.ErrorContext(ctx, "the schedule of rounds can't be kept", "agent", s.cfg.Agent, "error", err)
		}
		failing = true
	}
	return nil
}

// onlyNotNow tells whether an error is only that no round can begin now: there
// are no cases, or another one or another replica came first.
func onlyNotNow(err error) bool {
	for _, e := range []error{ErrBusy, ErrWaiting, ErrPaused, ErrNotDue, fs.ErrNotExist} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// look offers the open round if nobody works on it, or begins the one that is due.
func (s *Scheduler) look(ctx context.Context) error {
	switch open, err := s.store().OpenRound(ctx, s.cfg.Agent); {
	case err == nil:
		return s.revive(ctx, open)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	cause, claim, err := s.Due(ctx)
	if err != nil || cause == "" {
		return err
	}
	return s.begin(ctx, cause, claim)
}

// begin begins the round that is due.
func (s *Scheduler) begin(ctx context.Context, cause string, claim Claim) (err error) {
	ctx, span := otel.ScheduleRound.Begin(ctx, otel.Cause{}, otel.AgentName.String(s.cfg.Agent), otel.RoundCause.String(cause))
	defer func() { endSpan(span, err) }()
	r, err := s.cfg.Improver.Begin(ctx, RoundRequest{Agent: s.cfg.Agent, PromptID: s.cfg.PromptID, Cause: cause, Claim: claim})
	if err != nil {
		return err
	}
	span.SetAttributes(otel.RoundID.String(r.ID))
	s.cfg.Logger.InfoContext(ctx, "round begun", "agent", s.cfg.Agent, "round", r.ID, "cause", cause)
	return s.cfg.Queue.Offer(ctx, s.cfg.Agent, r.ID)
}

// revive offers an open round unless somebody works on it.
func (s *Scheduler) revive(ctx context.Context, open Round) error {
	if open.State != Running || time.Since(open.Started) < untouched {
		return nil
	}
	asked, err := s.store().Signals(ctx, s.cfg.Agent, open.ID)
	if err != nil || asked.Paused {
		return err
	}
	taken, err := s.store().TurnTaken(ctx, s.cfg.Agent)
	if err != nil || taken {
		return err
	}
	return s.cfg.Queue.Offer(ctx, s.cfg.Agent, open.ID)
}

func (s *Scheduler) store() Store { return s.cfg.Improver.cfg.Store }
