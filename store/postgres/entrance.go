package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/eval"
)

var _ eval.Entrance = (*DB)(nil)

// EnterCases implements eval.Entrance, under an advisory lock of the agent.
func (db *DB) EnterCases(ctx context.Context, a eval.Admission, place func(eval.Known) ([]eval.StoredCase, []eval.Tie, error)) (int, error) {
	var added int
	err := db.write(ctx, func(tx pgx.Tx) error {
		_, err := exec(ctx, tx, `SELECT pg_advisory_xact_lock(hashtextextended('hone cases ' || current_schema() || ' ' || $1, 0))`, a.Agent)
		if err != nil {
			return err
		}
		var known eval.Known
		if known.Secret, err = caseSecret(ctx, tx, a.Agent); err != nil {
			return err
		}
		if known.Cases, err = casesOf(ctx, tx, eval.CaseFilter{Agent: a.Agent, Retired: true}); err != nil {
			return err
		}
		known.Ties, err = all(ctx, tx, func(row scanner) (t eval.Tie, err error) {
			return t, row.Scan(&t.Hash, &t.Cluster, &t.Split, &t.Order)
		}, `SELECT hash, cluster, split, position FROM case_ties WHERE agent = $1`, a.Agent)
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
func caseSecret(ctx context.Context, tx pgx.Tx, agent string) ([]byte, error) {
	_, err := exec(quiet(ctx), tx, `INSERT INTO case_secrets (agent, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING`, agent, eval.NewSecret())
	if err != nil {
		return nil, err
	}
	return one(ctx, tx, value[[]byte], `SELECT secret FROM case_secrets WHERE agent = $1`, agent)
}

func keepTies(ctx context.Context, tx pgx.Tx, agent string, ties []eval.Tie) error {
	var hashes, clusters, splits []string
	var orders []int64
	for _, t := range ties {
		hashes, clusters = append(hashes, t.Hash), append(clusters, t.Cluster)
		splits, orders = append(splits, string(t.Split)), append(orders, t.Order)
	}
	_, err := exec(ctx, tx, `
		INSERT INTO case_ties (agent, hash, cluster, split, position)
		SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[])
		ON CONFLICT (agent, hash) DO NOTHING`, agent, hashes, clusters, splits, orders)
	return err
}

// settleEntry notes what cases quote, and closes what they were proposed as.
func settleEntry(ctx context.Context, tx pgx.Tx, a eval.Admission, fresh []eval.StoredCase) error {
	for _, c := range fresh {
		_, err := exec(quiet(ctx), tx, `INSERT INTO case_files (agent, id, file_id) SELECT $1, $2, unnest($3::text[]) ON CONFLICT DO NOTHING`,
			c.Agent, c.ID, a.Files)
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
