package postgres

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/knowledge"
)

// Apply implements knowledge.DocumentStore.
func (db *DB) Apply(ctx context.Context, c knowledge.Change) error {
	err := check(c)
	var model int
	if err == nil {
		model, err = db.ensureModel(ctx, c)
	}
	if err == nil {
		err = db.write(ctx, func(tx pgx.Tx) error { return apply(quiet(ctx), tx, c, model) })
	}
	if err != nil {
		return fmt.Errorf("change source %s: %w", c.Source, err)
	}
	return nil
}

func apply(ctx context.Context, tx pgx.Tx, c knowledge.Change, model int) error {
	if _, err := touchSource(ctx, tx, c.Source); err != nil {
		return err
	}
	paths, files := []string{}, append([]string{}, c.Delete...)
	for _, d := range c.Put {
		paths, files = append(paths, d.Path), append(files, d.FileID)
	}
	removed, err := removeDocuments(ctx, tx,
		`source = $1 AND (path = ANY ($2) OR file_id = ANY ($3))`, c.Source, paths, files)
	if err != nil {
		return err
	}
	if len(c.Put) > 0 {
		if err := putDocuments(ctx, tx, c, model); err != nil {
			return err
		}
	}
	return dropUnused(ctx, tx, removed)
}

// check finds what would leave an index that doesn't fit its documents.
func check(c knowledge.Change) error {
	if (len(c.Put) == 0) != (c.Segment == nil) {
		return fmt.Errorf("%w: %d documents, and a segment of %d bytes", knowledge.ErrInvalid, len(c.Put), len(c.Segment))
	}
	seen := map[string]bool{}
	for _, d := range c.Put {
		if seen["path "+d.Path] || seen["file "+d.FileID] {
			return fmt.Errorf("%w: %s or its file %s is there twice", knowledge.ErrInvalid, d.Path, d.FileID)
		}
		seen["path "+d.Path], seen["file "+d.FileID] = true, true
		if d.Content != nil && d.File.ID != d.FileID {
			return fmt.Errorf("%w: document of file %s with content of %s", knowledge.ErrInvalid, d.FileID, d.File.ID)
		}
	}
	return checkVectors(c)
}

// checkVectors wants a vector of one width for each chunk, or none at all.
func checkVectors(c knowledge.Change) error {
	width := 0
	for _, d := range c.Put {
		for _, chunk := range d.Chunks {
			n := len(chunk.Vector)
			if (c.Model != "") != (n > 0) || width > 0 && n != width {
				return fmt.Errorf("%w: %s: a vector of %d dimensions for model %q", knowledge.ErrInvalid, d.Path, n, c.Model)
			}
			width = n
		}
	}
	return nil
}

// removeDocuments takes the documents that match a condition out of search,
// and returns their files.
func removeDocuments(ctx context.Context, tx pgx.Tx, where string, args ...any) ([]string, error) {
	return all(ctx, tx, value[string], `
		WITH removed AS (DELETE FROM documents WHERE `+where+` RETURNING file_id, segment_id, ordinal),
		noted AS (INSERT INTO segment_deletes SELECT segment_id, ordinal FROM removed)
		SELECT file_id FROM removed`, args...)
}

// putDocuments stores the new segment and its documents.
func putDocuments(ctx context.Context, tx pgx.Tx, c knowledge.Change, model int) error {
	if err := putFiles(ctx, tx, c.Put); err != nil {
		return err
	}
	segment, err := insertSegment(ctx, tx, c.Source, len(c.Put), c.Segment)
	if err != nil {
		return err
	}
	revs, err := insertDocuments(ctx, tx, c, segment)
	if err != nil {
		return err
	}
	if err := insertChunks(ctx, tx, revs, c.Put); err != nil {
		return err
	}
	if c.Model == "" {
		return nil
	}
	return insertVectors(ctx, tx, revs, model, c.Put)
}

// putFiles stores the files that come with documents, and makes sure that the
// others are there.
func putFiles(ctx context.Context, tx pgx.Tx, docs []knowledge.NewDocument) error {
	var batch pgx.Batch
	var stored []string
	for _, d := range docs {
		if d.Content != nil {
			queueFile(&batch, d.File, d.Content, false)
		} else {
			stored = append(stored, d.FileID)
		}
	}
	if err := send(ctx, tx, &batch); err != nil {
		return err
	}
	// From here on they can't be deleted.
	found, err := all(ctx, tx, value[string], `SELECT id FROM files WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE`, stored)
	for _, id := range stored {
		if err == nil && !slices.Contains(found, clean(id)) {
			err = fmt.Errorf("file %s: %w", id, fs.ErrNotExist)
		}
	}
	return err
}

// insertDocuments returns the revisions, in the order of c.Put.
func insertDocuments(ctx context.Context, tx pgx.Tx, c knowledge.Change, segment int64) ([]int64, error) {
	var batch pgx.Batch
	revs := make([]int64, len(c.Put))
	for i, d := range c.Put {
		batch.Queue(`
			INSERT INTO documents (source, file_id, path, title, url, hash, attributes, groups, chunks, bytes, updated_at, segment_id, ordinal)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING rev`,
			bind([]any{c.Source, d.FileID, d.Path, d.Title, d.URL, d.Hash, jsonArg{d.Attributes}, d.Groups,
				len(d.Chunks), d.Bytes, d.UpdatedAt, segment, i})...,
		).QueryRow(func(row pgx.Row) error { return row.Scan(&revs[i]) })
	}
	return revs, send(ctx, tx, &batch)
}

const documentColumns = ` d.source, d.file_id, d.rev, d.path, d.title, d.url, d.hash, d.attributes, d.groups, d.chunks, d.bytes, d.updated_at `

func scanDocument(row scanner) (d knowledge.Document, err error) {
	return d, row.Scan(&d.Source, &d.FileID, &d.Rev, &d.Path, &d.Title, &d.URL, &d.Hash,
		jsonColumn{&d.Attributes}, &d.Groups, &d.Chunks, &d.Bytes, timeColumn{&d.UpdatedAt})
}

// Documents implements knowledge.DocumentStore. It reads page by page and so
// holds no connection while the caller looks at a document.
func (db *DB) Documents(ctx context.Context, source string) iter.Seq2[knowledge.Document, error] {
	const page = 500
	return func(yield func(knowledge.Document, error) bool) {
		if _, err := generation(ctx, db.pool, source); err != nil {
			yield(knowledge.Document{}, fmt.Errorf("documents: %w", err))
			return
		}
		after := ""
		for {
			list, err := all(ctx, db.pool, scanDocument, `
				SELECT`+documentColumns+`FROM documents AS d
				WHERE source = $1 AND path > $2 ORDER BY path LIMIT $3`, source, after, page)
			if err != nil {
				yield(knowledge.Document{}, fmt.Errorf("documents of source %s: %w", source, err))
				return
			}
			for _, d := range list {
				if !yield(d, nil) {
					return
				}
			}
			if len(list) < page {
				return
			}
			after = list[page-1].Path
		}
	}
}

// Document implements knowledge.DocumentStore.
func (db *DB) Document(ctx context.Context, source, fileID string) (knowledge.Document, error) {
	d, err := one(ctx, db.pool, scanDocument,
		`SELECT`+documentColumns+`FROM documents AS d WHERE source = $1 AND file_id = $2`, source, fileID)
	if err != nil {
		return d, fmt.Errorf("document %s in source %s: %w", fileID, source, err)
	}
	return d, nil
}
