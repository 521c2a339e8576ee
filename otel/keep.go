package otel

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
	apitrace "go.opentelemetry.io/otel/trace"
)

// Retention bounds what a SpanStore keeps. Zero fields mean the default named.
type Retention struct {
	Age   time.Duration // of a trace: 7 days
	Bytes int64         // of all traces: 256 MB
}

// pruneEvery is how often a store is brought back within its bounds.
const pruneEvery = time.Hour

// storeExporter keeps spans in a SpanStore, and the store within its bounds. The
// SDK never calls it twice at once.
type storeExporter struct {
	store  SpanStore
	keep   Retention
	pruned time.Time
}

// ExportSpans implements trace.SpanExporter.
func (e *storeExporter) ExportSpans(ctx context.Context, spans []trace.ReadOnlySpan) error {
	ctx = apitrace.ContextWithSpan(ctx, nil) // a flush within a span: keeping spans makes none
	out := make([]Span, len(spans))
	for i, s := range spans {
		out[i] = toSpan(s)
	}
	if err := e.store.PutSpans(ctx, out); err != nil {
		return fmt.Errorf("traces: %w", err)
	}
	if now := time.Now(); now.Sub(e.pruned) >= pruneEvery {
		e.pruned = now
		if err := e.store.PruneSpans(ctx, now.Add(-e.keep.Age), e.keep.Bytes); err != nil {
			return fmt.Errorf("traces: %w", err)
		}
	}
	return nil
}

// Shutdown implements trace.SpanExporter; the store is closed by its owner.
func (*storeExporter) Shutdown(context.Context) error { return nil }

func toSpan(s trace.ReadOnlySpan) Span {
	out := Span{
		TraceID: s.SpanContext().TraceID().String(), SpanID: s.SpanContext().SpanID().String(),
		Name: s.Name(), Kind: s.SpanKind().String(), Start: s.StartTime(), End: s.EndTime(),
		Message: s.Status().Description, Attributes: toAttributes(s.Attributes()),
	}
	if s.Parent().HasSpanID() {
		out.ParentID = s.Parent().SpanID().String()
	}
	switch s.Status().Code {
	case codes.Ok:
		out.Status = "ok"
	case codes.Error:
		out.Status = "error"
	case codes.Unset:
	}
	for _, e := range s.Events() {
		out.Events = append(out.Events, SpanEvent{e.Name, e.Time, toAttributes(e.Attributes)})
	}
	for _, l := range s.Links() {
		out.Links = append(out.Links, l.SpanContext.TraceID().String())
	}
	return out
}

func toAttributes(list []attribute.KeyValue) map[string]any {
	out := make(map[string]any, len(list))
	for _, kv := range list {
		switch kv.Value.Type() {
		case attribute.MAP, attribute.SLICE, attribute.BYTESLICE, attribute.EMPTY:
			out[string(kv.Key)] = kv.Value.String() // JSON, where it isn't plain
		default:
			out[string(kv.Key)] = kv.Value.AsInterface()
		}
	}
	return out
}
