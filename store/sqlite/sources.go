package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/honehq/hone/knowledge"
)

var _ knowledge.Store = (*DB)(nil)

// CreateSource implements knowledge.SourceStore.
func (db *DB) CreateSource(ctx context.Context, s knowledge.Source) error {
	_, err := exec(ctx, db.writer, `
		INSERT INTO sources (id, name, kind, root, metadata, created_at, synced_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)`,
		s.ID, s.Name, s.Kind, s.Root, jsonArg{s.Metadata}, s.CreatedAt, s.SyncedAt)
	if err != nil {
		return fmt.Errorf("create source %s: %w", s.Name, taken(err))
	}
	return nil
}

const selectSources = `
	SELECT id, name, kind, root, metadata, created_at, synced_at,
		(SELECT count(*) FROM documents WHERE source = sources.id),
		(SELECT coalesce(sum(chunks), 0) FROM documents WHERE source = sources.id),
		(SELECT coalesce(sum(bytes), 0) FROM documents WHERE source = sources.id)
	FROM sources `

func scanSource(row scanner) (s knowledge.Source, err error) {
	return s, row.Scan(&s.ID, &s.Name, &s.Kind, &s.Root, jsonColumn{&s.Metadata},
		timeColumn{&s.CreatedAt}, timeColumn{&s.SyncedAt}, &s.Documents, &s.Chunks, &s.Bytes)
}

// Source implements knowledge.SourceStore.
func (db *DB) Source(ctx context.Context, idOrName string) (knowledge.Source, error) {
	s, err := one(ctx, db.readers, scanSource,
		selectSources+`WHERE id = ?1 OR name = ?1 ORDER BY id <> ?1 LIMIT 1`, idOrName)
	if err != nil {
		return s, fmt.Errorf("source %s: %w", idOrName, err)
	}
	return s, nil
}

// Sources implements knowledge.SourceStore.
func (db *DB) Sources(ctx context.Context) ([]knowledge.Source, error) {
	list, err := all(ctx, db.readers, scanSource, selectSources+`ORDER BY created_at, id`)
	if err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	return list, nil
}

// UpdateSource implements knowledge.SourceStore. A name that is taken is an
// error wrapping fs.ErrExist.
func (db *DB) UpdateSource(ctx context.Context, s knowledge.Source) error {
	err := change(ctx, db.writer, `
		UPDATE sources SET name = ?, root = ?, metadata = ?, synced_at = ? WHERE id = ?`,
		s.Name, s.Root, jsonArg{s.Metadata}, s.SyncedAt, s.ID)
	if err != nil {
		return fmt.Errorf("update source %s: %w", s.ID, taken(err))
	}
	return nil
}

// DeleteSource implements knowledge.SourceStore.
func (db *DB) DeleteSource(ctx context.Context, id string) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		ctx := quiet(ctx)
		files, err := all(ctx, tx, value[string], `SELECT file_id FROM documents WHERE source = ?`, id)
		if err != nil {
			return err
		}
		// Documents go first: they hold on to segments and files.
		if _, err := exec(ctx, tx, `DELETE FROM documents WHERE source = ?`, id); err != nil {
			return err
		}
		if err := change(ctx, tx, `DELETE FROM sources WHERE id = ?`, id); err != nil {
			return err
		}
		return dropUnused(ctx, tx, files)
	})
	if err != nil {
		return fmt.Errorf("delete source %s: %w", id, err)
	}
	return nil
}

// touchSource counts a change of a source and returns its new generation.
func touchSource(ctx context.Context, tx *sql.Tx, id string) (int64, error) {
	g, err := one(ctx, tx, value[int64],
		`UPDATE sources SET generation = generation + 1 WHERE id = ? RETURNING generation`, id)
	if err != nil {
		return 0, fmt.Errorf("source %s: %w", id, err)
	}
	return g, nil
}

// generation returns a source's generation.
func generation(ctx context.Context, q querier, id string) (int64, error) {
	g, err := one(ctx, q, value[int64], `SELECT generation FROM sources WHERE id = ?`, id)
	if err != nil {
		return 0, fmt.Errorf("source %s: %w", id, err)
	}
	return g, nil
}
