package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/eval"
)

// Record implements eval.Answers.
func (db *DB) Record(ctx context.Context, r eval.Recorded) (result json.RawMessage, err error) {
	err = db.write(ctx, func(tx pgx.Tx) (err error) {
		// Whoever ends the round, or deletes one of the files, waits from here
		// on, and then sees the result.
		if _, err := one(ctx, tx, value[int], `SELECT 1 FROM rounds WHERE id = $1 AND state = $2 FOR SHARE`, r.Round, eval.Running); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `SELECT FROM files WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE`, r.Files); err != nil {
			return err
		}
		result, err = record(ctx, tx, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("record a result of round %s: %w", r.Round, err)
	}
	return result, nil
}

func record(ctx context.Context, tx pgx.Tx, r eval.Recorded) (json.RawMessage, error) {
	_, err := exec(ctx, tx, `
		INSERT INTO round_records (round, kind, conditions, prompt, case_id, repeat, files, result)
		SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::integer, $7::text[], $8::text
		WHERE NOT EXISTS (SELECT 1 FROM deleted_files WHERE file_id = ANY ($7))
		ON CONFLICT DO NOTHING`, r.Round, string(r.Kind), r.Conditions, r.Prompt, r.Case, r.Repeat, r.Files, r.Result)
	if err != nil {
		return nil, err
	}
	result, err := one(ctx, tx, scanRaw, `
		SELECT result FROM round_records
		WHERE round = $1 AND kind = $2 AND conditions = $3 AND prompt = $4 AND case_id = $5 AND repeat = $6`,
		r.Round, r.Kind, r.Conditions, r.Prompt, r.Case, r.Repeat)
	if errors.Is(err, fs.ErrNotExist) {
		return r.Result, nil
	}
	return result, err
}

func scanRaw(row scanner) (raw json.RawMessage, err error) { return raw, row.Scan(rawColumn{&raw}) }

// Recorded implements eval.Answers.
func (db *DB) Recorded(ctx context.Context, round string) ([]eval.Recorded, error) {
	list, err := all(ctx, db.pool, func(row scanner) (r eval.Recorded, err error) {
		return r, row.Scan(&r.Round, &r.Kind, &r.Conditions, &r.Prompt, &r.Case, &r.Repeat, &r.Files, rawColumn{&r.Result})
	}, `SELECT round, kind, conditions, prompt, case_id, repeat, files, result FROM round_records WHERE round = $1`, round)
	if err != nil {
		return nil, fmt.Errorf("results of round %s: %w", round, err)
	}
	return list, nil
}

// ForgetRecorded implements eval.Answers.
func (db *DB) ForgetRecorded(ctx context.Context, round string) error {
	if _, err := exec(ctx, db.pool, `DELETE FROM round_records WHERE round = $1`, round); err != nil {
		return fmt.Errorf("forget results of round %s: %w", round, err)
	}
	return nil
}

// forgetRecorded forgets what is not kept once a round has ended: all of it but
// the answers to train and dev cases, and of those all but the last rounds'.
func forgetRecorded(ctx context.Context, tx pgx.Tx, r eval.Round) error {
	_, err := exec(ctx, tx, `DELETE FROM round_records WHERE round = $1 AND kind NOT IN ($2, $3)`, r.ID, eval.OfTrain, eval.OfDev)
	if err != nil {
		return err
	}
	_, err = exec(ctx, tx, `
		DELETE FROM round_records WHERE round IN (
			SELECT id FROM rounds WHERE agent = $1 AND state <> $2 ORDER BY started_at DESC, id DESC OFFSET $3)`,
		r.Agent, eval.Running, eval.RoundsKept)
	return err
}

// forgetInRecords forgets recorded results that cite files.
func forgetInRecords(ctx context.Context, tx pgx.Tx, ids []string) error {
	_, err := exec(ctx, tx, `DELETE FROM round_records WHERE files && $1`, ids)
	return err
}
