package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/eval"
)

// Count implements eval.Schedule.
func (db *DB) Count(ctx context.Context, agent string) (eval.Count, error) {
	c, err := one(ctx, db.pool, func(row scanner) (c eval.Count, err error) {
		return c, row.Scan(&c.Questions, &c.Claimed, timeColumn{&c.Settled})
	}, `SELECT questions, claimed, cron_settled FROM agents_progress WHERE agent = $1`, agent)
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
	err := db.write(ctx, func(tx pgx.Tx) error {
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

// noneOpen makes sure that no round of an agent runs or waits, and that none
// begins before the transaction ends: it keeps the agent's row locked.
func noneOpen(ctx context.Context, tx pgx.Tx, agent string) error {
	_, err := exec(ctx, tx, `
		INSERT INTO agents_progress (agent) VALUES ($1)
		ON CONFLICT (agent) DO UPDATE SET agent = excluded.agent`, agent)
	if err != nil {
		return err
	}
	open, err := all(ctx, tx, value[eval.State],
		`SELECT state FROM rounds WHERE agent = $1 AND state IN ($2, $3)`, agent, eval.Running, eval.Waiting)
	switch {
	case err != nil || len(open) == 0:
		return err
	case open[0] == eval.Waiting:
		return eval.ErrWaiting
	}
	return eval.ErrBusy
}

// claim takes what a round is begun for.
func claim(ctx context.Context, tx pgx.Tx, agent string, c eval.Claim) error {
	if c.Every > 0 {
		if err := due(exec(ctx, tx, `
			UPDATE agents_progress SET questions = questions % $2::integer, claimed = claimed + questions - questions % $2::integer
			WHERE agent = $1 AND questions >= $2::integer`, agent, c.Every)); err != nil {
			return err
		}
	}
	if !c.Cron.IsZero() {
		return due(exec(ctx, tx, `
			UPDATE agents_progress SET cron_settled = $1 WHERE agent = $2 AND cron_settled IS NOT DISTINCT FROM $3::timestamptz`,
			c.Cron, agent, orNull(c.Settled)))
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
	r, err := one(ctx, db.pool, scanRound,
		selectRounds+`WHERE agent = $1 AND state IN ($2, $3) ORDER BY started_at DESC, id DESC LIMIT 1`,
		agent, eval.Running, eval.Waiting)
	if err != nil {
		return r, fmt.Errorf("open round of agent %s: %w", agent, err)
	}
	return r, nil
}

// SettleCron implements eval.Schedule.
func (db *DB) SettleCron(ctx context.Context, agent string, upTo time.Time) error {
	_, err := exec(ctx, db.pool, `
		INSERT INTO agents_progress (agent, cron_settled) VALUES ($1, $2)
		ON CONFLICT (agent) DO UPDATE SET cron_settled = excluded.cron_settled WHERE agents_progress.cron_settled IS NULL`, agent, upTo)
	if err != nil {
		return fmt.Errorf("cron of agent %s: %w", agent, err)
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

// TurnTaken implements eval.Schedule, by the clock of the database.
func (db *DB) TurnTaken(ctx context.Context, agent string) (bool, error) {
	n, err := one(ctx, db.pool, value[int], `
		SELECT count(*) FROM agents_progress WHERE agent = $1 AND turn_owner <> '' AND turn_until > clock_timestamp()`, agent)
	if err != nil {
		return false, fmt.Errorf("turn for agent %s: %w", agent, err)
	}
	return n > 0, nil
}
