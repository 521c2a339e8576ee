package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/honehq/hone/otel"
)

// Traces implements otel.SpanStore.
func (db *Traces) Traces(ctx context.Context, f otel.TraceFilter) ([]otel.TraceSummary, error) {
	if f.Limit == 0 {
		f.Limit = 20
	}
	query, args := selectTraces(f)
	traces, err := all(ctx, db.readers, scanSummary, query, args...)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	return traces, nil
}

// TracesAfter implements otel.SpanStore.
func (db *Traces) TracesAfter(ctx context.Context, f otel.TraceFilter, mark int64) ([]otel.TraceSummary, int64, error) {
	var traces []otel.TraceSummary
	next := mark
	err := db.read(ctx, func(tx *sql.Tx) (err error) {
		next, err = one(ctx, tx, value[int64], `SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'spans'`)
		if err != nil || mark < 0 || next == mark {
			return err
		}
		ids, err := all(ctx, tx, value[string], `
			SELECT trace_id FROM spans WHERE seq > ? AND (remote OR parent_id = '')
			GROUP BY trace_id ORDER BY min(seq)`, mark)
		if err != nil {
			return err
		}
		for _, id := range ids {
			query, args := selectTraces(f, condition{"t.trace_id = ?", id})
			found, err := all(ctx, tx, scanSummary, query, args...)
			if err != nil {
				return err
			}
			traces = append(traces, found...)
		}
		return nil
	})
	if err != nil {
		return nil, mark, fmt.Errorf("new traces: %w", err)
	}
	return traces, next, nil
}

// condition is one of a WHERE, with its argument.
type condition struct {
	text string
	arg  any
}

// selectTraces lists what a filter selects and more conditions hold for. Where
// it says something of answers, it goes through them, by an index that has them
// in the order of the list; so it ends with the last line, however many there are.
func selectTraces(f otel.TraceFilter, more ...condition) (query string, args []any) {
	where, ofAnswers := traceConditions(f), answerConditions(f)
	from, start, id, once := "traces AS t", "t.start_at", "t.trace_id", ""
	if len(ofAnswers) > 0 || f.Answers {
		from, start, id, once = "answers AS a CROSS JOIN traces AS t ON t.trace_id = a.trace_id", "a.trace_start", "a.trace_id", "GROUP BY 1, 2"
	}
	if !f.Since.IsZero() {
		where = append(where, condition{start + " >= ?", nanos(f.Since)})
	}
	if !f.Before.IsZero() {
		where = append(where, condition{start + " < ?", nanos(f.Before)})
	}
	text := []string{"t.spans > 0"}
	for _, c := range append(append(where, ofAnswers...), more...) {
		text, args = append(text, c.text), append(args, c.arg)
	}
	limit := f.Limit
	if limit == 0 {
		limit = -1
	}
	return `
		SELECT t.trace_id, t.name, t.start_at, t.end_at, t.spans, t.errors, t.roots > 0,
			coalesce((SELECT text FROM questions AS q WHERE q.trace_id = t.trace_id ORDER BY at LIMIT 1), ''),
			(SELECT coalesce(nullif(sum(answer_id GLOB 'run_*'), 0), count(*)) FROM answers AS n WHERE n.trace_id = t.trace_id),
			f.answer_id, f.span_id, f.agent, f.thread, f.origin, f.status, f.prompt_id, f.prompt_version,
			f.model, f.start_at, f.end_at, f.input_tokens, f.output_tokens
		FROM (
			SELECT ` + start + ` AS at, ` + id + ` AS id FROM ` + from + ` WHERE ` + strings.Join(text, " AND ") + `
			` + once + ` ORDER BY 1 DESC, 2 DESC LIMIT ?
		) AS listed
		JOIN traces AS t ON t.trace_id = listed.id
		LEFT JOIN answers AS f ON f.trace_id = t.trace_id AND f.span_id = (
			SELECT span_id FROM answers AS g WHERE g.trace_id = t.trace_id ORDER BY start_at, end_at DESC LIMIT 1)
		ORDER BY listed.at DESC, listed.id DESC`, append(args, limit)
}

