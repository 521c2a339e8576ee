package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/agent"
)

// AddFeedback implements agent.Store.
func (db *DB) AddFeedback(ctx context.Context, run string, f agent.Feedback) error {
	err := db.write(ctx, func(tx pgx.Tx) error {
		if _, err := one(ctx, tx, value[string], `SELECT id FROM runs WHERE id = $1`, run); err != nil {
			return err
		}
		_, err := exec(ctx, tx, `INSERT INTO feedback (run, rating, comment, correction, at) VALUES ($1, $2, $3, $4, $5)`,
			run, f.Rating, f.Comment, f.Correction, f.At)
		return err
	})
	if err != nil {
		return fmt.Errorf("feedback on run %s: %w", run, err)
	}
	return nil
}
