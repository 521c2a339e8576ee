package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/honehq/hone/otel"
)

type tracesCmd struct {
	Ls   tracesLsCmd   `cmd:"" help:"List traces, the newest first."`
	Show tracesShowCmd `cmd:"" help:"Show a run as a waterfall."`
}

// withTraces runs f on the traces alone: the rest of Hone stays closed.
func withTraces(ctx context.Context, s *settings, f func(otel.SpanStore) error) (err error) {
	db, err := openTraces(ctx, *s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return f(db)
}

type tracesLsCmd struct {
	Limit  int           `short:"n" default:"20" help:"Traces to show."`
	Status string        `help:"Only runs that ended so: answered, not_found or degraded." enum:",answered,not_found,degraded" default:""`
	Errors bool          `help:"Only traces in which something failed."`
	Slower time.Duration `help:"Only traces that took at least this long, such as 2s." placeholder:"TIME"`
}

// traceJSON is a line of the list for machines.
type traceJSON struct {
	TraceID  string    `json:"trace_id"`
	Name     string    `json:"name"`
	Start    time.Time `json:"start"`
	Seconds  float64   `json:"duration_seconds"`
	Spans    int       `json:"spans"`
	Errors   int       `json:"errors"`
	Status   string    `json:"status,omitempty"`
	Question string    `json:"question,omitempty"`
}

func (c tracesLsCmd) Run(ctx context.Context, s *settings, term terminal) error {
	if c.Limit < 1 {
		return usagef("--limit %d: at least 1", c.Limit)
	}
	return withTraces(ctx, s, func(spans otel.SpanStore) error {
		traces, err := spans.Traces(ctx, otel.TraceFilter{Limit: c.Limit, Status: c.Status, Errors: c.Errors, Slower: c.Slower})
		if err != nil {
			return err
		}
		if s.JSON {
			out := []traceJSON{}
			for _, t := range traces {
				out = append(out, traceJSON{t.TraceID, t.Name, t.Start, t.Duration.Seconds(), t.Spans, t.Errors, t.First.Status, t.Question})
			}
			return printJSON(term.out, out)
		}
		return printTraces(term, traces)
	})
}

func printTraces(term terminal, traces []otel.TraceSummary) error {
	if len(traces) == 0 {
		fmt.Fprintln(term.out, "No traces.")
		return nil
	}
	w := tabwriter.NewWriter(term.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TRACE\tSTARTED\tTOOK\tSPANS\tERRORS\tSTATUS\tWHAT")
	for _, t := range traces {
		what := clean(t.Name)
		if t.Question != "" {
			what += ": " + shorten(strings.Join(strings.Fields(clean(t.Question)), " "), 80)
		}
		fmt.Fprintf(w, "%.12s\t%s\t%s\t%d\t%d\t%s\t%s\n", t.TraceID, t.Start.Local().Format(time.DateTime),
			brief(t.Duration), t.Spans, t.Errors, clean(t.First.Status), what)
	}
	return w.Flush()
}

type tracesShowCmd struct {
	ID string `arg:"" help:"ID of a trace or its first six digits or more, or of a run (run_…)."`
}

func (c tracesShowCmd) Run(ctx context.Context, s *settings, term terminal) error {
	id := c.ID
	if strings.HasPrefix(id, "run_") {
		var err error
		if id, err = traceOfRun(ctx, *s, id); err != nil {
			return err
		}
	}
	return withTraces(ctx, s, func(store otel.SpanStore) error {
		spans, err := store.Trace(ctx, id)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("trace %s: none is kept that begins so (six digits at least; after a week they are deleted); see: hone traces ls", id)
		}
		if err != nil {
			return err
		}
		if s.JSON {
			return printJSON(term.out, toSpansJSON(spans))
		}
		printWaterfall(term.out, spans)
		return nil
	})
}

// traceOfRun looks a run up in the database.
func traceOfRun(ctx context.Context, s settings, id string) (trace string, err error) {
	db, err := openStore(ctx, s)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	run, err := db.Run(ctx, id)
	if err != nil {
		return "", err
	}
	if run.TraceID == "" {
		return "", fmt.Errorf("run %s was not traced", id)
	}
	return run.TraceID, nil
}

// printTrace shows a trace of this very process.
func (t *telemetry) printTrace(ctx context.Context, term terminal, id string) error {
	if t.spans == nil {
		fmt.Fprintln(term.out, "(No traces are kept here: OTEL_TRACES_EXPORTER doesn't name sqlite, or their database can't be opened.)")
		return nil
	}
	t.flush(ctx)
	spans, err := t.spans.Trace(ctx, id)
	if err != nil {
		t.log.Warn("no waterfall", "error", err)
		return nil
	}
	printWaterfall(term.out, spans)
	return nil
}

// spansJSON is a trace for machines.
type spansJSON struct {
	TraceID string     `json:"trace_id"`
	Spans   []spanJSON `json:"spans"`
}

type spanJSON struct {
	SpanID     string         `json:"span_id"`
	ParentID   string         `json:"parent_id,omitempty"`
	Name       string         `json:"name"`
	Kind       string         `json:"kind"`
	Start      time.Time      `json:"start"`
	End        time.Time      `json:"end"`
	Status     string         `json:"status,omitempty"`
	Message    string         `json:"message,omitempty"`
	Attributes map[string]any `json:"attributes"`
	Events     []eventJSON    `json:"events,omitempty"`
	Links      []linkJSON     `json:"links,omitempty"`
}

type linkJSON struct {
	TraceID    string         `json:"trace_id"`
	SpanID     string         `json:"span_id,omitempty"`
	Attributes map[string]any `json:"attributes"`
}

type eventJSON struct {
	Name       string         `json:"name"`
	At         time.Time      `json:"at"`
	Attributes map[string]any `json:"attributes"`
}

func toSpansJSON(spans []otel.Span) spansJSON {
	out := spansJSON{Spans: []spanJSON{}}
	for _, s := range spans {
		out.TraceID = s.TraceID
		j := spanJSON{SpanID: s.SpanID, ParentID: s.ParentID, Name: s.Name, Kind: s.Kind, Start: s.Start, End: s.End,
			Status: s.Status, Message: s.Message, Attributes: s.Attributes}
		for _, e := range s.Events {
			j.Events = append(j.Events, eventJSON(e))
		}
		for _, l := range s.Links {
			j.Links = append(j.Links, linkJSON(l))
		}
		out.Spans = append(out.Spans, j)
	}
	return out
}
