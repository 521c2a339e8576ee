package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/eval"
)

// PutProgress implements eval.RoundControl.
func (db *DB) PutProgress(ctx context.Context, r eval.Round) error {
	err := db.write(ctx, func(tx pgx.Tx) error {
		if err := fence(ctx, tx, r); err != nil {
			return err
		}
		_, err := exec(ctx, tx, `UPDATE rounds SET progress = $1 WHERE id = $2 AND state = $3`, jsonArg{r.Progress}, r.ID, eval.Running)
		return err
	})
	if err != nil {
		return fmt.Errorf("progress of round %s: %w", r.ID, err)
	}
	return nil
}

// AskCancel implements eval.RoundControl.
func (db *DB) AskCancel(ctx context.Context, round, author string) error {
	err := change(ctx, db.pool, `UPDATE rounds SET cancelled_by = $1 WHERE id = $2 AND state = $3`, author, round, eval.Running)
	if err != nil {
		return fmt.Errorf("cancel round %s: %w", round, err)
	}
	return nil
}

// PauseRounds implements eval.RoundControl.
func (db *DB) PauseRounds(ctx context.Context, agent string, hold bool) (err error) {
	if hold {
		_, err = exec(ctx, db.pool, `INSERT INTO agents_paused (agent, paused_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, agent, time.Now())
	} else {
		_, err = exec(ctx, db.pool, `DELETE FROM agents_paused WHERE agent = $1`, agent)
	}
	if err != nil {
		return fmt.Errorf("pause rounds of agent %s: %w", agent, err)
	}
	return nil
}

// Signals implements eval.RoundControl.
func (db *DB) Signals(ctx context.Context, agent, round string) (eval.Signals, error) {
	s, err := one(ctx, db.pool, func(row scanner) (s eval.Signals, err error) {
		return s, row.Scan(&s.Paused, &s.CancelledBy)
	}, `SELECT EXISTS (SELECT 1 FROM agents_paused WHERE agent = $1),
		coalesce((SELECT cancelled_by FROM rounds WHERE id = $2), '')`, agent, round)
	if err != nil {
		return s, fmt.Errorf("signals to agent %s: %w", agent, err)
	}
	return s, nil
}
