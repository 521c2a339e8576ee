package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/honehq/hone/eval"
)

// Count implements eval.Schedule.
func (db *DB) Count(ctx context.Context, agent string) (eval.Count, error) {
	c, err := one(ctx, db.readers, func(row scanner) (c eval.Count, err error) {
		return c, row.Scan(&c.Questions, &c.Claimed, timeColumn{&c.Settled})
	}, `SELECT questions, claimed, cron_settled FROM agents_progress WHERE agent = ?`, agent)
	if errors.Is(err, fs.ErrNotExist) {
		return eval.Count{}, nil
	}
	if err != nil {
		return eval.Count{}, fmt.Errorf("questions to agent %s: %w", agent, err)
	}
	return c, nil
}

// BeginRound implements eval.Schedule.
func (db *DB) BeginRound(ctx context.Context, r eval.Round, c eval.Claim) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		if err := noneOpen(ctx, tx, r.Agent); err != nil {
			return err
		}
		if err := claim(ctx, tx, r.Agent, c); err != nil {
			return err
		}
		return putRound(ctx, tx, r)
	})
	if err != nil {
		return fmt.Errorf("begin round %s of agent %s: %w", r.ID, r.Agent, err)
	}
	return nil
}

// noneOpen makes sure that no round of an agent runs or waits.
func noneOpen(ctx context.Context, tx *sql.Tx, agent string) error {
	open, err := all(ctx, tx, value[eval.State],
		`SELECT state FROM rounds WHERE agent = ? AND state IN (?, ?)`, agent, eval.Running, eval.Waiting)
	switch {
	case err != nil || len(open) == 0:
		return err
	case open[0] == eval.Waiting:
		return eval.ErrWaiting
	}
	return eval.ErrBusy
}

// claim takes what a round is begun for.
func claim(ctx context.Context, tx *sql.Tx, agent string, c eval.Claim) error {
	if c.Every > 0 {
		if err := due(exec(ctx, tx, `
			UPDATE agents_progress SET questions = questions % ?2, claimed = claimed + questions - questions % ?2
			WHERE agent = ?1 AND questions >= ?2`, agent, c.Every)); err != nil {
			return err
		}
	}
	if !c.Cron.IsZero() {
		return due(exec(ctx, tx, `
			UPDATE agents_progress SET cron_settled = ? WHERE agent = ? AND cron_settled = ?`, c.Cron, agent, c.Settled))
	}
	return nil
}

func due(changed int64, err error) error {
	if err == nil && changed == 0 {
		return eval.ErrNotDue
	}
	return err
}

// OpenRound implements eval.Schedule. Should there be several, as earlier
// versions could leave them, it is the newest.
func (db *DB) OpenRound(ctx context.Context, agent string) (eval.Round, error) {
	r, err := one(ctx, db.readers, scanRound,
		selectRounds+`WHERE agent = ? AND state IN (?, ?) ORDER BY started_at DESC, id DESC LIMIT 1`,
		agent, eval.Running, eval.Waiting)
	if err != nil {
		return r, fmt.Errorf("open round of agent %s: %w", agent, err)
	}
	return r, nil
}

// SettleCron implements eval.Schedule.
func (db *DB) SettleCron(ctx context.Context, agent string, upTo time.Time) error {
	_, err := exec(ctx, db.writer, `
		INSERT INTO agents_progress (agent, cron_settled) VALUES (?, ?)
		ON CONFLICT (agent) DO UPDATE SET cron_settled = excluded.cron_settled WHERE cron_settled = 0`, agent, upTo)
	if err != nil {
		return fmt.Errorf("cron of agent %s: %w", agent, err)
	}
	return nil
}

// TakeTurn implements eval.Schedule, by the clock of this machine.
func (db *DB) TakeTurn(ctx context.Context, agent, owner string, ttl time.Duration) (bool, error) {
	now := time.Now()
	n, err := exec(ctx, db.writer, `
		INSERT INTO agents_progress (agent, turn_owner, turn_until) VALUES (?1, ?2, ?3)
		ON CONFLICT (agent) DO UPDATE SET turn_owner = ?2, turn_until = ?3
			WHERE turn_owner IN ('', ?2) OR turn_until <= ?4`, agent, owner, now.Add(ttl), now)
	if err != nil {
		return false, fmt.Errorf("turn of %s for agent %s: %w", owner, agent, err)
	}
	return n > 0, nil
}

// EndTurn implements eval.Schedule. A turn of someone else stays.
func (db *DB) EndTurn(ctx context.Context, agent, owner string) error {
	_, err := exec(ctx, db.writer, `
		UPDATE agents_progress SET turn_owner = '', turn_until = 0 WHERE agent = ? AND turn_owner = ?`, agent, owner)
	if err != nil {
		return fmt.Errorf("end turn of %s for agent %s: %w", owner, agent, err)
	}
	return nil
}

// TurnTaken implements eval.Schedule, by the clock of this machine.
func (db *DB) TurnTaken(ctx context.Context, agent string) (bool, error) {
	n, err := one(ctx, db.readers, value[int],
		`SELECT count(*) FROM agents_progress WHERE agent = ? AND turn_owner <> '' AND turn_until > ?`, agent, time.Now())
	if err != nil {
		return false, fmt.Errorf("turn for agent %s: %w", agent, err)
	}
	return n > 0, nil
}
