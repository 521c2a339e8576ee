package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/honehq/hone/eval/calibrate"
)

var _ calibrate.Store = (*DB)(nil)

// AddLabelItems implements calibrate.Store.
func (db *DB) AddLabelItems(ctx context.Context, agent string, items []calibrate.Item) (int, error) {
	added := 0
	err := db.write(ctx, func(tx *sql.Tx) error {
		ctx := quiet(ctx)
		for _, i := range items {
			i.Label = nil
			n, err := exec(ctx, tx, `
				INSERT INTO label_items (agent, id, data, files) SELECT ?1, ?2, ?3, ?4
				WHERE NOT EXISTS (SELECT 1 FROM deleted_files WHERE file_id IN (SELECT value FROM json_each(?4)))
				ON CONFLICT (agent, id) DO NOTHING`, agent, i.ID, jsonArg{i}, list(i.Files()))
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
	items, err := all(ctx, db.readers, func(row scanner) (i calibrate.Item, err error) {
		var label string
		if err := row.Scan(jsonColumn{&i}, &label); err != nil {
			return i, err
		}
		return i, jsonColumn{&i.Label}.Scan(label)
	}, `SELECT data, coalesce(label, 'null') FROM label_items WHERE agent = ? ORDER BY seq`, agent)
	if err != nil {
		return nil, fmt.Errorf("answers to label of agent %s: %w", agent, err)
	}
	return items, nil
}

// PutLabel implements calibrate.Store.
func (db *DB) PutLabel(ctx context.Context, agent, item string, l calibrate.Label) error {
	if err := change(ctx, db.writer, `UPDATE label_items SET label = ? WHERE agent = ? AND id = ?`, jsonArg{l}, agent, item); err != nil {
		return fmt.Errorf("label of answer %s of agent %s: %w", item, agent, err)
	}
	return nil
}

// PutCalibration implements calibrate.Store.
func (db *DB) PutCalibration(ctx context.Context, c calibrate.Calibration) error {
	_, err := exec(ctx, db.writer, `
		INSERT INTO calibrations (agent, judge, data) VALUES (?1, ?2, ?3)
		ON CONFLICT (agent, judge) DO UPDATE SET data = excluded.data`, c.Agent, c.Judge, jsonArg{c})
	if err != nil {
		return fmt.Errorf("calibration of judge %s for agent %s: %w", c.Judge, c.Agent, err)
	}
	return nil
}

// Calibration implements calibrate.Store.
func (db *DB) Calibration(ctx context.Context, agent, judge string) (calibrate.Calibration, error) {
	c, err := one(ctx, db.readers, func(row scanner) (c calibrate.Calibration, err error) {
		return c, row.Scan(jsonColumn{&c})
	}, `SELECT data FROM calibrations WHERE agent = ? AND judge = ?`, agent, judge)
	if err != nil {
		return c, fmt.Errorf("calibration of judge %s for agent %s: %w", judge, agent, err)
	}
	return c, nil
}

// forgetInLabels forgets answers to label that cite files.
func forgetInLabels(ctx context.Context, tx *sql.Tx, ids []string) error {
	_, err := exec(ctx, tx, `
		DELETE FROM label_items WHERE EXISTS (
			SELECT 1 FROM json_each(files) f WHERE f.value IN (SELECT value FROM json_each(?)))`, list(ids))
	return err
}
