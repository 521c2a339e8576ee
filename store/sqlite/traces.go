package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/honehq/hone/otel"
)

// Traces keeps finished spans in a file of its own, so that they grow and are
// pruned apart from what must last. It is safe for concurrent use. Its tables
// are described in docs/traces.md, for people query them.
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

// PutSpans implements otel.SpanStore.
func (db *Traces) PutSpans(ctx context.Context, spans []otel.Span) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		var order []string
		grown := map[string]*growth{}
		for _, s := range spans {
			if grown[s.TraceID] == nil {
				order, grown[s.TraceID] = append(order, s.TraceID), &growth{}
				if err := beginTrace(ctx, tx, s.TraceID); err != nil {
					return fmt.Errorf("trace %s: %w", s.TraceID, err)
				}
			}
			if err := grown[s.TraceID].put(ctx, tx, s); err != nil {
				return fmt.Errorf("%s: %w", s.SpanID, err)
			}
		}
		for _, id := range order {
			if err := grown[id].add(ctx, tx, id); err != nil {
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

// beginTrace makes an empty trace that spans can belong to.
func beginTrace(ctx context.Context, tx *sql.Tx, id string) error {
	_, err := exec(ctx, tx, `
		INSERT OR IGNORE INTO traces (trace_id, name, start_at, end_at, spans, errors, roots, bytes)
		VALUES (?, '', 0, 0, 0, 0, 0, 0)`, id)
	return err
}

// growth is by how much a trace grows. A long trace comes in many parts: its
// line is added to, and never made anew of all its spans.
type growth struct {
	name                 string
	start, end           time.Time
	spans, errors, roots int
	bytes                int
}

// put keeps a span, unless it is there.
func (g *growth) put(ctx context.Context, tx *sql.Tx, s otel.Span) error {
	attributes, err := encodeAttributes(s.Attributes)
	if err != nil {
		return err
	}
	events, err := encodeEvents(s.Events)
	if err != nil {
		return err
	}
	links, err := encodeLinks(s.Links)
	if err != nil {
		return err
	}
	n, err := exec(ctx, tx, `
		INSERT INTO spans (trace_id, span_id, parent_id, remote, name, kind, scope, start_at, end_at,
			status, message, attributes, events, links)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (trace_id, span_id) DO NOTHING`,
		s.TraceID, s.SpanID, s.ParentID, s.Remote, s.Name, s.Kind, s.Scope, nanos(s.Start), nanos(s.End),
		s.Status, s.Message, attributes, events, links)
	if err != nil || n == 0 {
		return err
	}
	g.count(s, len(attributes)+len(events)+len(links))
	if a, ok := otel.AnswerOf(s); ok {
		return putAnswer(ctx, tx, s.TraceID, a)
	}
	return nil
}

// spanBytes is what a span takes beside its texts, about: its numbers and IDs,
// and its place in the indices.
const spanBytes = 200

func (g *growth) count(s otel.Span, bytes int) {
	if g.spans == 0 || !s.Start.After(g.start) { // a parent ends after its children, and so comes after them
		g.name, g.start = s.Name, s.Start
	}
	if g.spans == 0 || s.End.After(g.end) {
		g.end = s.End
	}
	g.spans++
	g.bytes += spanBytes + len(s.Name) + len(s.Message) + bytes
	if s.Status == "error" {
		g.errors++
	}
	if s.ParentID == "" || s.Remote {
		g.roots++
	}
}

// add brings a trace's line up to date, and the place of its answers in lists.
func (g *growth) add(ctx context.Context, tx *sql.Tx, id string) error {
	if g.spans == 0 {
		return nil
	}
	_, err := exec(ctx, tx, `
		UPDATE traces SET
			name = CASE WHEN spans = 0 OR ?2 <= start_at THEN ?1 ELSE name END,
			start_at = CASE WHEN spans = 0 THEN ?2 ELSE min(start_at, ?2) END,
			end_at = CASE WHEN spans = 0 THEN ?3 ELSE max(end_at, ?3) END,
			spans = spans + ?4, errors = errors + ?5, roots = roots + ?6, bytes = bytes + ?7
		WHERE trace_id = ?8`,
		g.name, nanos(g.start), nanos(g.end), g.spans, g.errors, g.roots, g.bytes, id)
	if err != nil {
		return err
	}
	_, err = exec(ctx, tx, `
		UPDATE answers SET trace_start = t.start_at FROM traces AS t
		WHERE answers.trace_id = ?1 AND t.trace_id = ?1 AND trace_start <> t.start_at`, id)
	return err
}

func putAnswer(ctx context.Context, tx *sql.Tx, trace string, a otel.Answered) error {
	_, err := exec(ctx, tx, `
		INSERT INTO answers (trace_id, span_id, answer_id, agent, thread, origin, status, prompt_id, prompt_version,
			model, start_at, end_at, input_tokens, output_tokens, trace_start)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
		trace, a.SpanID, a.ID, a.Agent, a.Thread, a.Origin, a.Status, a.PromptID, a.PromptVersion,
		a.Model, nanos(a.Start), nanos(a.End), a.InputTokens, a.OutputTokens)
	return err
}

// PutQuestions implements otel.SpanStore.
func (db *Traces) PutQuestions(ctx context.Context, questions []otel.Question) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		for _, q := range questions {
			_, err := exec(ctx, tx, `INSERT OR IGNORE INTO questions (trace_id, span_id, at, text) VALUES (?, ?, ?, ?)`,
				q.TraceID, q.SpanID, nanos(q.At), q.Text)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("put questions: %w", err)
	}
	return nil
}

// PruneSpans implements otel.SpanStore. Bytes are those of names, attributes,
// events, links and questions, and 200 for the rest of a span; 0 sets no bound.
// What is freed goes back to the file system.
func (db *Traces) PruneSpans(ctx context.Context, before time.Time, maxBytes int64) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, `
			DELETE FROM traces WHERE start_at < ?1 OR ?2 > 0 AND trace_id IN (
				SELECT trace_id FROM (
					SELECT trace_id, sum(bytes + coalesce((SELECT sum(length(text)) FROM questions AS q WHERE q.trace_id = t.trace_id), 0))
						OVER (ORDER BY start_at DESC, trace_id DESC) AS kept FROM traces AS t)
				WHERE kept > ?2)`, nanos(before), maxBytes)
		if err != nil {
			return err
		}
		// The newest of those without a trace wait for theirs.
		_, err = exec(ctx, tx, `
			DELETE FROM questions WHERE trace_id NOT IN (SELECT trace_id FROM traces)
				AND (at < ?1 OR at < (SELECT min(start_at) FROM traces))`, nanos(before))
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
