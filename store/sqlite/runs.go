package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"slices"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval/harvest"
)

var _ agent.Store = (*DB)(nil)

// PutRun implements agent.Store. A run that is there already is an error
// wrapping fs.ErrExist, so that no question counts twice.
func (db *DB) PutRun(ctx context.Context, r agent.Run) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		if err := insertRun(ctx, tx, r); err != nil {
			return err
		}
		if !counts(r) {
			return nil
		}
		_, err := exec(ctx, tx, `
			INSERT INTO agents_progress (agent, questions) VALUES (?, 1)
			ON CONFLICT (agent) DO UPDATE SET questions = questions + 1`, r.Agent)
		return err
	})
	if err != nil {
		return fmt.Errorf("put run %s: %w", r.ID, err)
	}
	return nil
}

// counts tells whether a run counts towards the next round.
func counts(r agent.Run) bool {
	return slices.Contains(agent.People(), r.Origin) && r.Error == "" &&
		(r.Status == agent.Answered || r.Status == agent.NotFound)
}

func insertRun(ctx context.Context, tx *sql.Tx, r agent.Run) error {
	_, err := exec(ctx, tx, `
		INSERT INTO runs (id, thread, agent, status, origin, created_at, question, error, answer, items, to_harvest)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID, r.Thread, r.Agent, r.Status, r.Origin, r.CreatedAt, r.Question, r.Error, jsonArg{r.Answer}, r.Items, harvest.Wanted(r))
	if err != nil {
		return taken(err)
	}
	_, err = exec(ctx, tx, `INSERT OR IGNORE INTO run_files (run, file_id) SELECT ?, value FROM json_each(?)`,
		r.ID, list(r.Files))
	if err != nil {
		return err
	}
	return forgetGone(ctx, tx, r.Files)
}

const selectRuns = `
	SELECT answer, created_at, question, origin, error, items,
		(SELECT json_group_array(file_id ORDER BY file_id) FROM run_files WHERE run = runs.id),
		(SELECT json_group_array(json_object('rating', rating, 'comment', comment, 'correction', correction, 'at', at) ORDER BY seq)
			FROM feedback WHERE run = runs.id)
	FROM runs `

func scanRun(row scanner) (r agent.Run, err error) {
	var said []feedback
	err = row.Scan(jsonColumn{&r.Answer}, timeColumn{&r.CreatedAt}, &r.Question, &r.Origin, &r.Error, rawColumn{&r.Items},
		jsonColumn{&r.Files}, jsonColumn{&said})
	for _, f := range said {
		r.Feedback = append(r.Feedback, f.feedback())
	}
	return r, err
}

// Run implements agent.Store.
func (db *DB) Run(ctx context.Context, id string) (agent.Run, error) {
	r, err := one(ctx, db.readers, scanRun, selectRuns+`WHERE id = ?`, id)
	if err != nil {
		return r, fmt.Errorf("run %s: %w", id, err)
	}
	return r, nil
}

// Runs implements agent.Store.
func (db *DB) Runs(ctx context.Context, f agent.RunFilter) ([]agent.Run, error) {
	if f.Limit == 0 {
		f.Limit = 20
	}
	runs, err := all(ctx, db.readers, scanRun, selectRuns+`
		WHERE (?1 = '' OR agent = ?1) AND (?2 = '' OR thread = ?2)
			AND (?3 = '' OR status = ?3) AND (?4 = '' OR origin = ?4)
			AND (?5 = 0 OR created_at < ?5)
		ORDER BY created_at DESC, id DESC LIMIT ?6`,
		f.Agent, f.Thread, f.Status, f.Origin, f.Before, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("runs: %w", err)
	}
	return runs, nil
}

// ThreadRuns implements agent.Store. Runs that failed are not in it: there is
// no answer to follow up. Limit 0 means all.
func (db *DB) ThreadRuns(ctx context.Context, thread string, limit int) ([]agent.Run, error) {
	var runs []agent.Run
	err := db.read(ctx, func(tx *sql.Tx) error {
		n, err := one(ctx, tx, value[int], `SELECT count(*) FROM runs WHERE thread = ?`, thread)
		if err != nil {
			return err
		}
		if n == 0 {
			return fs.ErrNotExist
		}
		runs, err = all(ctx, tx, scanRun, selectRuns+`
			WHERE thread = ? AND error = '' ORDER BY created_at DESC, id DESC LIMIT ?`, thread, noLimit(limit))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("thread %s: %w", thread, err)
	}
	slices.Reverse(runs)
	return runs, nil
}
