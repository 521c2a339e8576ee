package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/harvest"
	"github.com/honehq/hone/internal/forget"
)

var _ harvest.Store = (*DB)(nil)

// The states of a proposal.
const (
	proposed  = "open"
	accepted  = "accepted"
	declined  = "declined"
	forgotten = "forgotten" // a document that it quoted was deleted
)

// Corrections implements harvest.Store.
func (db *DB) Corrections(ctx context.Context, agent string, limit int) ([]harvest.Correction, error) {
	found, err := all(ctx, db.pool, func(row scanner) (c harvest.Correction, err error) {
		return c, row.Scan(&c.Number, &c.Run, &c.Question, &c.Text, timeColumn{&c.At})
	}, `
		SELECT seq, run, question, correction, at FROM feedback JOIN runs ON runs.id = run
		WHERE agent = $1 AND rating = 'down' AND btrim(correction, E' \t\r\n') <> '' AND seq NOT IN (SELECT seq FROM harvested_feedback)
		ORDER BY seq LIMIT $2`, agent, noLimit(limit))
	if err != nil {
		return nil, fmt.Errorf("corrections of agent %s: %w", agent, err)
	}
	return found, nil
}

// SettleCorrection implements harvest.Store.
func (db *DB) SettleCorrection(ctx context.Context, number int64, p *harvest.Proposal) error {
	err := db.write(ctx, func(tx pgx.Tx) error {
		if p != nil {
			if err := propose(ctx, tx, *p); err != nil {
				return err
			}
		}
		_, err := exec(ctx, tx, `INSERT INTO harvested_feedback (seq) SELECT seq FROM feedback WHERE seq = $1 ON CONFLICT DO NOTHING`, number)
		return err
	})
	if err != nil {
		return fmt.Errorf("settle correction %d: %w", number, err)
	}
	return nil
}

const questions = `
	SELECT id, question, created_at FROM runs WHERE agent = $1 AND to_harvest
	ORDER BY created_at, id LIMIT $2`

// Questions implements harvest.Store.
func (db *DB) Questions(ctx context.Context, of string, limit int) ([]harvest.Question, error) {
	found, err := all(ctx, db.pool, func(row scanner) (q harvest.Question, err error) {
		return q, row.Scan(&q.Run, &q.Text, timeColumn{&q.At})
	}, questions, of, noLimit(limit))
	if err != nil {
		return nil, fmt.Errorf("questions to agent %s: %w", of, err)
	}
	return found, nil
}

// SettleQuestions implements harvest.Store.
func (db *DB) SettleQuestions(ctx context.Context, runs []string, proposals []harvest.Proposal) error {
	err := db.write(ctx, func(tx pgx.Tx) error {
		for _, p := range proposals {
			if err := propose(ctx, tx, p); err != nil {
				return err
			}
		}
		_, err := exec(ctx, tx, `UPDATE runs SET to_harvest = false WHERE id = ANY ($1)`, runs)
		return err
	})
	if err != nil {
		return fmt.Errorf("settle %d questions: %w", len(runs), err)
	}
	return nil
}

// propose stores a proposal, unless one of its ID is or was there, or its run
// is gone.
func propose(ctx context.Context, tx pgx.Tx, p harvest.Proposal) error {
	n, err := exec(ctx, tx, `
		INSERT INTO proposals (agent, id, kind, run, state, note, data, created_at)
		SELECT $1, $2, $3, id, $4, $5, $6::jsonb, $7::timestamptz FROM runs WHERE id = $8
		ON CONFLICT (agent, id) DO NOTHING`,
		p.Agent, p.ID, p.Kind, proposed, p.Note, jsonArg{p.Case}, p.CreatedAt, p.Run)
	if err != nil || n == 0 {
		return err
	}
	_, err = exec(ctx, tx, `INSERT INTO proposal_files (agent, id, file_id) SELECT $1, $2, unnest($3::text[]) ON CONFLICT DO NOTHING`,
		p.Agent, p.ID, p.Files)
	if err != nil {
		return err
	}
	return forgetGone(ctx, tx, p.Files)
}

const selectProposals = `
	SELECT agent, id, kind, run, note, data, created_at,
		ARRAY(SELECT file_id FROM proposal_files AS f WHERE f.agent = proposals.agent AND f.id = proposals.id ORDER BY file_id)
	FROM proposals WHERE state = 'open' AND agent = $1 `

func scanProposal(row scanner) (p harvest.Proposal, err error) {
	return p, row.Scan(&p.Agent, &p.ID, &p.Kind, &p.Run, &p.Note, jsonColumn{&p.Case}, timeColumn{&p.CreatedAt}, &p.Files)
}

