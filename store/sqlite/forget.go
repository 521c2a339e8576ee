package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/internal/forget"
)

// forgetFiles takes the text of deleted files out of runs, responses,
// conversations, results of rounds, and cases that were made of them.
func forgetFiles(ctx context.Context, tx *sql.Tx, ids []string) error {
	if err := forgetInRuns(ctx, tx, ids); err != nil {
		return fmt.Errorf("forget in runs: %w", err)
	}
	if err := forgetInResponses(ctx, tx, ids); err != nil {
		return fmt.Errorf("forget in responses: %w", err)
	}
	if err := forgetInItems(ctx, tx, ids); err != nil {
		return fmt.Errorf("forget in conversations: %w", err)
	}
	if err := forgetInCases(ctx, tx, ids); err != nil {
		return fmt.Errorf("forget in cases: %w", err)
	}
	if err := forgetInRecords(ctx, tx, ids); err != nil {
		return fmt.Errorf("forget in results of rounds: %w", err)
	}
	if err := forgetInLabels(ctx, tx, ids); err != nil {
		return fmt.Errorf("forget in answers to label: %w", err)
	}
	return nil
}

// forgetGone does that for text which has just been stored, and whose files were
// deleted while it was on its way.
func forgetGone(ctx context.Context, tx *sql.Tx, files []string) error {
	gone, err := all(ctx, tx, value[string],
		`SELECT file_id FROM deleted_files WHERE file_id IN (SELECT value FROM json_each(?))`, list(files))
	if err != nil || len(gone) == 0 {
		return err
	}
	return forgetFiles(ctx, tx, gone)
}

func forgetInRuns(ctx context.Context, tx *sql.Tx, ids []string) error {
	runs, err := all(ctx, tx, scanRun, selectRuns+`
		WHERE id IN (SELECT run FROM run_files WHERE file_id IN (SELECT value FROM json_each(?)))`, list(ids))
	if err != nil {
		return err
	}
	for _, r := range runs {
		forgetAnswer(&r.Answer, ids)
		_, err := exec(ctx, tx, `UPDATE runs SET answer = ?, items = ? WHERE id = ?`,
			jsonArg{r.Answer}, forget.Items(r.Items), r.ID)
		if err != nil {
			return err
		}
	}
	_, err = exec(ctx, tx, `DELETE FROM run_files WHERE file_id IN (SELECT value FROM json_each(?))`, list(ids))
	return err
}

// forgetAnswer removes an answer and what it quotes from files.
func forgetAnswer(a *agent.Answer, files []string) {
	a.Answer = forget.Mark
	for i := range a.Citations {
		if c := &a.Citations[i]; slices.Contains(files, c.FileID) {
			c.Title, c.Section, c.Quote = "", "", forget.Mark
		}
	}
}

func forgetInResponses(ctx context.Context, tx *sql.Tx, ids []string) error {
	responses, err := all(ctx, tx, scanResponse, selectResponses+`
		WHERE id IN (SELECT response FROM response_files WHERE file_id IN (SELECT value FROM json_each(?)))`, list(ids))
	if err != nil {
		return err
	}
	for _, r := range responses {
		_, err := exec(ctx, tx, `UPDATE responses SET input = ?, response = ? WHERE id = ?`,
			forget.Items(r.Input), forget.Items(r.Response), r.ID)
		if err != nil {
			return err
		}
	}
	_, err = exec(ctx, tx, `DELETE FROM response_files WHERE file_id IN (SELECT value FROM json_each(?))`, list(ids))
	return err
}

func forgetInItems(ctx context.Context, tx *sql.Tx, ids []string) error {
	type item struct {
		seq int64
		raw json.RawMessage
	}
	items, err := all(ctx, tx, func(row scanner) (i item, err error) {
		return i, row.Scan(&i.seq, rawColumn{&i.raw})
	}, `
		SELECT seq, item FROM conversation_items
		WHERE seq IN (SELECT item FROM item_files WHERE file_id IN (SELECT value FROM json_each(?)))`, list(ids))
	if err != nil {
		return err
	}
	for _, i := range items {
		if _, err := exec(ctx, tx, `UPDATE conversation_items SET item = ? WHERE seq = ?`, forget.Items(i.raw), i.seq); err != nil {
			return err
		}
	}
	_, err = exec(ctx, tx, `DELETE FROM item_files WHERE file_id IN (SELECT value FROM json_each(?))`, list(ids))
	return err
}
