package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/rollout"
	"github.com/honehq/hone/prompts"
)

// PutRound implements eval.RoundStore.
func (db *DB) PutRound(ctx context.Context, r eval.Round) error {
	err := db.write(ctx, func(tx pgx.Tx) error { return putRound(ctx, tx, r) })
	if err != nil {
		return fmt.Errorf("put round %s: %w", r.ID, err)
	}
	return nil
}

func putRound(ctx context.Context, q querier, r eval.Round) error {
	if err := fence(ctx, q, r); err != nil {
		return err
	}
	_, err := exec(ctx, q, `
		INSERT INTO rounds (id, agent, cause, state, prompt, champion, promoted,
			started_at, ended_at, verdict, entered, alpha, won, certificate, seed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (id) DO UPDATE SET
			agent = excluded.agent, cause = excluded.cause, state = excluded.state, prompt = excluded.prompt,
			champion = excluded.champion, promoted = excluded.promoted, started_at = excluded.started_at,
			ended_at = excluded.ended_at, verdict = excluded.verdict, entered = excluded.entered,
			alpha = excluded.alpha, won = excluded.won, certificate = excluded.certificate, seed = excluded.seed,
			progress = CASE WHEN excluded.state = 'running' THEN rounds.progress ELSE '{}' END`,
		r.ID, r.Agent, r.Cause, r.State, r.PromptID, r.Champion, r.Promoted,
		r.Started, orNull(r.Ended), r.Verdict, r.Entered, r.Alpha, r.Won, r.Certificate, int64(r.Seed))
	return err
}

// fence fails unless the agent's turn is the writer's, and keeps it so until the
// transaction ends.
func fence(ctx context.Context, q querier, r eval.Round) error {
	if r.Turn == "" {
		return nil
	}
	_, err := one(ctx, q, value[int], `SELECT 1 FROM agents_progress WHERE agent = $1 AND turn_owner = $2 FOR SHARE`, r.Agent, r.Turn)
	if errors.Is(err, fs.ErrNotExist) {
		return eval.ErrTurnLost
	}
	return err
}

// EndRound implements eval.RoundStore.
func (db *DB) EndRound(ctx context.Context, r eval.Round, p *eval.Promotion) (eval.Round, error) {
	err := db.write(ctx, func(tx pgx.Tx) error {
		if p != nil {
			added, err := promote(ctx, tx, *p)
			if err != nil {
				return fmt.Errorf("prompt %s based on version %d: %w", p.Prompt.ID, p.Based, err)
			}
			r.Promoted = added.Version
			if err := startRollout(ctx, tx, r, *p, added.Version); err != nil {
				return fmt.Errorf("trial of version %d: %w", added.Version, err)
			}
		}
		if err := retire(ctx, tx, r.Agent, r.Retire, retiredAt(r)); err != nil {
			return err
		}
		if err := putRound(ctx, tx, r); err != nil {
			return err
		}
		return forgetRecorded(ctx, tx, r)
	})
	if err != nil {
		return eval.Round{}, fmt.Errorf("end round %s: %w", r.ID, err)
	}
	r.Turn, r.Retire, r.Progress = "", nil, eval.Progress{}
	return r, nil
}

// promote puts a new version in use in place of the one it is based on.
func promote(ctx context.Context, tx pgx.Tx, p eval.Promotion) (prompts.Prompt, error) {
	inUse, latest, err := promptState(ctx, tx, p.Prompt.ID)
	if err != nil {
		return prompts.Prompt{}, err
	}
	if inUse != p.Based {
		return prompts.Prompt{}, prompts.ErrStale
	}
	if err := endRollout(ctx, tx, p.Prompt.ID, rollout.Superseded, "A later promotion took its place."); err != nil {
		return prompts.Prompt{}, err
	}
	return addPrompt(ctx, tx, p.Prompt, inUse, latest, true)
}

// retiredAt is the round's end, or now.
func retiredAt(r eval.Round) time.Time {
	if r.Ended.IsZero() {
		return time.Now()
	}
	return r.Ended
}

const selectRounds = `
	SELECT id, agent, cause, state, prompt, champion, promoted,
		started_at, ended_at, verdict, entered, alpha, won, certificate, seed, progress
	FROM rounds `

func scanRound(row scanner) (r eval.Round, err error) {
	var seed int64
	err = row.Scan(&r.ID, &r.Agent, &r.Cause, &r.State, &r.PromptID, &r.Champion, &r.Promoted,
		timeColumn{&r.Started}, timeColumn{&r.Ended}, &r.Verdict, &r.Entered, &r.Alpha, &r.Won, rawColumn{&r.Certificate},
		&seed, jsonColumn{&r.Progress})
	r.Seed = uint64(seed)
	return r, err
}

// Round implements eval.RoundStore.
func (db *DB) Round(ctx context.Context, id string) (eval.Round, error) {
	r, err := one(ctx, db.pool, scanRound, selectRounds+`WHERE id = $1`, id)
	if err != nil {
		return r, fmt.Errorf("round %s: %w", id, err)
	}
	return r, nil
}

// Rounds implements eval.RoundStore.
func (db *DB) Rounds(ctx context.Context, agent string, limit int) ([]eval.Round, error) {
	rounds, err := all(ctx, db.pool, scanRound,
		selectRounds+`WHERE agent = $1 ORDER BY started_at DESC, id DESC LIMIT $2`, agent, noLimit(limit))
	if err != nil {
		return nil, fmt.Errorf("rounds of agent %s: %w", agent, err)
	}
	return rounds, nil
}

const entries = `SELECT id, state, alpha, won FROM rounds WHERE agent = $1 AND entered ORDER BY started_at, id`

// Entries implements eval.RoundStore.
func (db *DB) Entries(ctx context.Context, agent string) ([]eval.Entered, error) {
	list, err := all(ctx, db.pool, func(row scanner) (e eval.Entered, err error) {
		return e, row.Scan(&e.ID, &e.State, &e.Alpha, &e.Won)
	}, entries, agent)
	if err != nil {
		return nil, fmt.Errorf("entries of agent %s: %w", agent, err)
	}
	return list, nil
}
