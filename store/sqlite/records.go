package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/honehq/hone/eval"
)

// Record implements eval.Answers.
func (db *DB) Record(ctx context.Context, r eval.Recorded) (result json.RawMessage, err error) {
	err = db.write(ctx, func(tx *sql.Tx) (err error) {
		if _, err := one(ctx, tx, value[int], `SELECT 1 FROM rounds WHERE id = ? AND state = ?`, r.Round, eval.Running); err != nil {
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

func record(ctx context.Context, tx *sql.Tx, r eval.Recorded) (json.RawMessage, error) {
	_, err := exec(ctx, tx, `
		INSERT INTO round_records (round, kind, conditions, prompt, case_id, repeat, files, result)
		SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
		WHERE NOT EXISTS (SELECT 1 FROM deleted_files WHERE file_id IN (SELECT value FROM json_each(?7)))
		ON CONFLICT DO NOTHING`, r.Round, r.Kind, r.Conditions, r.Prompt, r.Case, r.Repeat, list(r.Files), r.Result)
	if err != nil {
		return nil, err
	}
	result, err := one(ctx, tx, scanRaw, `
		SELECT result FROM round_records
		WHERE round = ? AND kind = ? AND conditions = ? AND prompt = ? AND case_id = ? AND repeat = ?`,
		r.Round, r.Kind, r.Conditions, r.Prompt, r.Case, r.Repeat)
	if errors.Is(err, fs.ErrNotExist) {
		return r.Result, nil
	}
	return result, err
}

func scanRaw(row scanner) (raw json.RawMessage, err error) { return raw, row.Scan(rawColumn{&raw}) }

// Recorded implements eval.Answers.
func (db *DB) Recorded(ctx context.Context, round string) ([]eval.Recorded, error) {
	list, err := all(ctx, db.readers, func(row scanner) (r eval.Recorded, err error) {
		return r, row.Scan(&r.Round, &r.Kind, &r.Conditions, &r.Prompt, &r.Case, &r.Repeat, jsonColumn{&r.Files}, rawColumn{&r.Result})
	}, `SELECT round, kind, conditions, prompt, case_id, repeat, files, result FROM round_records WHERE round = ?`, round)
	if err != nil {
		return nil, fmt.Errorf("results of round %s: %w", round, err)
	}
	return list, nil
}

// ForgetRecorded implements eval.Answers.
func (db *DB) ForgetRecorded(ctx context.Context, round string) error {
	if _, err := exec(ctx, db.writer, `DELETE FROM round_records WHERE round = ?`, round); err != nil {
		return fmt.Errorf("forget results of round %s: %w", round, err)
	}
	return nil
}

// forgetRecorded forgets what is not kept once a round has ended: all of it but
// the answers to train and dev cases, and of those all but the last rounds'.
func forgetRecorded(ctx context.Context, tx *sql.Tx, r eval.Round) error {
	_, err := exec(ctx, tx, `DELETE FROM round_records WHERE round = ? AND kind NOT IN (?, ?)`, r.ID, eval.OfTrain, eval.OfDev)
	if err != nil {
		return err
	}
	_, err = exec(ctx, tx, `
		DELETE FROM round_records WHERE round IN (
			SELECT id FROM rounds WHERE agent = ? AND state <> ? ORDER BY started_at DESC, id DESC LIMIT -1 OFFSET ?)`,
		r.Agent, eval.Running, eval.RoundsKept)
	return err
}

// forgetInRecords forgets recorded results that cite files.
func forgetInRecords(ctx context.Context, tx *sql.Tx, ids []string) error {
	_, err := exec(ctx, tx, `
		DELETE FROM round_records WHERE files <> '[]' AND EXISTS (
			SELECT 1 FROM json_each(files) f WHERE f.value IN (SELECT value FROM json_each(?)))`, list(ids))
	return err
}
