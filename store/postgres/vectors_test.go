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

// TestShortScan checks that nothing is missed where an index scan gives up
// before the filter has let enough through.
func TestShortScan(t *testing.T) {
	url := database(t, "")
	before, err := Open(t.Context(), url)
	noError(t, err)
	noError(t, before.Close())
	config, err := pgx.ParseConfig(url)
	noError(t, err)
	for _, setting := range []string{"hnsw.max_scan_tuples = 1", "enable_seqscan = off", "enable_bitmapscan = off"} {
		run(t, url, "ALTER DATABASE "+config.Database+" SET "+setting)
	}
	db, err := Open(t.Context(), url)
	noError(t, err)
	defer db.Close()

	noError(t, db.CreateSource(t.Context(), knowledge.Source{ID: "vs_1", Name: "one"}))
	change := knowledge.Change{Source: "vs_1", Model: "m", Segment: []byte("s")}
	for i := range 500 {
		file := fmt.Sprint("file-", i)
		change.Put = append(change.Put, knowledge.NewDocument{
			Document: knowledge.Document{FileID: file, Path: file, Attributes: knowledge.Attributes{"far": i >= 490}},
			File:     knowledge.File{ID: file}, Content: []byte("x"),
			Chunks: []knowledge.Chunk{{Text: "x", Vector: []float32{1, float32(i)}}},
		})
	}
	noError(t, db.Apply(t.Context(), change))
	hits, err := db.NearestChunks(t.Context(), knowledge.VectorQuery{
		Sources: []string{"vs_1"}, Model: "m", Vector: []float32{1, 0}, Limit: 20,
		Filter: &knowledge.Filter{Type: knowledge.Eq, Key: "far", Value: true},
	})
	noError(t, err)
	if len(hits) != 10 || hits[0].Document.Path != "file-490" {
		t.Errorf("%d hits, want the 10 from file-490 on: %+v", len(hits), hits)
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
