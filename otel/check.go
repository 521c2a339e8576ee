package otel

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Checking is a check of a question or an answer that runs.
type Checking struct {
	ctx  context.Context //nolint:containedctx // of what is checked
	name string
	span trace.Span
}

// StartCheck begins a check: of a "request", a "question", an "answer" or its
// "citations".
func StartCheck(ctx context.Context, name string) (context.Context, Checking) {
	within, span := Check.Start(ctx, CheckName.String(name))
	return within, Checking{ctx, name, span}
}

// Passed ends the check.
func (c Checking) Passed(attributes ...attribute.KeyValue) { c.end("passed", attributes) }

// Failed ends a check that found something. reason is a word of a closed set.
func (c Checking) Failed(reason string, attributes ...attribute.KeyValue) {
	c.end("failed", append(attributes, CheckReason.String(reason)))
}

func (c Checking) end(outcome string, attributes []attribute.KeyValue) {
	c.span.SetAttributes(append(attributes, CheckOutcome.String(outcome))...)
	c.span.End()
	RecordCheck(c.ctx, c.name, outcome == "passed")
}
