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
	Remote     bool   // the parent is a span of another process, which keeps it itself
	Name       string
	Kind       string // internal, server, client, producer, consumer
	Scope      string // what made the span, such as github.com/honehq/hone/agent
	Start, End time.Time
	Status     string         // "", "ok" or "error"
	Message    string         // of an error status
	Attributes map[string]any // string, bool, int64, float64 or slices of these
	Events     []SpanEvent
	Links      []SpanLink
}

// SpanEvent is something that happened within a span.
type SpanEvent struct {
	Name       string
	At         time.Time
	Attributes map[string]any
}

// SpanLink leads to a span of another trace, such as the one that caused this.
type SpanLink struct {
	TraceID    string
	SpanID     string // empty where it was not kept
	Attributes map[string]any
}

// Question is the text of a question, which is kept only where content is
// captured. SpanID is that of the span which asked it.
type Question struct {
	TraceID, SpanID string
	At              time.Time
	Text            string
}

// Answered is a span that stands for an answer: a run of an agent, or a response
// of the OpenAI-compatible API.
type Answered struct {
	ID            string // "run_…" or "resp_…"
	SpanID        string
	Agent         string
	Thread        string
	Origin        string
	Status        string // answered, not_found, degraded; empty if it failed
	PromptID      string
	PromptVersion int64 // 0: none that is stored
	Model         string
	Start, End    time.Time
	InputTokens   int64
	OutputTokens  int64
}

// TraceSummary is a line of a list of traces.
type TraceSummary struct {
	TraceID  string
	Name     string // of the first span
	Start    time.Time
	Duration time.Duration
	Spans    int
	Errors   int      // of the spans, those that failed
	Ended    bool     // false: spans were kept, but the one that holds them all was not, or not yet
	Answers  int      // in the trace; without the responses of the engine of which runs were made
	First    Answered // of the answers; zero without any
	Question string   // only where content is captured
}

// TraceFilter selects traces, newest first. Zero fields select all. What it says
// of answers is true of one and the same answer in the trace.
type TraceFilter struct {
	Limit int // 0 means 20

	Errors   bool          // a span failed
	Slower   time.Duration // it took at least this long
	Since    time.Time     // it began then or later
	Before   time.Time     // it began earlier
	Question string        // the captured text of its question holds this, in whatever case

	Answers       bool // it has an answer
	Status        string
	Agent         string
	Thread        string
	Origin        string
	PromptVersion int64
}

// SpanStore keeps spans in an embedded database.
type SpanStore interface {
	// PutSpans keeps finished spans. One that is there already stays as it is.
	PutSpans(ctx context.Context, spans []Span) error
	// PutQuestions keeps texts of questions, before or after their spans.
	PutQuestions(ctx context.Context, questions []Question) error
	Traces(ctx context.Context, f TraceFilter) ([]TraceSummary, error)
	// TracesAfter returns traces of which a root has been kept since the mark,
	// oldest first, and the mark after them. A negative mark gives no traces, and
	// the mark of now.
	TracesAfter(ctx context.Context, f TraceFilter, mark int64) ([]TraceSummary, int64, error)
	// Trace returns a trace's spans by start time; fs.ErrNotExist if there are none.
	// id is that of the trace, a prefix of it of at least 6 digits where that is
	// unique, or the ID of an answer in it.
	Trace(ctx context.Context, id string) ([]Span, error)
	// PruneSpans deletes traces that started before t, and the oldest ones
	// while more than maxBytes are kept.
	PruneSpans(ctx context.Context, before time.Time, maxBytes int64) error
}
