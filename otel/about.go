package otel

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/attribute"
)

type aboutKey struct{}

// WithAbout says what what is done under the context is part of, besides its
// trace: a round and a case, for one. Spans of answers bear the attributes.
func WithAbout(ctx context.Context, attributes ...attribute.KeyValue) context.Context {
	was := AboutOf(ctx)
	return context.WithValue(ctx, aboutKey{}, append(was, attributes...))
}

// AboutOf returns what WithAbout said.
func AboutOf(ctx context.Context) []attribute.KeyValue {
	list, _ := ctx.Value(aboutKey{}).([]attribute.KeyValue)
	return slices.Clip(list) // who appends gets a copy
}
