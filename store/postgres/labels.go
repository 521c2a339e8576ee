package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/eval/calibrate"
)

var _ calibrate.Store = (*DB)(nil)

// AddLabelItems implements calibrate.Store.
func (db *DB) AddLabelItems(ctx context.Context, agent string, items []calibrate.Item) (int, error) {
	var added int
	err := db.write(ctx, func(tx pgx.Tx) error {
		ctx := quiet(ctx)
		added = 0
		for _, i := range items {
			// Whoever deletes one of the files waits from here on, and then sees
			// the answer.
			if _, err := exec(ctx, tx, `SELECT FROM files WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE`, i.Files()); err != nil {
				return err
			}
			i.Label = nil
			n, err := exec(ctx, tx, `
				INSERT INTO label_items (agent, id, data, files) SELECT $1::text, $2::text, $3::jsonb, $4::text[]
				WHERE NOT EXISTS (SELECT 1 FROM deleted_files WHERE file_id = ANY ($4))
				ON CONFLICT (agent, id) DO NOTHING`, agent, i.ID, jsonArg{i}, i.Files())
			if err != nil {
				return fmt.Errorf("%s: %w", i.ID, err)
			}
			added += int(n)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("add answers to label of agent %s: %w", agent, err)
	}
	return added, nil
}

// LabelItems implements calibrate.Store.
func (db *DB) LabelItems(ctx context.Context, agent string) ([]calibrate.Item, error) {
	items, err := all(ctx, db.pool, func(row scanner) (i calibrate.Item, err error) {
		var label string
		if err := row.Scan(jsonColumn{&i}, &label); err != nil {
			return i, err
		}
		return i, jsonColumn{&i.Label}.Scan(label)
	}, `SELECT data, coalesce(label, 'null')::text FROM label_items WHERE agent = $1 ORDER BY seq`, agent)
	if err != nil {
		return nil, fmt.Errorf("answers to label of agent %s: %w", agent, err)
	}
	return items, nil
}

// PutLabel implements calibrate.Store.
func (db *DB) PutLabel(ctx context.Context, agent, item string, l calibrate.Label) error {
	if err := change(ctx, db.pool, `UPDATE label_items SET label = $1 WHERE agent = $2 AND id = $3`, jsonArg{l}, agent, item); err != nil {
		return fmt.Errorf("label of answer %s of agent %s: %w", item, agent, err)
	}
	return nil
}

// PutCalibration implements calibrate.Store.
func (db *DB) PutCalibration(ctx context.Context, c calibrate.Calibration) error {
	_, err := exec(ctx, db.pool, `
		INSERT INTO calibrations (agent, judge, data) VALUES ($1, $2, $3)
		ON CONFLICT (agent, judge) DO UPDATE SET data = excluded.data`, c.Agent, c.Judge, jsonArg{c})
	if err != nil {
		return fmt.Errorf("calibration of judge %s for agent %s: %w", c.Judge, c.Agent, err)
	}
	return nil
}

// Calibration implements calibrate.Store.
func (db *DB) Calibration(ctx context.Context, agent, judge string) (calibrate.Calibration, error) {
	c, err := one(ctx, db.pool, func(row scanner) (c calibrate.Calibration, err error) {
		return c, row.Scan(jsonColumn{&c})
	}, `SELECT data FROM calibrations WHERE agent = $1 AND judge = $2`, agent, judge)
	if err != nil {
		return c, fmt.Errorf("calibration of judge %s for agent %s: %w", judge, agent, err)
	}
	return c, nil
}

// forgetInLabels forgets answers to label that cite files.
func forgetInLabels(ctx context.Context, tx pgx.Tx, ids []string) error {
	_, err := exec(ctx, tx, `DELETE FROM label_items WHERE files && $1`, ids)
	return err
}
