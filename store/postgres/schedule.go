package postgres

import (
	"context"
	"fmt"
	"time"
)

// QuestionsSinceRound implements eval.Schedule.
func (db *DB) QuestionsSinceRound(ctx context.Context, agent string) (int, error) {
	n, err := one(ctx, db.pool, value[int],
		`SELECT coalesce(max(questions), 0) FROM agents_progress WHERE agent = $1`, agent)
	if err != nil {
		return 0, fmt.Errorf("questions to agent %s: %w", agent, err)
	}
	return n, nil
}

// ResetQuestions implements eval.Schedule.
func (db *DB) ResetQuestions(ctx context.Context, agent string) error {
	_, err := exec(ctx, db.pool, `UPDATE agents_progress SET questions = 0 WHERE agent = $1`, agent)
	if err != nil {
		return fmt.Errorf("reset questions to agent %s: %w", agent, err)
	}
	return nil
}

// TakeTurn implements eval.Schedule, by the clock of the database.
func (db *DB) TakeTurn(ctx context.Context, agent, owner string, ttl time.Duration) (bool, error) {
	n, err := exec(ctx, db.pool, `
		INSERT INTO agents_progress (agent, turn_owner, turn_until) VALUES ($1, $2, clock_timestamp() + $3::interval)
		ON CONFLICT (agent) DO UPDATE SET turn_owner = $2, turn_until = clock_timestamp() + $3::interval
			WHERE agents_progress.turn_owner IN ('', $2) OR agents_progress.turn_until <= clock_timestamp()`, agent, owner, ttl)
	if err != nil {
		return false, fmt.Errorf("turn of %s for agent %s: %w", owner, agent, err)
	}
	return n > 0, nil
}

// EndTurn implements eval.Schedule. A turn of someone else stays.
func (db *DB) EndTurn(ctx context.Context, agent, owner string) error {
	_, err := exec(ctx, db.pool, `
		UPDATE agents_progress SET turn_owner = '', turn_until = '-infinity' WHERE agent = $1 AND turn_owner = $2`, agent, owner)
	if err != nil {
		return fmt.Errorf("end turn of %s for agent %s: %w", owner, agent, err)
	}
	return nil
}
