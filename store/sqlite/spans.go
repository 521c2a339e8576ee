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

// Traces keeps finished spans in a file of its own, so that they grow and are
// pruned apart from what must last. It is safe for concurrent use.
type Traces struct {
	pools
}

var _ otel.SpanStore = (*Traces)(nil)

var traceSchema = migrations{dir: "traces", application: 0x686f6e74}

// OpenTraces opens the database of spans at path, as Open does.
func OpenTraces(ctx context.Context, path string) (*Traces, error) {
	p, err := open(ctx, path, traceSchema, patience)
	if err != nil {
		return nil, err
	}
	return &Traces{p}, nil
}

// PutSpans implements otel.SpanStore. A span that is there already is replaced.
func (db *Traces) PutSpans(ctx context.Context, spans []otel.Span) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		touched := map[string]bool{}
		for _, s := range spans {
			if err := putSpan(ctx, tx, s); err != nil {
				return fmt.Errorf("%s: %w", s.SpanID, err)
			}
			touched[s.TraceID] = true
		}
		for id := range touched {
			if err := summarise(ctx, tx, id); err != nil {
				return fmt.Errorf("trace %s: %w", id, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("put spans: %w", err)
	}
	return nil
}

func putSpan(ctx context.Context, tx *sql.Tx, s otel.Span) error {
	attributes, err := encodeAttributes(s.Attributes)
	if err != nil {
		return err
	}
	events, err := encodeEvents(s.Events)
	if err != nil {
		return err
	}
	_, err = exec(ctx, tx, `
		INSERT OR REPLACE INTO spans (trace_id, span_id, parent_id, name, kind, start_at, end_at,
			status, message, attributes, events, links)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		s.TraceID, s.SpanID, s.ParentID, s.Name, s.Kind, nanos(s.Start), nanos(s.End),
		s.Status, s.Message, attributes, events, list(s.Links))
	return err
}

// summarise brings a trace's line up to date. Its root is the first span whose
// parent is not kept: with a caller's traceparent, that is elsewhere.
func summarise(ctx context.Context, tx *sql.Tx, id string) error {
	_, err := exec(ctx, tx, `
		INSERT OR REPLACE INTO traces (trace_id, name, start_at, end_at, spans, errors, status, question, bytes)
		SELECT trace_id,
			(SELECT name FROM spans AS s
				WHERE s.trace_id = ?1 AND s.parent_id NOT IN (SELECT span_id FROM spans WHERE trace_id = ?1)
				ORDER BY s.start_at, s.span_id LIMIT 1),
			min(start_at), max(end_at), count(*), sum(status = 'error'),
			coalesce(max(attributes ->> 'hone.status'), ''), coalesce(max(attributes ->> 'hone.question'), ''),
			sum(200 + length(name) + length(message) + length(attributes) + length(events) + length(links))
		FROM spans WHERE trace_id = ?1 GROUP BY trace_id`, id)
	return err
}

// Traces implements otel.SpanStore.
func (db *Traces) Traces(ctx context.Context, f otel.TraceFilter) ([]otel.TraceSummary, error) {
	if f.Limit == 0 {
		f.Limit = 20
	}
	traces, err := all(ctx, db.readers, func(row scanner) (t otel.TraceSummary, err error) {
		var start, end int64
		err = row.Scan(&t.TraceID, &t.Name, &start, &end, &t.Spans, &t.Errors, &t.Status, &t.Question)
		t.Start, t.Duration = fromNanos(start), time.Duration(end-start)
		return t, err
	}, `
		SELECT trace_id, name, start_at, end_at, spans, errors, status, question FROM traces
		WHERE (?1 = '' OR status = ?1) AND (NOT ?2 OR errors > 0) AND end_at - start_at >= ?3
			AND (?4 = 0 OR start_at < ?4)
		ORDER BY start_at DESC, trace_id DESC LIMIT ?5`,
		f.Status, f.Errors, int64(f.Slower), nanos(f.Before), f.Limit)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	return traces, nil
}

// Trace implements otel.SpanStore.
func (db *Traces) Trace(ctx context.Context, id string) ([]otel.Span, error) {
	var spans []otel.Span
	err := db.read(ctx, func(tx *sql.Tx) error {
		full, err := completeID(ctx, tx, strings.ToLower(id))
		if err != nil {
			return err
		}
		spans, err = all(ctx, tx, scanSpan, `
			SELECT trace_id, span_id, parent_id, name, kind, start_at, end_at, status, message, attributes, events, links
			FROM spans WHERE trace_id = ? ORDER BY start_at, end_at DESC, span_id`, full)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("trace %s: %w", id, err)
	}
	return spans, nil
}

var errSeveral = errors.New("several traces begin so; give more digits")

// completeID finds the trace whose ID begins with prefix.
func completeID(ctx context.Context, tx *sql.Tx, prefix string) (string, error) {
	const shortest = 6
	if len(prefix) < shortest {
		return "", fs.ErrNotExist
	}
	// "g" comes after all hexadecimal digits.
	ids, err := all(ctx, tx, value[string],
		`SELECT trace_id FROM traces WHERE trace_id >= ?1 AND trace_id < ?1 || 'g' LIMIT 2`, prefix)
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

func scanSpan(row scanner) (s otel.Span, err error) {
	var start, end int64
	err = row.Scan(&s.TraceID, &s.SpanID, &s.ParentID, &s.Name, &s.Kind, &start, &end,
		&s.Status, &s.Message, attributesColumn{&s.Attributes}, eventsColumn{&s.Events}, jsonColumn{&s.Links})
	s.Start, s.End = fromNanos(start), fromNanos(end)
	return s, err
}

// PruneSpans implements otel.SpanStore. Bytes are those of names, attributes
// and events, and 200 for the rest of a span; 0 sets no bound. What is freed
// goes back to the file system.
func (db *Traces) PruneSpans(ctx context.Context, before time.Time, maxBytes int64) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, `
			DELETE FROM traces WHERE start_at < ?1 OR ?2 > 0 AND trace_id IN (
				SELECT trace_id FROM (
					SELECT trace_id, sum(bytes) OVER (ORDER BY start_at DESC, trace_id DESC) AS kept FROM traces)
				WHERE kept > ?2)`, nanos(before), maxBytes)
		if err != nil {
			return err
		}
		_, err = exec(ctx, tx, `DELETE FROM spans WHERE trace_id NOT IN (SELECT trace_id FROM traces)`)
		return err
	})
	if err == nil {
		_, err = exec(ctx, db.writer, `PRAGMA incremental_vacuum`)
	}
	if err != nil {
		return fmt.Errorf("prune spans: %w", err)
	}
	return nil
}
