package main

import (
	"context"
	"errors"
	"io/fs"

	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/server"
)

// traces are those that this process keeps, for its web page; nil if it keeps none.
func (t *telemetry) traces() server.Traces {
	if t.spans == nil {
		return nil
	}
	return freshTraces{t}
}

// freshTraces finds a trace also in the second before it is written.
type freshTraces struct{ *telemetry }

// Traces implements server.Traces.
func (t freshTraces) Traces(ctx context.Context, f otel.TraceFilter) ([]otel.TraceSummary, error) {
	return t.spans.Traces(ctx, f)
}

// Trace implements server.Traces.
func (t freshTraces) Trace(ctx context.Context, id string) ([]otel.Span, error) {
	spans, err := t.spans.Trace(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		t.flush(ctx)
		return t.spans.Trace(ctx, id)
	}
	return spans, err
}
