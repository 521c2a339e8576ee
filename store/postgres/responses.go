package postgres

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/openresponses"
)

var _ openresponses.Store = (*DB)(nil)

// PutResponse implements openresponses.ResponseStore. It replaces a response
// of the same ID, as one that runs in the background changes its status.
func (db *DB) PutResponse(ctx context.Context, r openresponses.StoredResponse) error {
	err := db.write(ctx, func(tx pgx.Tx) error { return putResponse(ctx, tx, r) })
	if err != nil {
		return fmt.Errorf("put response %s: %w", r.ID, err)
	}
	return nil
}

func putResponse(ctx context.Context, tx pgx.Tx, r openresponses.StoredResponse) error {
	_, err := exec(ctx, tx, `
		INSERT INTO responses (id, previous, conversation, created_at, input, response)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET
			previous = excluded.previous, conversation = excluded.conversation,
			created_at = excluded.created_at, input = excluded.input, response = excluded.response`,
		r.ID, r.Previous, r.Conversation, r.CreatedAt, r.Input, r.Response)
	if err != nil {
		return err
	}
	if _, err := exec(ctx, tx, `DELETE FROM response_files WHERE response = $1`, r.ID); err != nil {
		return err
	}
	_, err = exec(ctx, tx, `INSERT INTO response_files (response, file_id) SELECT $1::text, unnest($2::text[]) ON CONFLICT DO NOTHING`,
		r.ID, r.Files)
	if err != nil {
		return err
	}
	return forgetGone(ctx, tx, r.Files)
}

const selectResponses = `
	SELECT id, previous, conversation, created_at, input, response,
		ARRAY (SELECT file_id FROM response_files WHERE response = responses.id ORDER BY file_id)
	FROM responses `

func scanResponse(row scanner) (r openresponses.StoredResponse, err error) {
	return r, row.Scan(&r.ID, &r.Previous, &r.Conversation, timeColumn{&r.CreatedAt},
		rawColumn{&r.Input}, rawColumn{&r.Response}, &r.Files)
}

// StoredResponse implements openresponses.ResponseStore.
func (db *DB) StoredResponse(ctx context.Context, id string) (openresponses.StoredResponse, error) {
	r, err := one(ctx, db.pool, scanResponse, selectResponses+`WHERE id = $1`, id)
	if err != nil {
		return r, fmt.Errorf("response %s: %w", id, err)
	}
	return r, nil
}

// ResponseChain implements openresponses.ResponseStore. A predecessor that was
// deleted leaves a gap and fails with fs.ErrNotExist: what followed it makes no
// sense without it.
func (db *DB) ResponseChain(ctx context.Context, id string) ([]openresponses.StoredResponse, error) {
	chain, err := all(ctx, db.pool, scanResponse, `
		WITH RECURSIVE chain (id, depth) AS (
			SELECT $1::text, 0
			UNION ALL
			SELECT r.previous, depth + 1 FROM chain JOIN responses AS r ON r.id = chain.id
			WHERE r.previous <> '' AND depth < 10000
		)`+selectResponses+`JOIN chain USING (id) ORDER BY depth DESC`, id)
	if err != nil {
		return nil, fmt.Errorf("responses up to %s: %w", id, err)
	}
	if len(chain) == 0 {
		return nil, fmt.Errorf("response %s: %w", id, fs.ErrNotExist)
	}
	if gap := chain[0].Previous; gap != "" {
		return nil, fmt.Errorf("response %s before %s: %w", gap, chain[0].ID, fs.ErrNotExist)
	}
	return chain, nil
}

// DeleteResponse implements openresponses.ResponseStore.
func (db *DB) DeleteResponse(ctx context.Context, id string) error {
	if err := change(ctx, db.pool, `DELETE FROM responses WHERE id = $1`, id); err != nil {
		return fmt.Errorf("delete response %s: %w", id, err)
	}
	return nil
}
