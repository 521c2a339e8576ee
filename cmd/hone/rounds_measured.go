package main

import (
	"context"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/otel"
)

// measuredRounds is a store that measures how rounds end.
type measuredRounds struct{ store }

// EndRound implements eval.RoundStore.
func (s measuredRounds) EndRound(ctx context.Context, r eval.Round, p *eval.Promotion) (eval.Round, error) {
	before, err := s.Round(ctx, r.ID)
	if err != nil {
		return r, err
	}
	ended, err := s.store.EndRound(ctx, r, p)
	if err != nil {
		return ended, err
	}
	took := ended.Ended.Sub(ended.Started)
	if before.State == eval.Waiting { // for a person, who has come
		took = 0
	}
	otel.RecordRound(ctx, ended.Agent, string(ended.State), took)
	if ended.OutOfBudget() {
		otel.RecordBudgetExhausted(ctx, ended.Agent)
	}
	return ended, nil
}
