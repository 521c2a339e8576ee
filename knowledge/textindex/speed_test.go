package textindex_test

import (
	"database/sql"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/honehq/hone/knowledge/textindex"
)

// BenchmarkSearch asks every question of this index and of SQLite's FTS5 over
// the same chunks, in turn, and reports the median and the 95th percentile of
// both in microseconds, and how many times FTS5 takes longer.
func BenchmarkSearch(b *testing.B) {
	questions := answerable(b)
	docs := realDocuments(b)
	index := buildIndex(b, docs)
	db := fts5(b, docs)
	var ours, theirs []time.Duration
	for b.Loop() {
		for _, q := range questions {
			start := time.Now()
			hits, err := index.Search(b.Context(), q.Question, textindex.Options{K: 10})
			ours = append(ours, time.Since(start))
			if err != nil || len(hits) == 0 {
				b.Fatalf("%d hits, error %v", len(hits), err)
			}
			start = time.Now()
			n, err := fts5Search(db, q.Question)
			theirs = append(theirs, time.Since(start))
			if err != nil || n == 0 {
				b.Fatalf("FTS5: %d hits, error %v", n, err)
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(micro(ours, 0.50), "p50-µs")
	b.ReportMetric(micro(ours, 0.95), "p95-µs")
	b.ReportMetric(micro(theirs, 0.50), "fts5-p50-µs")
	b.ReportMetric(micro(theirs, 0.95), "fts5-p95-µs")
	b.ReportMetric(micro(theirs, 0.50)/micro(ours, 0.50), "p50-times-faster")
	b.ReportMetric(micro(theirs, 0.95)/micro(ours, 0.95), "p95-times-faster")
}

// micro is a quantile in microseconds.
func micro(times []time.Duration, q float64) float64 {
	times = slices.Sorted(slices.Values(times))
	return float64(times[int(q*float64(len(times)-1))].Nanoseconds()) / 1000
}

// fts5 indexes the chunks as one would with SQLite alone.
func fts5(b *testing.B, docs []textindex.Document) *sql.DB {
	b.Helper()
	db, err := sql.Open("sqlite", filepath.Join(b.TempDir(), "fts5.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	if _, err := db.Exec(`CREATE VIRTUAL TABLE c USING fts5(path, headings, body, tokenize = 'porter unicode61')`); err != nil {
		b.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	insert, err := tx.Prepare(`INSERT INTO c VALUES (?, ?, ?)`)
	if err != nil {
		b.Fatal(err)
	}
	for _, d := range docs {
		for _, c := range d.Chunks {
			if _, err := insert.Exec(c.Path, c.Headings, c.Body); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO c(c) VALUES ('optimize')`); err != nil {
		b.Fatal(err)
	}
	return db
}

var fts5Word = regexp.MustCompile(`[\pL\pN]+`)

// fts5Search counts the ten best rows for the question's words, OR-ed, without
// stop words.
func fts5Search(db *sql.DB, question string) (int, error) {
	var words []string
	for _, w := range fts5Word.FindAllString(question, -1) {
		if len(textindex.Terms(w)) > 0 {
			words = append(words, `"`+w+`"`)
		}
	}
	rows, err := db.Query(`SELECT rowid, bm25(c, 2, 2, 1) AS score FROM c WHERE c MATCH ? ORDER BY score LIMIT 10`, strings.Join(words, " OR "))
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

// BenchmarkSearchSpread asks of an index whose documents came in many batches
// and of which some were deleted.
func BenchmarkSearchSpread(b *testing.B) {
	questions := answerable(b)
	docs := realDocuments(b)
	var parts []textindex.Part
	for batch := range slices.Chunk(docs, 100) {
		segment, err := textindex.Build(batch)
		if err != nil {
			b.Fatal(err)
		}
		parts = append(parts, textindex.Part{Segment: segment, Deleted: []int{0, 50}})
	}
	index, err := textindex.NewIndex(parts)
	if err != nil {
		b.Fatal(err)
	}
	var times []time.Duration
	for b.Loop() {
		for _, q := range questions {
			start := time.Now()
			if _, err := index.Search(b.Context(), q.Question, textindex.Options{K: 10}); err != nil {
				b.Fatal(err)
			}
			times = append(times, time.Since(start))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(micro(times, 0.50), "p50-µs")
	b.ReportMetric(micro(times, 0.95), "p95-µs")
}

func BenchmarkBuild(b *testing.B) {
	docs := realDocuments(b)
	for b.Loop() {
		if _, err := textindex.Build(docs); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(chunks(docs)*float64(b.N)/b.Elapsed().Seconds(), "chunks/s")
}

func BenchmarkOpen(b *testing.B) {
	docs := realDocuments(b)
	segment, err := textindex.Build(docs)
	if err != nil {
		b.Fatal(err)
	}
	data, err := segment.MarshalBinary()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := textindex.Open(data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(data))/(1<<20), "MB")
	b.ReportMetric(chunks(docs), "chunks")
}

func BenchmarkMerge(b *testing.B) {
	docs := realDocuments(b)
	var parts []textindex.Part
	for batch := range slices.Chunk(docs, 200) {
		segment, err := textindex.Build(batch)
		if err != nil {
			b.Fatal(err)
		}
		parts = append(parts, textindex.Part{Segment: segment})
	}
	for b.Loop() {
		if _, err := textindex.Merge(parts); err != nil {
			b.Fatal(err)
		}
	}
}

func chunks(docs []textindex.Document) float64 {
	n := 0
	for _, d := range docs {
		n += len(d.Chunks)
	}
	return float64(n)
}
