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
)

// SchedulerConfig configures a Scheduler.
type SchedulerConfig struct {
	Improver *Improver
	Agent    string
	PromptID string
	Every    int           // a round after so many questions; 0 means 50, below 0 never
	Cron     string        // five fields, with CRON_TZ=… for a time zone; empty: none
	Poll     time.Duration // how often to look; 0 means 30 s
	Logger   *slog.Logger
}

// Scheduler runs rounds when they are due.
type Scheduler struct {
	cfg   SchedulerConfig
	cron  cron.Schedule // nil: none
	since time.Time     // no cron time before it is made up for
}

// NewScheduler checks the configuration and returns a scheduler.
func NewScheduler(c SchedulerConfig) (*Scheduler, error) {
	if c.Improver == nil || c.Agent == "" || c.PromptID == "" {
		return nil, errors.New("scheduler: Improver, Agent and PromptID are wanted")
	}
	c.Every = cmp.Or(c.Every, 50)
	c.Poll = cmp.Or(c.Poll, 30*time.Second)
	c.Logger = cmp.Or(c.Logger, slog.Default())
	s := &Scheduler{cfg: c, since: time.Now()}
	if c.Cron != "" {
		var err error
		if s.cron, err = cron.ParseStandard(c.Cron); err != nil {
			return nil, fmt.Errorf("scheduler: cron %q: %w", c.Cron, err)
		}
	}
	return s, nil
}

// Due tells whether a round is due now, and why: "questions" or "cron". A
// cron time that passed since the last round began counts, once, also if no
// process ran then. Nothing is due in mode Off, or while a round runs or waits.
func (s *Scheduler) Due(ctx context.Context) (cause string, due bool, err error) {
	im := s.cfg.Improver.cfg
	if im.Mode == Off {
		return "", false, nil
	}
	last, err := im.Store.Rounds(ctx, s.cfg.Agent, 1)
	if err != nil {
		return "", false, fmt.Errorf("last round of agent %s: %w", s.cfg.Agent, err)
	}
	since := s.since
	if len(last) > 0 {
		if last[0].State == Waiting {
			return "", false, nil
		}
		since = last[0].Started
	}
	if s.cron != nil {
		if next := s.cron.Next(since); !next.IsZero() && !next.After(time.Now()) {
			return "cron", true, nil
		}
	}
	if s.cfg.Every < 0 {
		return "", false, nil
	}
	count, err := im.Store.Count(ctx, s.cfg.Agent)
	if err != nil {
		return "", false, err
	}
	return "questions", count.Questions >= s.cfg.Every, nil
}

// Run looks again and again whether a round is due, and runs it, until ctx
// ends. It returns nil then; failures are logged.
func (s *Scheduler) Run(ctx context.Context) error {
	for pause(ctx, s.cfg.Poll) == nil {
		s.once(ctx)
	}
	return nil
}

func (s *Scheduler) once(ctx context.Context) {
	cause, due, err := s.Due(ctx)
	if err == nil && due {
		_, err = s.cfg.Improver.Round(ctx, RoundRequest{Agent: s.cfg.Agent, PromptID: s.cfg.PromptID, Cause: cause})
	}
	switch {
	case err == nil, ctx.Err() != nil, errors.Is(err, ErrBusy), errors.Is(err, ErrWaiting):
	case errors.Is(err, fs.ErrNotExist):
		s.cfg.Logger.DebugContext(ctx, "no round can run yet", "agent", s.cfg.Agent, "error", err)
	default:
		s.cfg.Logger.ErrorContext(ctx, "a round failed", "agent", s.cfg.Agent, "cause", cause, "error", err)
	}
}