func traceConditions(f otel.TraceFilter) (where []condition) {
	if f.Errors {
		where = append(where, condition{"t.errors > ?", 0})
	}
	if f.Slower > 0 {
		where = append(where, condition{"t.end_at - t.start_at >= ?", int64(f.Slower)})
	}
	if f.Question != "" {
		where = append(where, condition{"t.trace_id IN (SELECT trace_id FROM questions WHERE instr(lower(text), lower(?)) > 0)", f.Question})
	}
	return where
}

func answerConditions(f otel.TraceFilter) (where []condition) {
	for _, c := range []struct{ column, value string }{
		{"thread", f.Thread}, {"status", f.Status}, {"agent", f.Agent}, {"origin", f.Origin},
	} {
		if c.value != "" {
			where = append(where, condition{"a." + c.column + " = ?", c.value})
		}
	}
	if f.PromptVersion > 0 {
		where = append(where, condition{"a.prompt_version = ?", f.PromptVersion})
	}
	return where
}

func scanSummary(row scanner) (t otel.TraceSummary, err error) {
	var start, end int64
	var a struct {
		id, span, agent, thread, origin, status, prompt, model sql.NullString
		version, start, end, input, output                     sql.NullInt64
	}
	err = row.Scan(&t.TraceID, &t.Name, &start, &end, &t.Spans, &t.Errors, &t.Ended, &t.Question, &t.Answers,
		&a.id, &a.span, &a.agent, &a.thread, &a.origin, &a.status, &a.prompt, &a.version, &a.model, &a.start, &a.end, &a.input, &a.output)
	t.Start, t.Duration = fromNanos(start), time.Duration(end-start)
	t.First = otel.Answered{
		ID: a.id.String, SpanID: a.span.String, Agent: a.agent.String, Thread: a.thread.String, Origin: a.origin.String,
		Status: a.status.String, PromptID: a.prompt.String, PromptVersion: a.version.Int64, Model: a.model.String,
		Start: fromNanos(a.start.Int64), End: fromNanos(a.end.Int64), InputTokens: a.input.Int64, OutputTokens: a.output.Int64,
	}
	return t, err
}

// selectSpans reads a trace in the order of its waterfall.
const selectSpans = `
	SELECT trace_id, span_id, parent_id, remote, name, kind, scope, start_at, end_at, status, message, attributes, events, links
	FROM spans WHERE trace_id = ? ORDER BY start_at, end_at DESC, span_id`

// Trace implements otel.SpanStore.
func (db *Traces) Trace(ctx context.Context, id string) ([]otel.Span, error) {
	var spans []otel.Span
	err := db.read(ctx, func(tx *sql.Tx) error {
		full, err := completeID(ctx, tx, id)
		if err != nil {
			return err
		}
		spans, err = all(ctx, tx, scanSpan, selectSpans, full)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("trace %s: %w", id, err)
	}
	return spans, nil
}

func scanSpan(row scanner) (s otel.Span, err error) {
	var start, end int64
	err = row.Scan(&s.TraceID, &s.SpanID, &s.ParentID, &s.Remote, &s.Name, &s.Kind, &s.Scope, &start, &end,
		&s.Status, &s.Message, attributesColumn{&s.Attributes}, eventsColumn{&s.Events}, linksColumn{&s.Links})
	s.Start, s.End = fromNanos(start), fromNanos(end)
	return s, err
}

var errSeveral = errors.New("several traces begin so; give more digits")

const (
	// "g" comes after all hexadecimal digits.
	tracesByPrefix = `SELECT trace_id FROM traces WHERE trace_id >= ?1 AND trace_id < ?1 || 'g' AND spans > 0 LIMIT 2`
	traceByAnswer  = `SELECT trace_id FROM answers WHERE answer_id = ? LIMIT 1`
)

// completeID finds the trace whose ID begins with a prefix, or that holds the
// answer of that ID.
func completeID(ctx context.Context, tx *sql.Tx, id string) (string, error) {
	if strings.Contains(id, "_") {
		return one(ctx, tx, value[string], traceByAnswer, id)
	}
	const shortest = 6
	if len(id) < shortest {
		return "", fs.ErrNotExist
	}
	ids, err := all(ctx, tx, value[string], tracesByPrefix, strings.ToLower(id))
	switch {
	case err != nil:
		return "", err
	case len(ids) == 0:
		return "", fs.ErrNotExist
	case len(ids) > 1:
		return "", errSeveral
	}
	return ids[0], nil
}
