package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/agent"
)

// TestBoundedReads checks that what reads the last or next of something can do
// so along an index, in the order of its rows.
func TestBoundedReads(t *testing.T) {
	db, err := Open(t.Context(), database(t, ""))
	noError(t, err)
	defer db.Close()
	for index, read := range map[string]struct {
		query string
		args  []any
	}{
		"rounds_entered":  {entries, []any{"a"}},
		"runs_to_harvest": {questions, []any{"a", 1}},
		"runs_by_prompt":  {usualSeconds, []any{"a", "pmpt_1", 1, time.Now(), []string{string(agent.FromHTTP)}, 1}},
	} {
		var steps []string
		noError(t, db.write(t.Context(), func(tx pgx.Tx) (err error) {
			// Tables are empty: what is asked is what the planner can do, not what it
			// prefers.
			if _, err = exec(t.Context(), tx, `SET LOCAL enable_seqscan = off`); err == nil {
				_, err = exec(t.Context(), tx, `SET LOCAL enable_bitmapscan = off`)
			}
			if err == nil {
				steps, err = all(t.Context(), tx, value[string], `EXPLAIN `+read.query, read.args...)
			}
			return err
		}))
		if plan := strings.Join(steps, "\n"); !strings.Contains(plan, " using "+index+" on ") || strings.Contains(plan, "Sort") {
			t.Errorf("%s\nin%s", plan, read.query)
		}
	}
}
