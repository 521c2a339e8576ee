package otel

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Cause is the span that something in the background comes of. The zero Cause is
// none.
type Cause struct{ trace.SpanContext }

// CauseOf is the span of a context, unless that is closed to telemetry.
func CauseOf(ctx context.Context) Cause {
	if IsUnrecorded(ctx) {
		return Cause{}
	}
	return Cause{trace.SpanContextFromContext(ctx)}
}

// Text is the cause as a traceparent, to be kept with what it causes; empty for
// none.
func (c Cause) Text() string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(trace.ContextWithSpanContext(context.Background(), c.SpanContext), carrier)
	return carrier["traceparent"]
}

type causeKey struct{}

// WithCause says what caused what is done under the context: the trace that
// begins there is linked to it. Spans within a trace are not.
func WithCause(ctx context.Context, c Cause) context.Context {
	return context.WithValue(ctx, causeKey{}, c)
}

// ParseCause reads a traceparent. What is none is no cause.
func ParseCause(text string) Cause {
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{"traceparent": text})
	return Cause{trace.SpanContextFromContext(ctx)}
}
