package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/honehq/hone/eval"
)

var _ eval.Store = (*DB)(nil)

func insertCases(ctx context.Context, tx *sql.Tx, cases []eval.StoredCase) (added int, err error) {
	ctx = quiet(ctx)
	for _, c := range cases {
		n, err := exec(ctx, tx, `
			INSERT INTO cases (agent, id, data, split, cluster, position, retired_at, added_at, origin)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (agent, id) DO NOTHING`,
			c.Agent, c.ID, jsonArg{c.Case}, c.Split, c.Cluster, c.Order, c.Retired, c.AddedAt, c.From)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", c.ID, err)
		}
		added += int(n)
	}
	return added, nil
}

// Cases implements eval.CaseStore.
func (db *DB) Cases(ctx context.Context, f eval.CaseFilter) ([]eval.StoredCase, error) {
	cases, err := casesOf(ctx, db.readers, f)
	if err != nil {
		return nil, fmt.Errorf("cases of agent %s: %w", f.Agent, err)
	}
	return cases, nil
}

func casesOf(ctx context.Context, q querier, f eval.CaseFilter) ([]eval.StoredCase, error) {
	return all(ctx, q, func(row scanner) (c eval.StoredCase, err error) {
		return c, row.Scan(&c.Agent, jsonColumn{&c.Case}, &c.Split, &c.Cluster, &c.Order,
			timeColumn{&c.Retired}, timeColumn{&c.AddedAt}, &c.From)
	}, `
		SELECT agent, data, split, cluster, position, retired_at, added_at, origin FROM cases
		WHERE agent = ?1 AND (?2 = '' OR split = ?2) AND (?3 OR retired_at = 0)
		ORDER BY position, id`, f.Agent, f.Split, f.Retired)
}

// DeleteCases implements eval.CaseStore. An entry to the gate uses sealed
// cases; which ones, its certificate keeps to itself, so all that were there
// before its round ended count as used.
//
// People have seen cases that retired: what they were about is never sealed
// again.
func (db *DB) DeleteCases(ctx context.Context, agent string, ids []string) (int, error) {
	n := int64(0)
	err := db.write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, `
			UPDATE case_ties SET split = ?3 WHERE agent = ?1 AND cluster IN (
				SELECT cluster FROM cases WHERE agent = ?1 AND retired_at > 0 AND id IN (SELECT value FROM json_each(?2)))`,
			agent, list(ids), eval.Train)
		if err != nil {
			return err
		}
		n, err = exec(ctx, tx, `
			DELETE FROM cases WHERE agent = ?1 AND id IN (SELECT value FROM json_each(?2)) AND NOT (
				split = ?3 AND EXISTS (
					SELECT 1 FROM rounds WHERE rounds.agent = cases.agent AND entered
						AND (ended_at = 0 OR ended_at >= added_at)))`, agent, list(ids), eval.Sealed)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("delete cases of agent %s: %w", agent, err)
	}
	return int(n), nil
}

// retire takes cases out of use, and with them all others of their clusters;
// those named must exist. What had retired before keeps its time.
func retire(ctx context.Context, tx *sql.Tx, agent string, ids []string, at time.Time) error {
	for _, id := range ids {
		err := change(ctx, tx, `
			UPDATE cases SET retired_at = CASE retired_at WHEN 0 THEN ? ELSE retired_at END
			WHERE agent = ? AND id = ?`, at, agent, id)
		if err != nil {
			return fmt.Errorf("retire case %s: %w", id, err)
		}
	}
	_, err := exec(ctx, tx, `
		UPDATE cases SET retired_at = ?1 WHERE agent = ?2 AND retired_at = 0 AND cluster IN (
			SELECT cluster FROM cases WHERE agent = ?2 AND id IN (SELECT value FROM json_each(?3)))`, at, agent, list(ids))
	return err
}
