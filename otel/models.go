package otel

import (
	"context"
	"time"
)

// ModelCall is what is measured of a call of a model.
type ModelCall struct {
	Operation       string // chat or embeddings
	Provider, Model string
	Duration        time.Duration
	FirstChunk      time.Duration // to the first piece of the answer; 0: none came
	Input, Output   int           // tokens; 0: unknown
	USD             float64       // what it cost; 0: unknown
	Error           string        // its kind; empty: none
}

// StartModelCall counts a call as under way until the function that it returns
// is called, once.
func StartModelCall(ctx context.Context, provider, model string) (end func()) {
	activeCalls.add(ctx, 1, provider, model)
	return func() { activeCalls.add(ctx, -1, provider, model) }
}

// RecordModelCall counts a call that has ended, for the context's Caller.
func RecordModelCall(ctx context.Context, c ModelCall) {
	by := CallerOf(ctx)
	status := "done"
	switch c.Error {
	case "":
	case "canceled":
		status = "canceled"
	default:
		status = "failed"
	}
	modelCalls.add(ctx, 1, c.Operation, c.Provider, c.Model, by.Role, status)
	modelDuration.add(ctx, c.Duration.Seconds(), c.Operation, c.Provider, c.Model, by.Role, c.Error)
	if c.FirstChunk > 0 {
		firstChunk.add(ctx, c.FirstChunk.Seconds(), c.Operation, c.Provider, c.Model, by.Role)
	}
	if c.Input > 0 {
		modelTokens.add(ctx, float64(c.Input), c.Operation, c.Provider, c.Model, by.Role, by.Origin, "input")
	}
	if c.Output > 0 {
		modelTokens.add(ctx, float64(c.Output), c.Operation, c.Provider, c.Model, by.Role, by.Origin, "output")
		if c.Duration > 0 {
			tokenRate.add(ctx, float64(c.Output)/c.Duration.Seconds(), c.Operation, c.Provider, c.Model, by.Role)
		}
	}
	if c.USD > 0 {
		cost.add(ctx, c.USD, by.Agent, by.Origin, by.Role, c.Provider, c.Model)
	}
}
