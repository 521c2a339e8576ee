package otel

import (
	"cmp"
	"context"
)

// Caller is on whose behalf something happens, for metrics of what is further
// down: models are called and documents searched for many.
type Caller struct {
	Agent  string
	Origin string // of the question: http, cli …; eval: part of an evaluation
	Role   string // what a model is asked as: agent, judge, rewriter, writer, client, search, index
}

// evaluation is the origin of what evaluations ask and search.
const evaluation = "eval"

type callerKey struct{}

// WithCaller says for whom what is under the context happens. Empty fields stay
// as they were.
func WithCaller(ctx context.Context, c Caller) context.Context {
	was := CallerOf(ctx)
	return context.WithValue(ctx, callerKey{}, Caller{
		Agent: cmp.Or(c.Agent, was.Agent), Origin: cmp.Or(c.Origin, was.Origin), Role: cmp.Or(c.Role, was.Role),
	})
}

// CallerOf returns what WithCaller said; the zero Caller if nothing.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}
