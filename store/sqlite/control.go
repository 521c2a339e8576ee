package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/honehq/hone/eval"
)

// PutProgress implements eval.RoundControl.
func (db *DB) PutProgress(ctx context.Context, r eval.Round) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		if err := fence(ctx, tx, r); err != nil {
			return err
		}
		_, err := exec(ctx, tx, `UPDATE rounds SET progress = ? WHERE id = ? AND state = ?`, jsonArg{r.Progress}, r.ID, eval.Running)
		return err
	})
	if err != nil {
		return fmt.Errorf("progress of round %s: %w", r.ID, err)
	}
	return nil
}

// AskCancel implements eval.RoundControl.
func (db *DB) AskCancel(ctx context.Context, round, author string) error {
	err := change(ctx, db.writer, `UPDATE rounds SET cancelled_by = ? WHERE id = ? AND state = ?`, author, round, eval.Running)
	if err != nil {
		return fmt.Errorf("cancel round %s: %w", round, err)
	}
	return nil
}

// PauseRounds implements eval.RoundControl.
func (db *DB) PauseRounds(ctx context.Context, agent string, hold bool) (err error) {
	if hold {
		_, err = exec(ctx, db.writer, `INSERT INTO agents_paused (agent, paused_at) VALUES (?, ?) ON CONFLICT DO NOTHING`, agent, time.Now())
	} else {
		_, err = exec(ctx, db.writer, `DELETE FROM agents_paused WHERE agent = ?`, agent)
	}
	if err != nil {
		return fmt.Errorf("pause rounds of agent %s: %w", agent, err)
	}
	return nil
}

// Signals implements eval.RoundControl.
func (db *DB) Signals(ctx context.Context, agent, round string) (eval.Signals, error) {
	s, err := one(ctx, db.readers, func(row scanner) (s eval.Signals, err error) {
		return s, row.Scan(&s.Paused, &s.CancelledBy)
	}, `SELECT EXISTS (SELECT 1 FROM agents_paused WHERE agent = ?),
		coalesce((SELECT cancelled_by FROM rounds WHERE id = ?), '')`, agent, round)
	if err != nil {
		return s, fmt.Errorf("signals to agent %s: %w", agent, err)
	}
	return s, nil
}
