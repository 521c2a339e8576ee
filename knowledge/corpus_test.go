package knowledge_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // for the reference

	"github.com/honehq/hone/knowledge"
)

// shared returns a folder or file of the real documents and questions, which
// are not part of the repository, or skips.
func shared(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("HONE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	full := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(full); err != nil {
		t.Skipf("SKIPPED: real documents: no %s in HONE_SHARED", name)
	}
	return full
}

func questions(t testing.TB) []string {
	t.Helper()
	f, err := os.Open(shared(t, "qa/dev.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c struct{ Question string }
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		list = append(list, c.Question)
	}
	return list
}

// copyCorpus copies the real documents to where they can be changed.
func copyCorpus(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "corpus")
	if err := os.CopyFS(dir, os.DirFS(shared(t, "corpus"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCorpus(t *testing.T) {
	dir := copyCorpus(t)
	writes := 0
	store := &counter{Store: openStore(t), apply: func(_ context.Context, c knowledge.Change) error {
		writes += len(c.Put) + len(c.Delete)
		return nil
	}}
	b := openBase(t, knowledge.Config{Store: store})
	first := syncDocs(t, b, dir)
	if first.Added < 1998 || len(first.Skipped) > 0 || first.Chunks < first.Added {
		t.Errorf("first: %s, %d chunks, skipped %v", counts(first), first.Chunks, first.Skipped)
	}
	writes = 0
	if r := syncDocs(t, b, dir); r.Unchanged != first.Added || writes != 0 {
		t.Errorf("nothing changed: %s, %d written", counts(r), writes)
	}
	changed := "postmortems/dfds/new.md"
	writeFiles(t, dir, map[string]string{changed: "# New\n\nThe quokka ate the load balancer."})
	if r := syncDocs(t, b, dir); counts(r) != fmt.Sprintf("+1 ~0 =%d -0", first.Added) || writes != 1 {
		t.Errorf("one new: %s, %d written", counts(r), writes)
	}
	if got := found(t, b, all("quokka")); got != changed {
		t.Errorf("found %q", got)
	}
}

// BenchmarkSync brings the real documents into a new SQLite database, again
// with nothing changed, and with one file changed. The reference reads and
// hashes the files, the least that a sync without trust in dates can do.
func BenchmarkSync(b *testing.B) {
	dir := copyCorpus(b)
	var first, again, one, read time.Duration
	var memory runtime.MemStats
	n := 0
	for b.Loop() {
		n++
		base := openBase(b, knowledge.Config{})
		first += timed(func() { syncDocs(b, base, dir) })
		again += timed(func() { syncDocs(b, base, dir) })
		writeFiles(b, dir, map[string]string{"one.md": strings.Repeat("changed ", n)})
		one += timed(func() { syncDocs(b, base, dir) })
		read += timed(func() { readAll(b, dir) })
		runtime.ReadMemStats(&memory)
	}
	report := func(d time.Duration, name string) { b.ReportMetric(d.Seconds()/float64(n), name) }
	b.ReportMetric(0, "ns/op")
	report(first, "first-s")
	report(again, "unchanged-s")
	report(one, "one-changed-s")
	report(read, "read-and-hash-s")
	b.ReportMetric(float64(memory.Sys)/1e6, "memory-MB")
}

func timed(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}

func readAll(t testing.TB, dir string) {
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		sha256.Sum256(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// BenchmarkSearch asks every question of a Base on SQLite, passages included,
// and of SQLite's FTS5 over the same chunks, in turn.
func BenchmarkSearch(b *testing.B) {
	asked := questions(b)
	base := openBase(b, knowledge.Config{})
	src := syncDocs(b, base, shared(b, "corpus")).Source
	reference := fts5(b, base, src.ID)
	var ours, theirs []time.Duration
	for b.Loop() {
		for _, q := range asked {
			query := all(q)
			ours = append(ours, timed(func() { search(b, base, query) }))
			theirs = append(theirs, timed(func() { fts5Search(b, reference, q) }))
		}
	}
	b.ReportMetric(0, "ns/op")
	for _, share := range []struct {
		name string
		q    float64
	}{{"p50", .5}, {"p95", .95}} {
		mine, fts := quantile(ours, share.q), quantile(theirs, share.q)
		b.ReportMetric(mine, share.name+"-µs")
		b.ReportMetric(fts, "fts5-"+share.name+"-µs")
		b.ReportMetric(fts/mine, share.name+"-times-faster")
	}
}

// quantile is in microseconds.
func quantile(times []time.Duration, q float64) float64 {
	times = slices.Sorted(slices.Values(times))
	return float64(times[int(q*float64(len(times)-1))].Nanoseconds()) / 1000
}

// fts5 makes an FTS5 index of a source's chunks.
func fts5(b *testing.B, base *knowledge.Base, source string) *sql.DB {
	b.Helper()
	db, err := sql.Open("sqlite", filepath.Join(b.TempDir(), "fts5.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	exec := func(query string, args ...any) {
		if _, err := db.Exec(query, args...); err != nil {
			b.Fatal(err)
		}
	}
	db.SetMaxOpenConns(1)
	exec(`CREATE VIRTUAL TABLE c USING fts5(path, headings, body, tokenize = 'porter unicode61')`)
	exec(`BEGIN`)
	for d, err := range base.Documents(b.Context(), source) {
		if err != nil {
			b.Fatal(err)
		}
		refs := make([]knowledge.ChunkRef, d.Chunks)
		for i := range refs {
			refs[i] = knowledge.ChunkRef{Rev: d.Rev, Ordinal: i}
		}
		chunks, err := knowledge.ChunksOf(base, refs)
		if err != nil {
			b.Fatal(err)
		}
		for _, c := range chunks {
			exec(`INSERT INTO c VALUES (?, ?, ?)`, d.Path, d.Title+"\n"+strings.Join(c.Section, "\n"), c.Text)
		}
	}
	exec(`COMMIT`)
	exec(`INSERT INTO c(c) VALUES ('optimize')`)
	return db
}

var (
	word      = regexp.MustCompile(`[\pL\pN]+`)
	stopWords = strings.Fields(`a an and are as at be been but by can could did do does for from had has have how if in
		into is it its may might no not of on or our should so that the their them then there these they this to was we
		were what when where which who why will with would you your`)
)

func fts5Search(b *testing.B, db *sql.DB, question string) {
	var words []string
	for _, w := range word.FindAllString(strings.ToLower(question), -1) {
		if !slices.Contains(stopWords, w) {
			words = append(words, `"`+w+`"`)
		}
	}
	rows, err := db.Query(`SELECT path, body, bm25(c, 2, 2, 1) AS score FROM c WHERE c MATCH ? ORDER BY score LIMIT 10`, strings.Join(words, " OR "))
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var path, body string
		var score float64
		if err := rows.Scan(&path, &body, &score); err != nil {
			b.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
}
