// Package otel sets up tracing, metrics and logs, chooses their exporters by the
// standard OTEL_ variables, and keeps spans in an embedded database where a run
// can be looked at without Jaeger. It stores spans.
package otel

import (
	"context"
	"time"
)

// Span is a finished span as kept in the embedded database.
type Span struct {
	TraceID    string // 32 hexadecimal digits
	SpanID     string // 16 hexadecimal digits
	ParentID   string // empty for a root
	Name       string
	Kind       string // internal, server, client, producer, consumer
	Start, End time.Time
	Status     string         // "", "ok" or "error"
	Message    string         // of an error status
	Attributes map[string]any // string, bool, int64, float64 or slices of these
	Events     []SpanEvent
	Links      []string // trace IDs
}

// SpanEvent is something that happened within a span.
type SpanEvent struct {
	Name       string
	At         time.Time
	Attributes map[string]any
}

// TraceSummary is a line of a list of traces.
type TraceSummary struct {
	TraceID  string
	Name     string // of the root span
	Start    time.Time
	Duration time.Duration
	Spans    int
	Errors   int
	Status   string // hone.status of the run: answered, not_found, degraded; may be empty
	Question string // only where content is captured
}

// TraceFilter selects traces, newest first.
type TraceFilter struct {
	Limit  int // 0 means 20
	Status string
	Errors bool // only traces with a failed span
	Slower time.Duration
	Before time.Time
}

// SpanStore keeps spans in an embedded database.
type SpanStore interface {
	PutSpans(ctx context.Context, spans []Span) error
	Traces(ctx context.Context, f TraceFilter) ([]TraceSummary, error)
	// Trace returns a trace's spans by start time; fs.ErrNotExist if there are none.
	// A prefix of the ID of at least 6 digits is enough where it is unique.
	Trace(ctx context.Context, id string) ([]Span, error)
	// PruneSpans deletes traces that started before t, and the oldest ones
	// while more than maxBytes are kept.
	PruneSpans(ctx context.Context, before time.Time, maxBytes int64) error
}
