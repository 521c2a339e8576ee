package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/rollout"
)

var _ rollout.Store = (*DB)(nil)

const rolloutColumns = `r.id, r.agent, r.prompt, r.round, r.old_version, r.new_version, r.share, r.horizon,
	r.state, r.reason, r.started_at, r.until_at, r.ended_at`

func rolloutFields(r *rollout.Rollout) []any {
	return []any{&r.ID, &r.Agent, &r.PromptID, &r.Round, &r.Old, &r.New, &r.Share, &r.Horizon,
		&r.State, &r.Reason, timeColumn{&r.Started}, timeColumn{&r.Until}, timeColumn{&r.Ended}}
}

func scanRollout(row scanner) (r rollout.Rollout, err error) {
	return r, row.Scan(rolloutFields(&r)...)
}

// startRollout begins the trial of a promotion, if there is to be one. The one
// that ran so far has been ended by the promotion.
func startRollout(ctx context.Context, tx *sql.Tx, round eval.Round, p eval.Promotion, version int) error {
	r, ok := rollout.Begin(round, p, version)
	if !ok {
		return nil
	}
	_, err := exec(ctx, tx, `
		INSERT INTO rollouts (id, agent, prompt, round, old_version, new_version, share, horizon, state, reason, started_at, until_at, ended_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID, r.Agent, r.PromptID, r.Round, r.Old, r.New, r.Share, r.Horizon, r.State, r.Reason, r.Started, r.Until, r.Ended)
	return err
}

// endRollout ends a prompt's running rollout, if there is one.
func endRollout(ctx context.Context, tx *sql.Tx, prompt string, state rollout.State, reason string) error {
	_, err := exec(ctx, tx, `
		UPDATE rollouts SET state = ?, reason = ?, ended_at = ? WHERE prompt = ? AND state = ?`,
		state, reason, time.Now(), prompt, rollout.Running)
	return err
}

// Rollout implements rollout.Store.
func (db *DB) Rollout(ctx context.Context, id string) (rollout.Rollout, error) {
	r, err := one(ctx, db.readers, scanRollout, `SELECT `+rolloutColumns+` FROM rollouts AS r WHERE id = ?`, id)
	if err != nil {
		return r, fmt.Errorf("trial %s: %w", id, err)
	}
	return r, nil
}

// Rollouts implements rollout.Store.
func (db *DB) Rollouts(ctx context.Context, agent string, limit int) ([]rollout.Rollout, error) {
	list, err := all(ctx, db.readers, scanRollout, `
		SELECT `+rolloutColumns+` FROM rollouts AS r WHERE agent = ? ORDER BY started_at DESC, id DESC LIMIT ?`, agent, noLimit(limit))
	if err != nil {
		return nil, fmt.Errorf("trials of agent %s: %w", agent, err)
	}
	return list, nil
}

// RunningRollout implements rollout.Store.
func (db *DB) RunningRollout(ctx context.Context, promptID, thread string) (r rollout.Rollout, first int, err error) {
	_, err = one(ctx, db.readers, func(row scanner) (struct{}, error) {
		return struct{}{}, row.Scan(append(rolloutFields(&r), &first)...)
	}, `
		SELECT `+rolloutColumns+`, coalesce((
			SELECT answer ->> '$.prompt.version' FROM runs
			WHERE thread = ?2 AND answer ->> '$.prompt.id' = r.prompt ORDER BY created_at, id LIMIT 1), 0)
		FROM rollouts AS r WHERE prompt = ?1 AND state = ?3`, promptID, thread, rollout.Running)
	if err != nil {
		return r, 0, fmt.Errorf("running trial of prompt %s: %w", promptID, err)
	}
	return r, first, nil
}

// EndRollout implements rollout.Store.
func (db *DB) EndRollout(ctx context.Context, r rollout.Rollout, author string) (ended bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, `UPDATE rollouts SET state = ?, reason = ?, ended_at = ? WHERE id = ? AND state = ?`,
			r.State, r.Reason, r.Ended, r.ID, rollout.Running)
		ended = n > 0
		if err != nil || !ended || r.State != rollout.Returned {
			return err
		}
		_, err = usePrompt(ctx, tx, r.PromptID, r.Old, r.New, author, "trial "+r.ID+": "+r.Reason)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("end trial %s: %w", r.ID, err)
	}
	return ended, nil
}

// Threads implements rollout.Store.
func (db *DB) Threads(ctx context.Context, r rollout.Rollout, q rollout.ThreadQuery) ([]rollout.Thread, error) {
	threads, err := all(ctx, db.readers, func(row scanner) (t rollout.Thread, err error) {
		return t, row.Scan(timeColumn{&t.At}, &t.Thread, &t.Version, &t.Status, &t.Failed, &t.Seconds, timeColumn{&t.Last})
	}, `
		SELECT r.created_at, r.thread, r.answer ->> '$.prompt.version', r.status, r.error <> '', r.answer ->> '$.duration_seconds',
			(SELECT max(created_at) FROM runs WHERE thread = r.thread)
		FROM runs AS r
		WHERE r.agent = ?1 AND r.created_at >= ?2 AND (r.created_at, r.thread) > (?3, ?4) AND r.created_at < ?5
			AND r.answer ->> '$.prompt.id' = ?6 AND r.origin IN (SELECT value FROM json_each(?7))
			AND NOT EXISTS (SELECT 1 FROM runs AS e WHERE e.thread = r.thread AND (e.created_at, e.id) < (r.created_at, r.id))
		ORDER BY r.created_at, r.thread LIMIT ?8`,
		r.Agent, r.Started, q.After.At, q.After.Thread, q.Before, r.PromptID, list(agent.People()), q.Limit)
	if err != nil {
		return nil, fmt.Errorf("threads of trial %s: %w", r.ID, err)
	}
	return threads, nil
}

// usualSeconds is read along the index of answers by prompt, newest first.
const usualSeconds = `
	SELECT answer ->> '$.duration_seconds' FROM runs
	WHERE agent = ? AND answer ->> '$.prompt.id' = ? AND answer ->> '$.prompt.version' = ? AND created_at < ?
		AND error = '' AND origin IN (SELECT value FROM json_each(?))
	ORDER BY created_at DESC, id DESC LIMIT ?`

// UsualSeconds implements rollout.Store.
func (db *DB) UsualSeconds(ctx context.Context, r rollout.Rollout, limit int) ([]float64, error) {
	list, err := all(ctx, db.readers, value[float64], usualSeconds, r.Agent, r.PromptID, r.Old, r.Started, list(agent.People()), limit)
	if err != nil {
		return nil, fmt.Errorf("answers before trial %s: %w", r.ID, err)
	}
	return list, nil
}

// PutGrade implements rollout.Store.
func (db *DB) PutGrade(ctx context.Context, g rollout.Grade) error {
	_, err := exec(ctx, db.writer, `
		INSERT INTO live_grades (rollout, run, thread, rubric, judge, score, checks, failed, graded_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		g.Rollout, g.Run, g.Thread, g.Rubric, g.Judge, g.Score, jsonArg{g.Checks}, g.Failed, g.At)
	if err != nil {
		return fmt.Errorf("grade of run %s: %w", g.Run, err)
	}
	return nil
}

// Grades implements rollout.Store.
func (db *DB) Grades(ctx context.Context, id, thread string) ([]rollout.Grade, error) {
	list, err := all(ctx, db.readers, func(row scanner) (g rollout.Grade, err error) {
		return g, row.Scan(&g.Rollout, &g.Run, &g.Thread, &g.Rubric, &g.Judge, &g.Score, jsonColumn{&g.Checks}, &g.Failed, timeColumn{&g.At})
	}, `
		SELECT rollout, run, thread, rubric, judge, score, checks, failed, graded_at FROM live_grades
		WHERE rollout = ? AND thread = ? ORDER BY graded_at, run`, id, thread)
	if err != nil {
		return nil, fmt.Errorf("grades of trial %s: %w", id, err)
	}
	return list, nil
}

// AddPair implements rollout.Store.
func (db *DB) AddPair(ctx context.Context, id string, p rollout.Pair) error {
	_, err := exec(ctx, db.writer, `
		INSERT INTO rollout_pairs (rollout, n, old_thread, old_score, new_thread, new_score, difference, e, through_at, through_thread, made_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id, p.N, p.Old.Thread, p.Old.Score, p.New.Thread, p.New.Score, p.Difference, p.E, p.Through.At, p.Through.Thread, p.At)
	if err != nil {
		return fmt.Errorf("pair %d of trial %s: %w", p.N, id, taken(err))
	}
	return nil
}

// Pairs implements rollout.Store.
func (db *DB) Pairs(ctx context.Context, id string) ([]rollout.Pair, error) {
	list, err := all(ctx, db.readers, func(row scanner) (p rollout.Pair, err error) {
		return p, row.Scan(&p.N, &p.Old.Thread, &p.Old.Score, &p.New.Thread, &p.New.Score, &p.Difference, &p.E,
			timeColumn{&p.Through.At}, &p.Through.Thread, timeColumn{&p.At})
	}, `
		SELECT n, old_thread, old_score, new_thread, new_score, difference, e, through_at, through_thread, made_at
		FROM rollout_pairs WHERE rollout = ? ORDER BY n`, id)
	if err != nil {
		return nil, fmt.Errorf("pairs of trial %s: %w", id, err)
	}
	return list, nil
}

// PutNotice implements rollout.Outbox.
func (db *DB) PutNotice(ctx context.Context, way string, n rollout.Notice) (bool, error) {
	changed, err := exec(ctx, db.writer, `
		INSERT INTO notices (id, way, notice, due_at, attempts) VALUES (?, ?, ?, ?, 0) ON CONFLICT DO NOTHING`,
		n.ID, way, jsonArg{n}, n.At)
	if err != nil {
		return false, fmt.Errorf("notice %s: %w", n.ID, err)
	}
	return changed > 0, nil
}

// DueNotices implements rollout.Outbox.
func (db *DB) DueNotices(ctx context.Context, way string, at time.Time, limit int) ([]rollout.Delivery, error) {
	list, err := all(ctx, db.readers, func(row scanner) (d rollout.Delivery, err error) {
		return d, row.Scan(jsonColumn{&d.Notice}, &d.Attempts)
	}, `SELECT notice, attempts FROM notices WHERE way = ? AND due_at > 0 AND due_at <= ? ORDER BY seq LIMIT ?`, way, at, limit)
	if err != nil {
		return nil, fmt.Errorf("notices for %s: %w", way, err)
	}
	return list, nil
}

// NoteDelivery implements rollout.Outbox.
func (db *DB) NoteDelivery(ctx context.Context, way, id string, next time.Time) error {
	err := change(ctx, db.writer, `UPDATE notices SET attempts = attempts + 1, due_at = ? WHERE id = ? AND way = ?`, next, id, way)
	if err != nil {
		return fmt.Errorf("notice %s for %s: %w", id, way, err)
	}
	return nil
}
