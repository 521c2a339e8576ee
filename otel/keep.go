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

// Retention bounds what a SpanStore keeps. Zero fields mean the default named,
// negative ones no bound.
type Retention struct {
	Age   time.Duration // of a trace: 7 days
	Bytes int64         // of all traces: 256 MB
}

// A store is brought back within its bounds every hour, and earlier once a tenth
// of what it may hold has come.
const (
	pruneEvery = time.Hour
	pruneShare = 10
)

// storeExporter keeps spans in a SpanStore, and the store within its bounds. The
// SDK never calls it twice at once.
type storeExporter struct {
	store  SpanStore
	keep   Retention
	pruned time.Time
	put    int64 // bytes since, or so
}

// ExportSpans implements trace.SpanExporter.
func (e *storeExporter) ExportSpans(ctx context.Context, spans []trace.ReadOnlySpan) error {
	ctx = apitrace.ContextWithSpan(ctx, nil) // a flush within a span: keeping spans makes none
	out := make([]Span, len(spans))
	for i, s := range spans {
		out[i] = toSpan(s)
		e.put += weight(out[i])
	}
	if err := e.store.PutSpans(ctx, out); err != nil {
		return fmt.Errorf("traces: %w", err)
	}
	now := time.Now()
	if now.Sub(e.pruned) < pruneEvery && (e.keep.Bytes < 0 || e.put < e.keep.Bytes/pruneShare) {
		return nil
	}
	e.pruned, e.put = now, 0
	var before time.Time
	if e.keep.Age >= 0 {
		before = now.Add(-e.keep.Age)
	}
	if err := e.store.PruneSpans(ctx, before, max(e.keep.Bytes, 0)); err != nil {
		return notPrunedError{fmt.Errorf("traces: %w", err)}
	}
	return nil
}

// notPrunedError is trouble in which no span was lost.
type notPrunedError struct{ error }

func (e notPrunedError) Unwrap() error { return e.error }

// weight is about what a span takes up.
func weight(s Span) int64 {
	n := 200 + len(s.Name)
	for key, value := range s.Attributes {
		text, _ := value.(string)
		n += len(key) + len(text) + 10
	}
	return int64(n)
}

// Shutdown implements trace.SpanExporter; the store is closed by its owner.
func (*storeExporter) Shutdown(context.Context) error { return nil }

func toSpan(s trace.ReadOnlySpan) Span {
	out := Span{
		TraceID: s.SpanContext().TraceID().String(), SpanID: s.SpanContext().SpanID().String(),
		Name: s.Name(), Kind: s.SpanKind().String(), Scope: s.InstrumentationScope().Name, Start: s.StartTime(), End: s.EndTime(),
		Message: s.Status().Description, Attributes: toAttributes(s.Attributes()),
	}
	if s.Parent().HasSpanID() {
		out.ParentID, out.Remote = s.Parent().SpanID().String(), s.Parent().IsRemote()
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
		to := l.SpanContext
		out.Links = append(out.Links, SpanLink{to.TraceID().String(), to.SpanID().String(), toAttributes(l.Attributes)})
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
