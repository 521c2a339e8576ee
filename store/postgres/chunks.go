package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/knowledge"
)

// insertChunks stores the chunks of documents whose revisions revs gives.
func insertChunks(ctx context.Context, tx pgx.Tx, revs []int64, docs []knowledge.NewDocument) error {
	var rows [][]any
	for i, d := range docs {
		for n, c := range d.Chunks {
			rows = append(rows, bind([]any{revs[i], n, jsonArg{c.Section}, c.Anchor, c.FirstLine, c.LastLine, c.Text}))
		}
	}
	columns := []string{"rev", "ordinal", "section", "anchor", "first_line", "last_line", "text"}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"chunks"}, columns, pgx.CopyFromRows(rows))
	return failure(ctx, err)
}

// Chunks implements knowledge.DocumentStore.
func (db *DB) Chunks(ctx context.Context, refs []knowledge.ChunkRef) ([]knowledge.Chunk, error) {
	chunks := make([]knowledge.Chunk, len(refs))
	revs, ordinals := make([]int64, len(refs)), make([]int, len(refs))
	for i, ref := range refs {
		chunks[i].Ordinal = -1
		revs[i], ordinals[i] = ref.Rev, ref.Ordinal
	}
	_, err := all(ctx, db.pool, func(row scanner) (struct{}, error) {
		var at int
		var c knowledge.Chunk
		err := row.Scan(&at, &c.Ordinal, jsonColumn{&c.Section}, &c.Anchor, &c.FirstLine, &c.LastLine, &c.Text)
		if err == nil {
			chunks[at-1] = c
		}
		return struct{}{}, err
	}, `
		SELECT r.at, c.ordinal, c.section, c.anchor, c.first_line, c.last_line, c.text
		FROM unnest($1::bigint[], $2::integer[]) WITH ORDINALITY AS r (rev, ordinal, at)
		JOIN chunks AS c ON c.rev = r.rev AND c.ordinal = r.ordinal`, revs, ordinals)
	if err != nil {
		return nil, fmt.Errorf("chunks: %w", err)
	}
	return chunks, nil
}
