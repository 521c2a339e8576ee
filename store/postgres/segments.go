package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/knowledge"
)

func insertSegment(ctx context.Context, tx pgx.Tx, source string, docs int, data []byte) (int64, error) {
	if data == nil {
		data = []byte{}
	}
	return one(ctx, tx, value[int64],
		`INSERT INTO segments (source, docs, data) VALUES ($1, $2, $3) RETURNING id`, source, docs, data)
}

// Generations implements knowledge.SegmentStore.
func (db *DB) Generations(ctx context.Context, sources []string) (map[string]int64, error) {
	generations := map[string]int64{}
	_, err := all(ctx, db.pool, func(row scanner) (struct{}, error) {
		var id string
		var g int64
		err := row.Scan(&id, &g)
		generations[id] = g
		return struct{}{}, err
	}, `SELECT id, generation FROM sources WHERE id = ANY ($1)`, sources)
	if err != nil {
		return nil, fmt.Errorf("generations: %w", err)
	}
	return generations, nil
}

// Segments implements knowledge.SegmentStore.
func (db *DB) Segments(ctx context.Context, source string) ([]knowledge.Segment, int64, error) {
	var segments []knowledge.Segment
	var g int64
	err := db.read(ctx, func(tx pgx.Tx) (err error) {
		if g, err = generation(ctx, tx, source); err != nil {
			return err
		}
		segments, err = all(ctx, tx, scanSegment, `
			SELECT id, docs, length(data),
				ARRAY (SELECT ordinal FROM segment_deletes WHERE segment_id = segments.id ORDER BY ordinal)
			FROM segments WHERE source = $1 ORDER BY id`, source)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("segments of source %s: %w", source, err)
	}
	return segments, g, nil
}

func scanSegment(row scanner) (s knowledge.Segment, err error) {
	return s, row.Scan(&s.ID, &s.Docs, &s.Bytes, &s.Deleted)
}

// SegmentData implements knowledge.SegmentStore.
func (db *DB) SegmentData(ctx context.Context, id int64) ([]byte, []knowledge.Document, error) {
	var data []byte
	var docs []knowledge.Document
	err := db.read(ctx, func(tx pgx.Tx) error {
		_, err := one(ctx, tx, func(row scanner) (struct{}, error) {
			var n int
			err := row.Scan(&data, &n)
			docs = make([]knowledge.Document, n)
			return struct{}{}, err
		}, `SELECT data, docs FROM segments WHERE id = $1`, id)
		if err != nil {
			return err
		}
		_, err = all(ctx, tx, func(row scanner) (struct{}, error) {
			var ordinal int
			d, err := scanDocument(withLast{row, &ordinal})
			if err == nil {
				docs[ordinal] = d
			}
			return struct{}{}, err
		}, `SELECT`+documentColumns+`, d.ordinal FROM documents AS d WHERE segment_id = $1`, id)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("segment %d: %w", id, err)
	}
	return data, docs, nil
}

// withLast is a row with one more column at its end.
type withLast struct {
	scanner
	dest any
}

func (r withLast) Scan(dest ...any) error { return r.scanner.Scan(append(dest, r.dest)...) }

// MergeSegments implements knowledge.SegmentStore. The merge counts as a change
// of the source. Without live documents the old segments go and none comes.
func (db *DB) MergeSegments(ctx context.Context, source string, gen int64, old []int64, data []byte, revs []int64) error {
	err := db.write(ctx, func(tx pgx.Tx) error {
		g, err := touchSource(ctx, tx, source)
		if err != nil {
			return err
		}
		if g != gen+1 {
			return knowledge.ErrStale
		}
		if err := checkMerge(ctx, tx, source, old, revs); err != nil {
			return err
		}
		if len(revs) > 0 {
			if err := moveDocuments(ctx, tx, source, data, revs); err != nil {
				return err
			}
		}
		_, err = exec(ctx, tx, `DELETE FROM segments WHERE id = ANY ($1)`, old)
		return err
	})
	if err != nil {
		return fmt.Errorf("merge segments of source %s: %w", source, err)
	}
	return nil
}

// checkMerge makes sure that the old segments are there and that revs are
// their live documents, each once.
func checkMerge(ctx context.Context, tx pgx.Tx, source string, old, revs []int64) error {
	n, err := one(ctx, tx, value[int], `SELECT count(*) FROM segments WHERE source = $1 AND id = ANY ($2)`, source, old)
	if err != nil {
		return err
	}
	live, err := all(ctx, tx, value[int64], `SELECT rev FROM documents WHERE segment_id = ANY ($1) ORDER BY rev`, old)
	if err != nil {
		return err
	}
	if n != len(old) || !slices.Equal(live, slices.Sorted(slices.Values(revs))) {
		return fmt.Errorf("%w: %d documents of %d segments, want the %d that live in %d", knowledge.ErrInvalid, len(revs), len(old), len(live), n)
	}
	return nil
}

func moveDocuments(ctx context.Context, tx pgx.Tx, source string, data []byte, revs []int64) error {
	segment, err := insertSegment(ctx, tx, source, len(revs), data)
	if err != nil {
		return err
	}
	_, err = exec(ctx, tx, `
		UPDATE documents AS d SET segment_id = $1, ordinal = r.at - 1
		FROM unnest($2::bigint[]) WITH ORDINALITY AS r (rev, at) WHERE d.rev = r.rev`, segment, revs)
	return err
}
