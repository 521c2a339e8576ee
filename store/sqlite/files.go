package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/honehq/hone/knowledge"
)

// PutFile implements knowledge.FileStore. A file that is there already gets
// the new name, purpose and content.
func (db *DB) PutFile(ctx context.Context, f knowledge.File, content []byte) error {
	err := db.write(ctx, func(tx *sql.Tx) error { return putFile(ctx, tx, f, content, true) })
	if err != nil {
		return fmt.Errorf("put file %s: %w", f.ID, err)
	}
	return nil
}

func putFile(ctx context.Context, tx *sql.Tx, f knowledge.File, content []byte, uploaded bool) error {
	if content == nil {
		content = []byte{}
	}
	if _, err := exec(ctx, tx, `DELETE FROM deleted_files WHERE file_id = ?`, f.ID); err != nil {
		return err
	}
	_, err := exec(ctx, tx, `
		INSERT INTO files (id, name, purpose, bytes, created_at, uploaded, content)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET
			name = excluded.name, purpose = excluded.purpose, bytes = excluded.bytes,
			uploaded = uploaded OR excluded.uploaded, content = excluded.content`,
		f.ID, f.Name, f.Purpose, f.Bytes, f.CreatedAt, uploaded, content)
	return err
}

const selectFiles = `SELECT id, name, purpose, bytes, created_at FROM files `

func scanFile(row scanner) (f knowledge.File, err error) {
	return f, row.Scan(&f.ID, &f.Name, &f.Purpose, &f.Bytes, timeColumn{&f.CreatedAt})
}

// File implements knowledge.FileStore.
func (db *DB) File(ctx context.Context, id string) (knowledge.File, error) {
	f, err := one(ctx, db.readers, scanFile, selectFiles+`WHERE id = ?`, id)
	if err != nil {
		return f, fmt.Errorf("file %s: %w", id, err)
	}
	return f, nil
}

// FileContent implements knowledge.FileStore.
func (db *DB) FileContent(ctx context.Context, id string) ([]byte, error) {
	content, err := one(ctx, db.readers, value[[]byte], `SELECT content FROM files WHERE id = ?`, id)
	if err != nil {
		return nil, fmt.Errorf("content of file %s: %w", id, err)
	}
	return content, nil
}

// Files implements knowledge.FileStore. Limit 0 means all.
func (db *DB) Files(ctx context.Context, after string, limit int) ([]knowledge.File, error) {
	var list []knowledge.File
	err := db.read(ctx, func(tx *sql.Tx) error {
		var last knowledge.File
		var err error
		if after != "" {
			if last, err = one(ctx, tx, scanFile, selectFiles+`WHERE id = ?`, after); err != nil {
				return err
			}
		}
		list, err = all(ctx, tx, scanFile, selectFiles+`
			WHERE ?1 = '' OR (created_at, id) > (?2, ?1)
			ORDER BY created_at, id LIMIT ?3`, after, last.CreatedAt, noLimit(limit))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("files after %q: %w", after, err)
	}
	return list, nil
}

// noLimit makes 0 SQL's idea of no limit.
func noLimit(n int) int {
	if n <= 0 {
		return -1
	}
	return n
}

// DeleteFile implements knowledge.FileStore.
func (db *DB) DeleteFile(ctx context.Context, id string) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		ctx := quiet(ctx)
		sources, err := all(ctx, tx, value[string], `SELECT source FROM documents WHERE file_id = ?`, id)
		if err != nil {
			return err
		}
		for _, source := range sources {
			if _, err := touchSource(ctx, tx, source); err != nil {
				return err
			}
		}
		if _, err := removeDocuments(ctx, tx, `file_id = ?`, id); err != nil {
			return err
		}
		return dropFiles(ctx, tx, []string{id})
	})
	if err != nil {
		return fmt.Errorf("delete file %s: %w", id, err)
	}
	return nil
}

// dropUnused deletes those of the files that came with a document and have
// none left.
func dropUnused(ctx context.Context, tx *sql.Tx, ids []string) error {
	unused, err := all(ctx, tx, value[string], `
		SELECT id FROM files WHERE id IN (SELECT value FROM json_each(?)) AND NOT uploaded
			AND NOT EXISTS (SELECT 1 FROM documents WHERE file_id = files.id)`, list(ids))
	if err != nil || len(unused) == 0 {
		return err
	}
	return dropFiles(ctx, tx, unused)
}

// dropFiles deletes files, which must exist and have no documents, and what
// was made of their text.
func dropFiles(ctx context.Context, tx *sql.Tx, ids []string) error {
	n, err := exec(ctx, tx, `DELETE FROM files WHERE id IN (SELECT value FROM json_each(?))`, list(ids))
	if err != nil {
		return err
	}
	if n < int64(len(ids)) {
		return fs.ErrNotExist
	}
	_, err = exec(ctx, tx, `INSERT OR IGNORE INTO deleted_files (file_id) SELECT value FROM json_each(?)`, list(ids))
	if err != nil {
		return err
	}
	return forgetFiles(ctx, tx, ids)
}
