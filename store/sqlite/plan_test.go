package sqlite

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestNoScans checks that what runs once per document or question finds its rows
// by an index, however much is stored.
func TestNoScans(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "hone.db"))
	noError(t, err)
	defer db.Close()
	for _, query := range []string{
		`DELETE FROM documents WHERE ` + replaced,
		`SELECT` + documentColumns + `FROM documents WHERE source = ? AND path > ? ORDER BY path LIMIT ?`,
		`SELECT` + documentColumns + `, ordinal FROM documents WHERE segment_id = ?`,
		selectSources + `WHERE id = ?1 OR name = ?1 ORDER BY id <> ?1 LIMIT 1`,
		selectFiles + `WHERE id = ?`,
		selectRuns + `WHERE thread = ? AND error = '' ORDER BY created_at DESC, id DESC LIMIT ?`,
		selectRuns + `WHERE id IN (SELECT run FROM run_files WHERE file_id IN (SELECT value FROM json_each(?)))`,
		selectResponses + `WHERE id IN (SELECT response FROM response_files WHERE file_id IN (SELECT value FROM json_each(?)))`,
		`SELECT seq, item FROM conversation_items WHERE conversation = ? AND seq > ? ORDER BY seq LIMIT ?`,
		selectPrompts + `WHERE p.id = ?1 AND v.version = CASE ?2 WHEN 0 THEN p.in_use ELSE ?2 END`,
		selectRounds + `WHERE agent = ? ORDER BY started_at DESC, id DESC LIMIT ?`,
	} {
		plan, err := all(t.Context(), db.readers, func(row scanner) (step string, err error) {
			var id, parent, unused int
			return step, row.Scan(&id, &parent, &unused, &step)
		}, `EXPLAIN QUERY PLAN `+query, make([]any, strings.Count(query, "?"))...)
		noError(t, err)
		for _, step := range plan {
			scan := strings.HasPrefix(step, "SCAN") && !strings.Contains(step, "json_each")
			wholeSource := strings.HasSuffix(step, "(source=?)") && !strings.Contains(query, "FROM sources")
			if scan || wholeSource {
				t.Errorf("%s in\n%s", step, query)
			}
		}
	}
}

// TestBoundedReads checks that what reads the last or next of something meets no
// more rows than it returns, in their order.
func TestBoundedReads(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "hone.db"))
	noError(t, err)
	defer db.Close()
	for query, want := range map[string]string{
		entries:      "SEARCH rounds USING INDEX rounds_entered (agent=?)",
		questions:    "SEARCH runs USING INDEX runs_to_harvest (agent=?)",
		usualSeconds: "SEARCH runs USING INDEX runs_by_prompt (agent=? AND <expr>=? AND <expr>=? AND created_at<?)",
	} {
		plan, err := all(t.Context(), db.readers, func(row scanner) (step string, err error) {
			var id, parent, unused int
			return step, row.Scan(&id, &parent, &unused, &step)
		}, `EXPLAIN QUERY PLAN `+query, make([]any, strings.Count(query, "?"))...)
		noError(t, err)
		if steps := strings.Join(plan, "\n"); !strings.Contains(steps, want) || strings.Contains(steps, "B-TREE") {
			t.Errorf("%s\nin%s\nwant %s", steps, query, want)
		}
	}
}
