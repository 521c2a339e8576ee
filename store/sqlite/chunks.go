package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/honehq/hone/knowledge"
)

func insertChunks(ctx context.Context, tx *sql.Tx, rev int64, chunks []knowledge.Chunk) error {
	for i, c := range chunks {
		_, err := exec(ctx, tx, `
			INSERT INTO chunks (rev, ordinal, section, anchor, first_line, last_line, text)
			VALUES (?, ?, ?, ?, ?, ?, ?)`,
			rev, i, jsonArg{c.Section}, c.Anchor, c.FirstLine, c.LastLine, c.Text)
		if err != nil {
			return fmt.Errorf("chunk %d: %w", i, err)
		}
	}
	return nil
}

// Chunks implements knowledge.DocumentStore.
func (db *DB) Chunks(ctx context.Context, refs []knowledge.ChunkRef) ([]knowledge.Chunk, error) {
	chunks := make([]knowledge.Chunk, len(refs))
	for i := range chunks {
		chunks[i].Ordinal = -1
	}
	// A row per ref: [index, chunk]. SQLite looks each up by its key.
	_, err := all(ctx, db.readers, func(row scanner) (struct{}, error) {
		var at int
		var c knowledge.Chunk
		err := row.Scan(&at, &c.Ordinal, jsonColumn{&c.Section}, &c.Anchor, &c.FirstLine, &c.LastLine, &c.Text)
		if err == nil {
			chunks[at] = c
		}
		return struct{}{}, err
	}, `
		SELECT r.key, c.ordinal, c.section, c.anchor, c.first_line, c.last_line, c.text
		FROM json_each(?) AS r
		CROSS JOIN chunks AS c ON c.rev = r.value ->> 'Rev' AND c.ordinal = r.value ->> 'Ordinal'`, list(refs))
	if err != nil {
		return nil, fmt.Errorf("chunks: %w", err)
	}
	return chunks, nil
}
