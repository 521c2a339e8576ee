package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/honehq/hone/eval"
)

var _ eval.Entrance = (*DB)(nil)

// EnterCases implements eval.Entrance: there is one writer.
func (db *DB) EnterCases(ctx context.Context, a eval.Admission, place func(eval.Known) ([]eval.StoredCase, []eval.Tie, error)) (int, error) {
	added := 0
	err := db.write(ctx, func(tx *sql.Tx) error {
		var known eval.Known
		var err error
		if known.Secret, err = caseSecret(ctx, tx, a.Agent); err != nil {
			return err
		}
		if known.Cases, err = casesOf(ctx, tx, eval.CaseFilter{Agent: a.Agent, Retired: true}); err != nil {
			return err
		}
		known.Ties, err = all(ctx, tx, func(row scanner) (t eval.Tie, err error) {
			return t, row.Scan(&t.Hash, &t.Cluster, &t.Split, &t.Order)
		}, `SELECT hash, cluster, split, position FROM case_ties WHERE agent = ?`, a.Agent)
		if err != nil {
			return err
		}
		fresh, decided, err := place(known)
		if err != nil {
			return err
		}
		if err := keepTies(ctx, tx, a.Agent, decided); err != nil {
			return err
		}
		if added, err = insertCases(ctx, tx, fresh); err != nil {
			return err
		}
		return settleEntry(ctx, tx, a, fresh)
	})
	return added, err
}

// caseSecret is what an agent's splits are drawn with, made where there is none.
func caseSecret(ctx context.Context, tx *sql.Tx, agent string) ([]byte, error) {
	_, err := exec(quiet(ctx), tx, `INSERT INTO case_secrets (agent, secret) VALUES (?, ?) ON CONFLICT DO NOTHING`, agent, eval.NewSecret())
	if err != nil {
		return nil, err
	}
	return one(ctx, tx, value[[]byte], `SELECT secret FROM case_secrets WHERE agent = ?`, agent)
}

func keepTies(ctx context.Context, tx *sql.Tx, agent string, ties []eval.Tie) error {
	ctx = quiet(ctx)
	for _, t := range ties {
		_, err := exec(ctx, tx, `
			INSERT INTO case_ties (agent, hash, cluster, split, position) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (agent, hash) DO NOTHING`, agent, t.Hash, t.Cluster, t.Split, t.Order)
		if err != nil {
			return err
		}
	}
	return nil
}

// settleEntry notes what cases quote, and closes what they were proposed as.
func settleEntry(ctx context.Context, tx *sql.Tx, a eval.Admission, fresh []eval.StoredCase) error {
	for _, c := range fresh {
		_, err := exec(quiet(ctx), tx, `INSERT OR IGNORE INTO case_files (agent, id, file_id) SELECT ?, ?, value FROM json_each(?)`,
			c.Agent, c.ID, list(a.Files))
		if err != nil {
			return err
		}
	}
	if a.Proposal != "" {
		if err := closeProposal(ctx, tx, a.Agent, a.Proposal, accepted); err != nil {
			return fmt.Errorf("proposal %s: %w", a.Proposal, err)
		}
	}
	return forgetGone(ctx, tx, a.Files)
}
