package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/honehq/hone/agent"
)

// AddFeedback implements agent.Store.
func (db *DB) AddFeedback(ctx context.Context, run string, f agent.Feedback) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		if _, err := one(ctx, tx, value[string], `SELECT id FROM runs WHERE id = ?`, run); err != nil {
			return err
		}
		_, err := exec(ctx, tx, `INSERT INTO feedback (run, rating, comment, correction, at) VALUES (?, ?, ?, ?, ?)`,
			run, f.Rating, f.Comment, f.Correction, f.At)
		return err
	})
	if err != nil {
		return fmt.Errorf("feedback on run %s: %w", run, err)
	}
	return nil
}

// feedback is agent.Feedback as a query gathers it.
type feedback struct {
	Rating     string `json:"rating"`
	Comment    string `json:"comment"`
	Correction string `json:"correction"`
	At         int64  `json:"at"` // microseconds
}

func (f feedback) feedback() agent.Feedback {
	return agent.Feedback{Rating: f.Rating, Comment: f.Comment, Correction: f.Correction, At: fromMicros(f.At)}
}