// Proposals implements harvest.Store.
func (db *DB) Proposals(ctx context.Context, agent string) ([]harvest.Proposal, error) {
	found, err := all(ctx, db.pool, scanProposal, selectProposals+`ORDER BY created_at, id`, agent)
	if err != nil {
		return nil, fmt.Errorf("proposals for agent %s: %w", agent, err)
	}
	return found, nil
}

// Proposal implements harvest.Store.
func (db *DB) Proposal(ctx context.Context, agent, id string) (harvest.Proposal, error) {
	p, err := one(ctx, db.pool, scanProposal, selectProposals+`AND id = $2`, agent, id)
	if err != nil {
		return p, fmt.Errorf("proposal %s: %w", id, err)
	}
	return p, nil
}

// DeclineProposal implements harvest.Store.
func (db *DB) DeclineProposal(ctx context.Context, agent, id string) error {
	err := db.write(ctx, func(tx pgx.Tx) error { return closeProposal(ctx, tx, agent, id, declined) })
	if err != nil {
		return fmt.Errorf("decline proposal %s: %w", id, err)
	}
	return nil
}

// closeProposal empties an open proposal.
func closeProposal(ctx context.Context, tx pgx.Tx, agent, id, state string) error {
	err := change(ctx, tx, `UPDATE proposals SET state = $1, note = '', data = NULL WHERE agent = $2 AND id = $3 AND state = $4`, state, agent, id, proposed)
	if err != nil {
		return err
	}
	_, err = exec(ctx, tx, `DELETE FROM proposal_files WHERE agent = $1 AND id = $2`, agent, id)
	return err
}

// forgetInCases empties proposals and cases that quote files. The shell of a
// case stays, retired, for the rounds that name it.
func forgetInCases(ctx context.Context, tx pgx.Tx, ids []string) error {
	type key struct{ agent, id string }
	find := func(table string) ([]key, error) {
		return all(ctx, tx, func(row scanner) (k key, err error) { return k, row.Scan(&k.agent, &k.id) },
			`SELECT DISTINCT agent, id FROM `+table+` WHERE file_id = ANY ($1) ORDER BY agent, id`, ids)
	}
	proposals, err := find("proposal_files")
	if err != nil {
		return err
	}
	for _, k := range proposals {
		if err := closeProposal(ctx, tx, k.agent, k.id, forgotten); err != nil {
			return err
		}
	}
	cases, err := find("case_files")
	if err != nil {
		return err
	}
	for _, k := range cases {
		shell := eval.Case{ID: k.id, Question: forget.Mark, Type: eval.Unanswerable}
		_, err := exec(ctx, tx, `
			UPDATE cases SET data = $1, origin = '', retired_at = coalesce(retired_at, $2) WHERE agent = $3 AND id = $4`,
			jsonArg{shell}, time.Now(), k.agent, k.id)
		if err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `DELETE FROM case_files WHERE agent = $1 AND id = $2`, k.agent, k.id); err != nil {
			return err
		}
	}
	return nil
}

// HarvestedTexts implements harvest.Store.
func (db *DB) HarvestedTexts(ctx context.Context, agent string) ([]string, error) {
	found, err := all(ctx, db.pool, value[string], `SELECT hash FROM harvested_texts WHERE agent = $1 ORDER BY hash`, agent)
	if err != nil {
		return nil, fmt.Errorf("harvested texts of agent %s: %w", agent, err)
	}
	return found, nil
}

// AddHarvestedText implements harvest.Store.
func (db *DB) AddHarvestedText(ctx context.Context, agent, hash string) error {
	_, err := exec(ctx, db.pool, `INSERT INTO harvested_texts (agent, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING`, agent, hash)
	if err != nil {
		return fmt.Errorf("harvested text of agent %s: %w", agent, err)
	}
	return nil
}

// TakeHarvest implements harvest.Store, by the clock of the database.
func (db *DB) TakeHarvest(ctx context.Context, agent, owner string, ttl time.Duration) (bool, error) {
	n, err := exec(ctx, db.pool, `
		INSERT INTO harvest_turns (agent, owner, until) VALUES ($1, $2, clock_timestamp() + $3::interval)
		ON CONFLICT (agent) DO UPDATE SET owner = $2, until = clock_timestamp() + $3::interval
			WHERE harvest_turns.owner = $2 OR harvest_turns.until <= clock_timestamp()`, agent, owner, ttl)
	if err != nil {
		return false, fmt.Errorf("harvest of %s for agent %s: %w", owner, agent, err)
	}
	return n > 0, nil
}

// EndHarvest implements harvest.Store. A turn of someone else stays.
func (db *DB) EndHarvest(ctx context.Context, agent, owner string) error {
	_, err := exec(ctx, db.pool, `DELETE FROM harvest_turns WHERE agent = $1 AND owner = $2`, agent, owner)
	if err != nil {
		return fmt.Errorf("end harvest of %s for agent %s: %w", owner, agent, err)
	}
	return nil
}
