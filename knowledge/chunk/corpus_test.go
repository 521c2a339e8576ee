package chunk

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// realDocuments are the files of the folder with real documents, which is not
// part of the repository, by path.
func realDocuments(t testing.TB) map[string][]byte {
	t.Helper()
	dir := os.Getenv("HONE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "shared")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", "..", dir) // given from the root of the repository
	}
	docs := make(map[string][]byte)
	err := filepath.WalkDir(filepath.Join(dir, "corpus"), func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".md") {
			return err
		}
		docs[name], err = os.ReadFile(name)
		return err
	})
	if err != nil {
		t.Skipf("SKIPPED: no real documents: %v (set HONE_SHARED to their folder)", err)
	}
	return docs
}

func TestRealDocuments(t *testing.T) {
	for name, src := range realDocuments(t) {
		doc := split(t, string(src), Options{Name: name})
		checkLines(t, string(src), doc)
		if doc.Title == "" {
			t.Errorf("%s has no title", name)
		}
		for _, c := range doc.Chunks {
			if len(c.Text) > DefaultMax && c.FirstLine != c.LastLine {
				t.Errorf("%s: lines %d-%d are %d bytes", name, c.FirstLine, c.LastLine, len(c.Text))
			}
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	docs := realDocuments(b)
	size := 0
	for _, src := range docs {
		size += len(src)
	}
	b.SetBytes(int64(size))
	chunks := 0
	for b.Loop() {
		chunks = 0
		for name, src := range docs {
			doc, err := Split(src, Options{Name: name})
			if err != nil {
				b.Fatal(err)
			}
			chunks += len(doc.Chunks)
		}
	}
	b.ReportMetric(float64(chunks), "chunks")
}
