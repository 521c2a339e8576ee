package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"github.com/honehq/hone/knowledge"
)

// Apply implements knowledge.DocumentStore.
func (db *DB) Apply(ctx context.Context, c knowledge.Change) error {
	if err := check(c); err != nil {
		return fmt.Errorf("change source %s: %w", c.Source, err)
	}
	err := db.write(ctx, func(tx *sql.Tx) error { return apply(quiet(ctx), tx, c) })
	if err != nil {
		return fmt.Errorf("change source %s: %w", c.Source, err)
	}
	return nil
}

// replaced is a condition on documents of source ?1: those with the paths ?2 or
// the files ?3. With OR, SQLite would read the whole source.
const replaced = `rev IN (
	SELECT rev FROM documents WHERE source = ?1 AND path IN (SELECT value FROM json_each(?2))
	UNION SELECT rev FROM documents WHERE source = ?1 AND file_id IN (SELECT value FROM json_each(?3)))`

func apply(ctx context.Context, tx *sql.Tx, c knowledge.Change) error {
	if _, err := touchSource(ctx, tx, c.Source); err != nil {
		return err
	}
	var paths, files []string
	for _, d := range c.Put {
		paths, files = append(paths, d.Path), append(files, d.FileID)
	}
	removed, err := removeDocuments(ctx, tx, replaced, c.Source, list(paths), list(append(files, c.Delete...)))
	if err != nil {
		return err
	}
	if len(c.Put) > 0 {
		if err := putDocuments(ctx, tx, c); err != nil {
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
func removeDocuments(ctx context.Context, tx *sql.Tx, where string, args ...any) ([]string, error) {
	_, err := exec(ctx, tx, `
		INSERT INTO segment_deletes (segment_id, ordinal)
		SELECT segment_id, ordinal FROM documents WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	return all(ctx, tx, value[string], `DELETE FROM documents WHERE `+where+` RETURNING file_id`, args...)
}

// putDocuments stores the new segment and its documents.
func putDocuments(ctx context.Context, tx *sql.Tx, c knowledge.Change) error {
	segment, err := insertSegment(ctx, tx, c.Source, len(c.Put), c.Segment)
	if err != nil {
		return err
	}
	for i, d := range c.Put {
		if err := putDocument(ctx, tx, c, d, segment, i); err != nil {
			return fmt.Errorf("document %s: %w", d.Path, err)
		}
	}
	return nil
}

func putDocument(ctx context.Context, tx *sql.Tx, c knowledge.Change, d knowledge.NewDocument, segment int64, ordinal int) error {
	if d.Content != nil {
		if err := putFile(ctx, tx, d.File, d.Content, false); err != nil {
			return err
		}
	} else if _, err := one(ctx, tx, scanFile, selectFiles+`WHERE id = ?`, d.FileID); err != nil {
		return fmt.Errorf("file %s: %w", d.FileID, err)
	}
	rev, err := insert(ctx, tx, `
		INSERT INTO documents (source, file_id, path, title, url, hash, attributes, groups, chunks, bytes, updated_at, segment_id, ordinal)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.Source, d.FileID, d.Path, d.Title, d.URL, d.Hash, jsonArg{d.Attributes}, jsonArg{d.Groups},
		len(d.Chunks), d.Bytes, d.UpdatedAt, segment, ordinal)
	if err != nil {
		return err
	}
	if err := insertChunks(ctx, tx, rev, d.Chunks); err != nil {
		return err
	}
	return insertVectors(ctx, tx, rev, c.Model, d.Chunks)
}

const documentColumns = ` source, file_id, rev, path, title, url, hash, attributes, groups, chunks, bytes, updated_at `

func scanDocument(row scanner) (d knowledge.Document, err error) {
	return d, row.Scan(&d.Source, &d.FileID, &d.Rev, &d.Path, &d.Title, &d.URL, &d.Hash,
		jsonColumn{&d.Attributes}, jsonColumn{&d.Groups}, &d.Chunks, &d.Bytes, timeColumn{&d.UpdatedAt})
}

// Documents implements knowledge.DocumentStore. It reads page by page and so
// holds no connection while the caller looks at a document.
func (db *DB) Documents(ctx context.Context, source string) iter.Seq2[knowledge.Document, error] {
	const page = 500
	return func(yield func(knowledge.Document, error) bool) {
		if _, err := generation(ctx, db.readers, source); err != nil {
			yield(knowledge.Document{}, fmt.Errorf("documents: %w", err))
			return
		}
		after := ""
		for {
			list, err := all(ctx, db.readers, scanDocument, `
				SELECT`+documentColumns+`FROM documents
				WHERE source = ? AND path > ? ORDER BY path LIMIT ?`, source, after, page)
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
	d, err := one(ctx, db.readers, scanDocument,
		`SELECT`+documentColumns+`FROM documents WHERE source = ? AND file_id = ?`, source, fileID)
	if err != nil {
		return d, fmt.Errorf("document %s in source %s: %w", fileID, source, err)
	}
	return d, nil
}
