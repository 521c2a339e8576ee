package postgres

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/knowledge"
)

// TestIndexFits checks that the query orders by what the index of its model is
// on, for each type of index, by forbidding Postgres all else.
func TestIndexFits(t *testing.T) {
	db := open(t).(*DB)
	ctx := t.Context()
	noError(t, db.CreateSource(ctx, knowledge.Source{ID: "vs_1", Name: "one"}))
	for dimensions, want := range map[int]string{3: "vector", 2000: "vector", 3072: "halfvec", 4001: ""} {
		v := make([]float32, dimensions)
		v[0] = 1
		file := fmt.Sprint("file-", dimensions)
		change := knowledge.Change{Source: "vs_1", Model: "m", Segment: []byte("s"), Put: []knowledge.NewDocument{{
			Document: knowledge.Document{FileID: file, Path: file}, File: knowledge.File{ID: file}, Content: []byte("x"),
			Chunks: []knowledge.Chunk{{Text: "x", Vector: v}},
		}}}
		noError(t, db.Apply(ctx, change))
		hits, err := db.NearestChunks(ctx, knowledge.VectorQuery{Sources: []string{"vs_1"}, Model: "m", Vector: v, Limit: 3})
		noError(t, err)
		if len(hits) != 1 || hits[0].Document.FileID != file {
			t.Errorf("%d dimensions: hits %+v", dimensions, hits)
		}

		m := vectorModel{"m", dimensions}
		if m.kind() != want {
			t.Errorf("%d dimensions are indexed as %q, want %q", dimensions, m.kind(), want)
		}
		if want == "" {
			continue
		}
		number, err := db.model(ctx, m)
		noError(t, err)
		q := knowledge.VectorQuery{
			Sources: []string{"vs_1"}, Model: "m", Vector: v, Limit: 3,
			Filter: &knowledge.Filter{Type: knowledge.Eq, Key: "kind", Value: "runbook"},
		}
		query, args := nearestQuery(q, number, fmt.Sprintf("::%s(%d)", want, dimensions))
		plan := explain(t, db, query, args)
		if index := fmt.Sprintf("Index Scan using vectors_%d ", number); !strings.Contains(plan, index) {
			t.Errorf("%d dimensions: no %s in\n%s", dimensions, index, plan)
		}
	}
}

// explain returns the plan of a query that may neither sort nor scan a table.
func explain(t *testing.T, db *DB, query string, args arguments) string {
	t.Helper()
	var plan []string
	noError(t, db.read(t.Context(), func(tx pgx.Tx) error {
		if _, err := exec(t.Context(), tx, `SET LOCAL enable_seqscan = off`); err != nil {
			return err
		}
		if _, err := exec(t.Context(), tx, `SET LOCAL enable_bitmapscan = off`); err != nil {
			return err
		}
		var err error
		plan, err = all(t.Context(), tx, value[string], `EXPLAIN `+query, args...)
		return err
	}))
	return strings.Join(plan, "\n")
}
