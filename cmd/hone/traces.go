package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/traces"
)

type tracesCmd struct {
	Ls      tracesLsCmd      `cmd:"" help:"List traces, the newest first."`
	Show    tracesShowCmd    `cmd:"" help:"Show what an answer was made of, and its trace as a waterfall."`
	Tail    tracesTailCmd    `cmd:"" help:"Show traces as they end, until Ctrl-C."`
	Compare tracesCompareCmd `cmd:"" help:"Show two answers side by side."`
	Export  tracesExportCmd  `cmd:"" help:"Print a trace as OTLP in JSON, which Jaeger and the OpenTelemetry Collector take by POST /v1/traces."`
}

// withTraces runs f on the traces alone: the rest of Hone stays closed.
func withTraces(ctx context.Context, s *settings, f func(otel.SpanStore) error) (err error) {
	if err := s.checkTraces(); err != nil {
		return err
	}
	db, err := openTraces(ctx, *s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return f(db)
}

// readTrace reads a trace. Where it is not kept it says what may have become of it.
func readTrace(ctx context.Context, s *settings, store otel.SpanStore, id string) ([]otel.Span, error) {
	spans, err := store.Trace(ctx, id)
	if !errors.Is(err, fs.ErrNotExist) {
		return spans, err
	}
	if strings.HasPrefix(id, "run_") {
		if err := explainRun(ctx, s, id); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("trace %s: none is kept here that begins so (six digits at least) or holds that answer; see: hone traces ls\n%s", id, traces.Elsewhere)
}

// explainRun looks an answer up that has no trace here.
func explainRun(ctx context.Context, s *settings, id string) (err error) {
	db, err := openKept(ctx, *s)
	if err != nil || db == nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	run, err := db.Run(ctx, id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case run.TraceID == "":
		return fmt.Errorf("answer %s was not traced", id)
	}
	return fmt.Errorf("answer %s is known, but its trace %s is not kept here: %s", id, run.TraceID, traces.Elsewhere)
}

// traceFilter are the flags that choose traces.
type traceFilter struct {
	Status   string        `help:"Only answers that ended so: answered, not_found or degraded." enum:",answered,not_found,degraded" default:""`
	Errors   bool          `aliases:"failed" help:"Only traces in which something failed."`
	Slower   time.Duration `help:"Only traces that took at least this long, such as 2s." placeholder:"TIME"`
	By       string        `help:"Only answers of this agent." placeholder:"AGENT"`
	Prompt   int64         `help:"Only answers by this version of the prompt." placeholder:"VERSION"`
	Thread   string        `help:"Only answers in this thread." placeholder:"ID"`
	Origin   string        `help:"Only answers to questions that came in this way: http, cli, slack …" placeholder:"WAY"`
	Since    string        `help:"Only traces from then on: 2026-01-31, 2026-01-31T12:00, or how long ago, such as 2h." placeholder:"WHEN"`
	Until    string        `help:"Only traces from before then." placeholder:"WHEN"`
	Question string        `help:"Only questions that hold this text. They are known where OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true asked for it." placeholder:"TEXT"`
	Answers  bool          `help:"Only traces with an answer."`
}

func (f traceFilter) filter(now time.Time) (otel.TraceFilter, error) {
	out := otel.TraceFilter{
		Status: f.Status, Errors: f.Errors, Slower: f.Slower, Agent: f.By, PromptVersion: f.Prompt, Thread: f.Thread,
		Origin: f.Origin, Question: f.Question, Answers: f.Answers,
	}
	if f.Prompt < 0 {
		return out, usagef("--prompt %d: versions count from 1", f.Prompt)
	}
	var err error
	if out.Since, err = traces.Moment(f.Since, now); err != nil {
		return out, usagef("--since: %w", err)
	}
	if out.Before, err = traces.Moment(f.Until, now); err != nil {
		return out, usagef("--until: %w", err)
	}
	return out, nil
}

type tracesLsCmd struct {
	Limit int `short:"n" default:"20" help:"Traces to show."`
	traceFilter
}

func (c tracesLsCmd) Run(ctx context.Context, s *settings, term terminal) error {
	if c.Limit < 1 {
		return usagef("--limit %d: at least 1", c.Limit)
	}
	f, err := c.filter(time.Now())
	if err != nil {
		return err
	}
	f.Limit = c.Limit
	return withTraces(ctx, s, func(store otel.SpanStore) error {
		list, err := store.Traces(ctx, f)
		if err != nil {
			return err
		}
		if s.JSON {
			out := []traces.Line{}
			for _, t := range list {
				out = append(out, traces.ToLine(t))
			}
			return printJSON(term.out, out)
		}
		return printTraces(term.out, list)
	})
}

func printTraces(out io.Writer, list []otel.TraceSummary) error {
	if len(list) == 0 {
		fmt.Fprintln(out, "No traces.")
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TRACE\tSTARTED\tTOOK\tSPANS\tERRORS\tSTATUS\tAGENT\tPROMPT\tWHAT")
	for _, t := range list {
		fmt.Fprintf(w, "%.12s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s\n", t.TraceID, t.Start.Local().Format(time.DateTime),
			traces.Took(t.Duration), t.Spans, t.Errors, statusOf(t), clean(t.First.Agent), promptOf(t), whatOf(t))
	}
	return w.Flush()
}

func statusOf(t otel.TraceSummary) string {
	if !t.Ended && t.First.Status == "" {
		return "goes on"
	}
	return clean(t.First.Status)
}

func promptOf(t otel.TraceSummary) string {
	if t.First.PromptVersion == 0 {
		return ""
	}
	return fmt.Sprintf("v%d", t.First.PromptVersion)
}

// whatOf says in a line what a trace is about.
func whatOf(t otel.TraceSummary) string {
	what := clean(t.Name)
	if t.Question != "" {
		what += ": " + shorten(strings.Join(strings.Fields(clean(t.Question)), " "), 80)
	}
	if t.Answers > 1 {
		what += fmt.Sprintf(" (%d answers)", t.Answers)
	}
	return what
}
