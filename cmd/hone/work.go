package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/jobs"
)

// queue opens the queue of rounds, which this process works on for all agents
// that it knows.
func (f *fleet) queue(ctx context.Context, s schedule) (*jobs.Queue, error) {
	return f.house.store.Jobs(ctx, jobs.Config{
		Logger: f.house.log,
		Work: func(ctx context.Context, agent, roundID string) error {
			u, err := f.unit(ctx, agent)
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%w: %w", jobs.ErrElsewhere, err)
			}
			if err != nil {
				return err
			}
			return u.work(ctx, roundID, s)
		},
	})
}

// work works on a round. Its error is that the round is to be tried again.
func (u *unit) work(ctx context.Context, roundID string, s schedule) error {
	improver, err := u.improver(eval.Mode(s.with(u.spec).Mode))
	if err != nil {
		return err
	}
	round, err := improver.Work(ctx, roundID, nil)
	switch {
	case err == nil, errors.Is(err, eval.ErrBusy), errors.Is(err, eval.ErrPaused), errors.Is(err, fs.ErrNotExist):
		return nil // it has ended, or is offered again when it can go on
	case round.State == eval.Running:
		return err
	}
	u.log.ErrorContext(ctx, "a round failed", "agent", u.settings.Agent, "round", roundID, "error", err)
	return nil
}

// BeginRound implements server.Rounds.
func (b *background) BeginRound(ctx context.Context, agent string) (eval.Round, error) {
	u, err := b.fleet.unit(ctx, agent)
	if err != nil {
		return eval.Round{}, err
	}
	improver, err := u.improver(eval.Mode(b.schedule.with(u.spec).Mode))
	if err != nil {
		return eval.Round{}, err
	}
	round, err := improver.Begin(ctx, eval.RoundRequest{Agent: u.settings.Agent, PromptID: u.promptID, Cause: "demand"})
	if err != nil {
		return round, err
	}
	// If this fails, the agent's scheduler notices soon that nobody works on it.
	return round, b.queue.Offer(ctx, u.settings.Agent, round.ID)
}

// CancelRound implements server.Rounds.
func (b *background) CancelRound(ctx context.Context, id, author string) (eval.Round, error) {
	improver, err := b.improverOf(ctx, id)
	if err != nil {
		return eval.Round{}, err
	}
	return improver.Cancel(ctx, id, author)
}
