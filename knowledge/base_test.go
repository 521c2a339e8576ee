package knowledge_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// openStore opens a SQLite database of its own for a test.
func openStore(t testing.TB) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "hone.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func openBase(t testing.TB, c knowledge.Config) *knowledge.Base {
	t.Helper()
	if c.Store == nil {
		c.Store = openStore(t)
	}
	b, err := knowledge.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// writeFiles writes files below dir; a nil content deletes one.
func writeFiles(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// syncDocs syncs dir into the source "docs" and fails the test on an error.
func syncDocs(t testing.TB, b *knowledge.Base, dir string) knowledge.Report {
	t.Helper()
	r, err := b.Sync(context.Background(), knowledge.SyncConfig{Source: "docs", Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// upload creates a source of uploads with the given documents.
func upload(t testing.TB, b *knowledge.Base, source string, docs ...knowledge.Upload) knowledge.Source {
	t.Helper()
	ctx := context.Background()
	s, err := b.EnsureSource(ctx, source, knowledge.KindUpload)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range docs {
		if _, err := b.Put(ctx, s.ID, u); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func text(path, content string) knowledge.Upload {
	return knowledge.Upload{Path: path, Content: []byte(content)}
}

// all is a query that may see everything.
func all(texts ...string) knowledge.Query {
	return knowledge.Query{Texts: texts, Access: knowledge.Access{All: true}}
}

func search(t testing.TB, s knowledge.Searcher, q knowledge.Query) []knowledge.Passage {
	t.Helper()
	found, err := s.Search(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// found returns the paths of the passages that a query finds, in order.
func found(t testing.TB, s knowledge.Searcher, q knowledge.Query) string {
	t.Helper()
	var paths []string
	for _, p := range search(t, s, q) {
		paths = append(paths, p.Path)
	}
	return strings.Join(paths, " ")
}

// paths returns the paths of a source's documents, in order.
func paths(t testing.TB, b *knowledge.Base, source string) string {
	t.Helper()
	s, err := b.Source(context.Background(), source)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for d, err := range b.Documents(context.Background(), s.ID) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, d.Path)
	}
	return strings.Join(list, " ")
}

// counter counts what a store is asked to do, and can fail at it.
type counter struct {
	knowledge.Store
	apply       func(context.Context, knowledge.Change) error // before the change; one at a time
	chunks      func()                                        // before chunks are read
	segmentData func(id int64)
	mu          sync.Mutex
}

func (c *counter) Apply(ctx context.Context, change knowledge.Change) error {
	if c.apply != nil {
		c.mu.Lock()
		err := c.apply(ctx, change)
		c.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return c.Store.Apply(ctx, change)
}

func (c *counter) Chunks(ctx context.Context, refs []knowledge.ChunkRef) ([]knowledge.Chunk, error) {
	if c.chunks != nil {
		c.chunks()
	}
	return c.Store.Chunks(ctx, refs)
}

func (c *counter) SegmentData(ctx context.Context, id int64) ([]byte, []knowledge.Document, error) {
	if c.segmentData != nil {
		c.segmentData(id)
	}
	return c.Store.SegmentData(ctx, id)
}

// fillText returns a Markdown document about a word.
func fillText(i int, word string) string {
	return fmt.Sprintf("# Document %d\n\nAbout %s.\n\n## Details\n\nThe number is %d and the word is %s.\n", i, word, i, word)
}

func sorted(list []string) string {
	return strings.Join(slices.Sorted(slices.Values(list)), " ")
}
