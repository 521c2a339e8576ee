package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/knowledge"
)

// PutFile implements knowledge.FileStore. A file that is there already gets
// the new name, purpose and content.
func (db *DB) PutFile(ctx context.Context, f knowledge.File, content []byte) error {
	err := db.write(ctx, func(tx pgx.Tx) error {
		var batch pgx.Batch
		queueFile(&batch, f, content, true)
		return send(ctx, tx, &batch)
	})
	if err != nil {
		return fmt.Errorf("put file %s: %w", f.ID, err)
	}
	return nil
}

// queueFile adds the statements that store a file.
func queueFile(batch *pgx.Batch, f knowledge.File, content []byte, uploaded bool) {
	if content == nil {
		content = []byte{}
	}
	batch.Queue(`DELETE FROM deleted_files WHERE file_id = $1`, bind([]any{f.ID})...)
	batch.Queue(`
		INSERT INTO files (id, name, purpose, bytes, created_at, uploaded, content)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET
			name = excluded.name, purpose = excluded.purpose, bytes = excluded.bytes,
			uploaded = files.uploaded OR excluded.uploaded, content = excluded.content`,
		bind([]any{f.ID, f.Name, f.Purpose, f.Bytes, f.CreatedAt, uploaded, content})...)
}

// send runs a batch.
func send(ctx context.Context, tx pgx.Tx, batch *pgx.Batch) error {
	return failure(ctx, tx.SendBatch(ctx, batch).Close())
}

const selectFiles = `SELECT id, name, purpose, bytes, created_at FROM files `

func scanFile(row scanner) (f knowledge.File, err error) {
	return f, row.Scan(&f.ID, &f.Name, &f.Purpose, &f.Bytes, timeColumn{&f.CreatedAt})
}

// File implements knowledge.FileStore.
func (db *DB) File(ctx context.Context, id string) (knowledge.File, error) {
	f, err := one(ctx, db.pool, scanFile, selectFiles+`WHERE id = $1`, id)
	if err != nil {
		return f, fmt.Errorf("file %s: %w", id, err)
	}
	return f, nil
}

// FileContent implements knowledge.FileStore.
func (db *DB) FileContent(ctx context.Context, id string) ([]byte, error) {
	content, err := one(ctx, db.pool, value[[]byte], `SELECT content FROM files WHERE id = $1`, id)
	if err != nil {
		return nil, fmt.Errorf("content of file %s: %w", id, err)
	}
	return content, nil
}

// Files implements knowledge.FileStore. Limit 0 means all.
func (db *DB) Files(ctx context.Context, after string, limit int) ([]knowledge.File, error) {
	var list []knowledge.File
	err := db.read(ctx, func(tx pgx.Tx) error {
		var last knowledge.File
		var err error
		if after != "" {
			if last, err = one(ctx, tx, scanFile, selectFiles+`WHERE id = $1`, after); err != nil {
				return err
			}
		}
		list, err = all(ctx, tx, scanFile, selectFiles+`
			WHERE $1 = '' OR (created_at, id) > ($2, $1)
			ORDER BY created_at, id LIMIT $3`, after, last.CreatedAt, noLimit(limit))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("files after %q: %w", after, err)
	}
	return list, nil
}

// noLimit makes 0 SQL's idea of no limit.
func noLimit(n int) *int {
	if n <= 0 {
		return nil
	}
	return &n
}

// DeleteFile implements knowledge.FileStore.
func (db *DB) DeleteFile(ctx context.Context, id string) error {
	err := db.write(ctx, func(tx pgx.Tx) error {
		ctx := quiet(ctx)
		// From here on no document and no run can begin to refer to the file.
		if _, err := one(ctx, tx, value[string], `SELECT id FROM files WHERE id = $1 FOR UPDATE`, id); err != nil {
			return err
		}
		_, err := exec(ctx, tx, `
			UPDATE sources SET generation = generation + 1
			WHERE id IN (SELECT source FROM documents WHERE file_id = $1)`, id)
		if err != nil {
			return err
		}
		if _, err := removeDocuments(ctx, tx, `file_id = $1`, id); err != nil {
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
func dropUnused(ctx context.Context, tx pgx.Tx, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	// Two transactions that remove a file's last two documents both see one
	// left, unless the second waits here until the first has ended.
	_, err := exec(ctx, tx, `SELECT FROM files WHERE id = ANY ($1) AND NOT uploaded ORDER BY id FOR UPDATE`, ids)
	if err != nil {
		return err
	}
	unused, err := all(ctx, tx, value[string], `
		SELECT id FROM files WHERE id = ANY ($1) AND NOT uploaded
			AND NOT EXISTS (SELECT FROM documents WHERE file_id = files.id)`, ids)
	if err != nil || len(unused) == 0 {
		return err
	}
	return dropFiles(ctx, tx, unused)
}

// dropFiles deletes files, which the transaction has locked and which have no
// documents, and what was made of their text.
func dropFiles(ctx context.Context, tx pgx.Tx, ids []string) error {
	if _, err := exec(ctx, tx, `DELETE FROM files WHERE id = ANY ($1)`, ids); err != nil {
		return err
	}
	_, err := exec(ctx, tx, `INSERT INTO deleted_files SELECT unnest($1::text[]) ON CONFLICT DO NOTHING`, ids)
	if err != nil {
		return err
	}
	return forgetFiles(ctx, tx, ids)
}
