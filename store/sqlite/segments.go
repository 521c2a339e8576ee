package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/honehq/hone/knowledge"
)

func insertSegment(ctx context.Context, tx *sql.Tx, source string, docs int, data []byte) (int64, error) {
	if data == nil {
		data = []byte{}
	}
	return insert(ctx, tx, `INSERT INTO segments (source, docs, data) VALUES (?, ?, ?)`, source, docs, data)
}

// Generations implements knowledge.SegmentStore.
func (db *DB) Generations(ctx context.Context, sources []string) (map[string]int64, error) {
	generations := map[string]int64{}
	_, err := all(ctx, db.readers, func(row scanner) (struct{}, error) {
		var id string
		var g int64
		err := row.Scan(&id, &g)
		generations[id] = g
		return struct{}{}, err
	}, `SELECT id, generation FROM sources WHERE id IN (SELECT value FROM json_each(?))`, list(sources))
	if err != nil {
		return nil, fmt.Errorf("generations: %w", err)
	}
	return generations, nil
}

// Segments implements knowledge.SegmentStore.
func (db *DB) Segments(ctx context.Context, source string) ([]knowledge.Segment, int64, error) {
	var list []knowledge.Segment
	var g int64
	err := db.read(ctx, func(tx *sql.Tx) (err error) {
		if g, err = generation(ctx, tx, source); err != nil {
			return err
		}
		list, err = all(ctx, tx, scanSegment, `
			SELECT id, docs, length(data), (
				SELECT json_group_array(ordinal ORDER BY ordinal) FROM segment_deletes WHERE segment_id = segments.id)
			FROM segments WHERE source = ? ORDER BY id`, source)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("segments of source %s: %w", source, err)
	}
	return list, g, nil
}

func scanSegment(row scanner) (s knowledge.Segment, err error) {
	return s, row.Scan(&s.ID, &s.Docs, &s.Bytes, jsonColumn{&s.Deleted})
}

// SegmentData implements knowledge.SegmentStore.
func (db *DB) SegmentData(ctx context.Context, id int64) ([]byte, []knowledge.Document, error) {
	var data []byte
	var docs []knowledge.Document
	err := db.read(ctx, func(tx *sql.Tx) error {
		_, err := one(ctx, tx, func(row scanner) (struct{}, error) {
			var n int
			err := row.Scan(&data, &n)
			docs = make([]knowledge.Document, n)
			return struct{}{}, err
		}, `SELECT data, docs FROM segments WHERE id = ?`, id)
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
		}, `SELECT`+documentColumns+`, ordinal FROM documents WHERE segment_id = ?`, id)
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
	err := db.write(ctx, func(tx *sql.Tx) error {
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
			if err := moveDocuments(quiet(ctx), tx, source, data, revs); err != nil {
				return err
			}
		}
		_, err = exec(ctx, tx, `DELETE FROM segments WHERE id IN (SELECT value FROM json_each(?))`, list(old))
		return err
	})
	if err != nil {
		return fmt.Errorf("merge segments of source %s: %w", source, err)
	}
	return nil
}

// checkMerge makes sure that the old segments are there and that revs are
// their live documents, each once.
func checkMerge(ctx context.Context, tx *sql.Tx, source string, old, revs []int64) error {
	n, err := one(ctx, tx, value[int], `
		SELECT count(*) FROM segments WHERE source = ? AND id IN (SELECT value FROM json_each(?))`, source, list(old))
	if err != nil {
		return err
	}
	live, err := all(ctx, tx, value[int64], `
		SELECT rev FROM documents WHERE segment_id IN (SELECT value FROM json_each(?)) ORDER BY rev`, list(old))
	if err != nil {
		return err
	}
	if n != len(old) || !slices.Equal(live, slices.Sorted(slices.Values(revs))) {
		return fmt.Errorf("%w: %d documents of %d segments, want the %d that live in %d", knowledge.ErrInvalid, len(revs), len(old), len(live), n)
	}
	return nil
}

func moveDocuments(ctx context.Context, tx *sql.Tx, source string, data []byte, revs []int64) error {
	segment, err := insertSegment(ctx, tx, source, len(revs), data)
	if err != nil {
		return err
	}
	_, err = exec(ctx, tx, `
		UPDATE documents SET segment_id = ?, ordinal = r.key
		FROM json_each(?) AS r WHERE rev = r.value`, segment, list(revs))
	return err
}
