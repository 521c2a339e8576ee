package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"time"

	"github.com/honehq/hone/eval/rollout"
	"github.com/honehq/hone/prompts"
)

var _ prompts.Store = (*DB)(nil)

// CreatePrompt implements prompts.Store. An ID that is taken is an error
// wrapping fs.ErrExist.
func (db *DB) CreatePrompt(ctx context.Context, p prompts.Prompt) error {
	p.Version, p.CreatedAt = 1, createdAt(p)
	err := db.write(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, `INSERT INTO prompts (id, in_use) VALUES (?, 1)`, p.ID); err != nil {
			return taken(err)
		}
		if err := insertPrompt(ctx, tx, p); err != nil {
			return err
		}
		return logPrompt(ctx, tx, p.ID, prompts.Change{
			At: p.CreatedAt, Action: prompts.Activated, Version: 1, Author: p.Author, Reason: p.Reason,
		})
	})
	if err != nil {
		return fmt.Errorf("create prompt %s: %w", p.ID, err)
	}
	return nil
}

// createdAt is when a version came to be, unless its author says.
func createdAt(p prompts.Prompt) time.Time {
	if p.CreatedAt.IsZero() {
		return time.Now()
	}
	return p.CreatedAt
}

func insertPrompt(ctx context.Context, tx *sql.Tx, p prompts.Prompt) error {
	_, err := exec(ctx, tx, `
		INSERT INTO prompt_versions (prompt, version, text, variables, created_at, author, reason)
		VALUES (?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.Version, p.Text, jsonArg{p.Variables}, p.CreatedAt, p.Author, p.Reason)
	return err
}

func logPrompt(ctx context.Context, tx *sql.Tx, id string, c prompts.Change) error {
	_, err := exec(ctx, tx, `
		INSERT INTO prompt_log (prompt, at, action, version, previous, author, reason)
		VALUES (?, ?, ?, ?, ?, ?, ?)`,
		id, c.At, c.Action, c.Version, c.Previous, c.Author, c.Reason)
	return err
}

// AddPromptVersion implements prompts.Store.
func (db *DB) AddPromptVersion(ctx context.Context, p prompts.Prompt, based int, use bool) (prompts.Prompt, error) {
	err := db.write(ctx, func(tx *sql.Tx) error {
		inUse, latest, err := promptState(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		if based != inUse && based != latest {
			return prompts.ErrStale
		}
		p, err = addPrompt(ctx, tx, p, inUse, latest, use)
		return err
	})
	if err != nil {
		return prompts.Prompt{}, fmt.Errorf("prompt %s based on version %d: %w", p.ID, based, err)
	}
	return p, nil
}

// promptState returns the version in use and the latest one.
func promptState(ctx context.Context, tx *sql.Tx, id string) (inUse, latest int, err error) {
	_, err = one(ctx, tx, func(row scanner) (struct{}, error) {
		return struct{}{}, row.Scan(&inUse, &latest)
	}, `
		SELECT in_use, (SELECT max(version) FROM prompt_versions WHERE prompt = prompts.id)
		FROM prompts WHERE id = ?`, id)
	return inUse, latest, err
}

// addPrompt stores the version after latest and, if wanted, puts it in use.
func addPrompt(ctx context.Context, tx *sql.Tx, p prompts.Prompt, inUse, latest int, use bool) (prompts.Prompt, error) {
	p.Version, p.CreatedAt = latest+1, createdAt(p)
	if err := insertPrompt(ctx, tx, p); err != nil {
		return p, err
	}
	c := prompts.Change{
		At: p.CreatedAt, Action: prompts.Created, Version: p.Version, Previous: inUse, Author: p.Author, Reason: p.Reason,
	}
	if use {
		c.Action = prompts.Activated
		if err := activate(ctx, tx, p.ID, p.Version, p.Author); err != nil {
			return p, err
		}
	}
	if err := logPrompt(ctx, tx, p.ID, c); err != nil {
		return p, err
	}
	return onePrompt(ctx, tx, p.ID, p.Version)
}

// activate puts a version in use. If one is on trial, the author has overruled
// that.
func activate(ctx context.Context, tx *sql.Tx, id string, version int, author string) error {
	if err := endRollout(ctx, tx, id, rollout.Overruled, fmt.Sprintf("%s put version %d in use.", cmp.Or(author, "someone"), version)); err != nil {
		return err
	}
	return change(ctx, tx, `UPDATE prompts SET in_use = ? WHERE id = ?`, version, id)
}

// UsePrompt implements prompts.Store.
func (db *DB) UsePrompt(ctx context.Context, id string, version, was int, author, reason string) (prompts.Prompt, error) {
	var p prompts.Prompt
	err := db.write(ctx, func(tx *sql.Tx) (err error) {
		p, err = usePrompt(ctx, tx, id, version, was, author, reason)
		return err
	})
	if err != nil {
		return prompts.Prompt{}, fmt.Errorf("use prompt %s@%d: %w", id, version, err)
	}
	return p, nil
}

func usePrompt(ctx context.Context, tx *sql.Tx, id string, version, was int, author, reason string) (p prompts.Prompt, err error) {
	inUse, _, err := promptState(ctx, tx, id)
	if err != nil {
		return p, err
	}
	if was != 0 && was != inUse {
		return p, prompts.ErrStale
	}
	if err := activate(ctx, tx, id, version, author); err != nil {
		return p, err
	}
	if p, err = onePrompt(ctx, tx, id, version); err != nil {
		return p, err
	}
	return p, logPrompt(ctx, tx, id, prompts.Change{
		At: time.Now(), Action: prompts.Activated, Version: version, Previous: inUse, Author: author, Reason: reason,
	})
}

const selectPrompts = `
	SELECT v.prompt, v.version, v.text, v.variables, v.version = p.in_use, v.created_at, v.author, v.reason
	FROM prompts AS p JOIN prompt_versions AS v ON v.prompt = p.id `

func scanPrompt(row scanner) (p prompts.Prompt, err error) {
	return p, row.Scan(&p.ID, &p.Version, &p.Text, jsonColumn{&p.Variables}, &p.InUse,
		timeColumn{&p.CreatedAt}, &p.Author, &p.Reason)
}

// onePrompt returns a version; 0 means the one in use.
func onePrompt(ctx context.Context, q querier, id string, version int) (prompts.Prompt, error) {
	return one(ctx, q, scanPrompt,
		selectPrompts+`WHERE p.id = ?1 AND v.version = CASE ?2 WHEN 0 THEN p.in_use ELSE ?2 END`, id, version)
}

// Prompt implements prompts.Store.
func (db *DB) Prompt(ctx context.Context, id string, version int) (prompts.Prompt, error) {
	p, err := onePrompt(ctx, db.readers, id, version)
	if err != nil {
		return p, fmt.Errorf("prompt %s@%d: %w", id, version, err)
	}
	return p, nil
}

// PromptVersions implements prompts.Store.
func (db *DB) PromptVersions(ctx context.Context, id string) ([]prompts.Prompt, error) {
	query := selectPrompts + `WHERE p.id = ?1 ORDER BY v.version`
	if id == "" {
		query = selectPrompts + `WHERE ?1 = '' AND v.version = p.in_use ORDER BY p.seq`
	}
	list, err := all(ctx, db.readers, scanPrompt, query, id)
	if err != nil {
		return nil, fmt.Errorf("versions of prompt %s: %w", id, err)
	}
	if id != "" && len(list) == 0 {
		return nil, fmt.Errorf("versions of prompt %s: %w", id, fs.ErrNotExist)
	}
	return list, nil
}

// PromptLog implements prompts.Store.
func (db *DB) PromptLog(ctx context.Context, id string) ([]prompts.Change, error) {
	list, err := all(ctx, db.readers, func(row scanner) (c prompts.Change, err error) {
		return c, row.Scan(timeColumn{&c.At}, &c.Action, &c.Version, &c.Previous, &c.Author, &c.Reason)
	}, `SELECT at, action, version, previous, author, reason FROM prompt_log WHERE prompt = ? ORDER BY seq`, id)
	if err == nil && len(list) == 0 { // each prompt's log begins with its creation
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("log of prompt %s: %w", id, err)
	}
	return list, nil
}

// DeletePrompt implements prompts.Store.
func (db *DB) DeletePrompt(ctx context.Context, id string) error {
	if err := change(ctx, db.writer, `DELETE FROM prompts WHERE id = ?`, id); err != nil {
		return fmt.Errorf("delete prompt %s: %w", id, err)
	}
	return nil
}
