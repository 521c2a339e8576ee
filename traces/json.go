package traces

import (
	"time"

	"github.com/honehq/hone/otel"
)

// Line is a trace in a list, for machines.
type Line struct {
	TraceID  string    `json:"trace_id"`
	Name     string    `json:"name"`
	Started  time.Time `json:"started"`
	Seconds  float64   `json:"duration_seconds"`
	Spans    int       `json:"spans"`
	Errors   int       `json:"errors"`
	Ended    bool      `json:"ended"` // false: the span that holds the others has not been kept, or not yet
	Question string    `json:"question,omitempty"`
	Answers  int       `json:"answers"`
	First    *Answer   `json:"answer,omitempty"` // the first of the answers
}

// Answer is an answer in a list.
type Answer struct {
	ID     string `json:"id"`
	Agent  string `json:"agent,omitempty"`
	Thread string `json:"thread,omitempty"`
	Origin string `json:"origin,omitempty"`
	Status string `json:"status,omitempty"`
	Model  string `json:"model,omitempty"`
	Prompt Prompt `json:"prompt"`
	Tokens Tokens `json:"tokens"`
}

// ToLine writes a summary for machines.
func ToLine(t otel.TraceSummary) Line {
	l := Line{
		TraceID: t.TraceID, Name: t.Name, Started: t.Start, Seconds: t.Duration.Seconds(), Spans: t.Spans, Errors: t.Errors,
		Ended: t.Ended, Question: t.Question, Answers: t.Answers,
	}
	if a := t.First; t.Answers > 0 {
		l.First = &Answer{a.ID, a.Agent, a.Thread, a.Origin, a.Status, a.Model, Prompt{a.PromptID, a.PromptVersion}, Tokens{a.InputTokens, a.OutputTokens}}
	}
	return l
}

// Trace is a trace with its spans and the accounts of its answers, for machines.
type Trace struct {
	TraceID string    `json:"trace_id"`
	Answers []Account `json:"answers"`
	Spans   []Span    `json:"spans"`
}

// Span is a span for machines.
type Span struct {
	SpanID     string         `json:"span_id"`
	ParentID   string         `json:"parent_id,omitempty"`
	Remote     bool           `json:"parent_is_remote,omitempty"`
	Name       string         `json:"name"`
	Kind       string         `json:"kind"`
	Scope      string         `json:"scope,omitempty"`
	Start      time.Time      `json:"start"`
	End        time.Time      `json:"end"`
	Status     string         `json:"status,omitempty"`
	Message    string         `json:"message,omitempty"`
	Attributes map[string]any `json:"attributes"`
	Events     []Event        `json:"events,omitempty"`
	Links      []Link         `json:"links,omitempty"`
}

// Event is something that happened within a span.
type Event struct {
	Name       string         `json:"name"`
	At         time.Time      `json:"at"`
	Attributes map[string]any `json:"attributes"`
}

// Link leads to a span of another trace.
type Link struct {
	TraceID    string         `json:"trace_id"`
	SpanID     string         `json:"span_id,omitempty"`
	Attributes map[string]any `json:"attributes"`
}

// ToTrace writes a trace for machines.
func ToTrace(spans []otel.Span, answers []Account) Trace {
	out := Trace{Answers: append([]Account{}, answers...), Spans: []Span{}}
	for _, s := range spans {
		out.TraceID = s.TraceID
		j := Span{
			SpanID: s.SpanID, ParentID: s.ParentID, Remote: s.Remote, Name: s.Name, Kind: s.Kind, Scope: s.Scope, Start: s.Start, End: s.End,
			Status: s.Status, Message: s.Message, Attributes: s.Attributes,
		}
		for _, e := range s.Events {
			j.Events = append(j.Events, Event(e))
		}
		for _, l := range s.Links {
			j.Links = append(j.Links, Link(l))
		}
		out.Spans = append(out.Spans, j)
	}
	return out
}
