package otel

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace"
)

type unrecordedKey struct{}

// Unrecorded marks what runs under the context as closed to telemetry: its
// spans are neither kept nor exported. Answers to sealed cases run so, since
// even their statuses and durations would tell about them.
func Unrecorded(ctx context.Context) context.Context {
	return context.WithValue(ctx, unrecordedKey{}, true)
}

// IsUnrecorded tells whether Unrecorded marked the context.
func IsUnrecorded(ctx context.Context) bool {
	marked, _ := ctx.Value(unrecordedKey{}).(bool)
	return marked
}

// unrecorded marks spans that started under a marked context.
var unrecorded = attribute.Bool("hone.unrecorded", true)

// recordedOnly keeps marked spans from a processor, and from the rest what other
// libraries say too much of. A sampler would do for the former, were it not for
// OTEL_TRACES_SAMPLER, which a sampler of ours would replace.
type recordedOnly struct{ trace.SpanProcessor }

// OnStart implements trace.SpanProcessor.
func (p recordedOnly) OnStart(parent context.Context, s trace.ReadWriteSpan) {
	if IsUnrecorded(parent) {
		s.SetAttributes(unrecorded)
		return
	}
	p.SpanProcessor.OnStart(parent, s)
}

// OnEnd implements trace.SpanProcessor.
func (p recordedOnly) OnEnd(s trace.ReadOnlySpan) {
	if !slices.Contains(s.Attributes(), unrecorded) {
		p.SpanProcessor.OnEnd(discreet(s))
	}
}
