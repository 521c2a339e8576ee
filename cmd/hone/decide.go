package main

import (
	"context"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/rollout"
)

// improverOf is the improver of a round's agent.
func (b *background) improverOf(ctx context.Context, roundID string) (*eval.Improver, error) {
	round, err := b.fleet.house.store.Round(ctx, roundID)
	if err != nil {
		return nil, err
	}
	return b.improver(ctx, round.Agent)
}

func (b *background) improver(ctx context.Context, agent string) (*eval.Improver, error) {
	u, err := b.fleet.unit(ctx, agent)
	if err != nil {
		return nil, err
	}
	return u.improver(eval.Mode(b.schedule.with(u.spec).Mode))
}

// ApproveRound implements server.Steering.
func (b *background) ApproveRound(ctx context.Context, id, author string) (eval.Round, error) {
	improver, err := b.improverOf(ctx, id)
	if err != nil {
		return eval.Round{}, err
	}
	return improver.Approve(ctx, id, author)
}

// DeclineRound implements server.Steering.
func (b *background) DeclineRound(ctx context.Context, id, author string) (eval.Round, error) {
	improver, err := b.improverOf(ctx, id)
	if err != nil {
		return eval.Round{}, err
	}
	return improver.Decline(ctx, id, author)
}

// EndTrial implements server.Steering.
func (b *background) EndTrial(ctx context.Context, id string, keep bool, author string) (rollout.Rollout, error) {
	h := b.fleet.house
	return rollout.End(ctx, h.store, h.prompts, id, keep, author)
}

// PauseRounds implements server.Steering.
func (b *background) PauseRounds(ctx context.Context, agent string, hold bool) error {
	improver, err := b.improver(ctx, agent)
	if err != nil {
		return err
	}
	if hold {
		return improver.Pause(ctx, agent)
	}
	return improver.Resume(ctx, agent)
}
