package textindex_test

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/honehq/hone/knowledge/chunk"
	"github.com/honehq/hone/knowledge/textindex"
)

// shared is the folder with real documents and questions, which is not part of
// the repository.
func shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("HONE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "shared")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", "..", dir) // given from the root of the repository
	}
	if _, err := os.Stat(filepath.Join(dir, "corpus")); err != nil {
		t.Skipf("SKIPPED: no real documents: %v (set HONE_SHARED to their folder)", err)
	}
	return dir
}

// realDocuments reads, cuts and caches the documents.
func realDocuments(t testing.TB) []textindex.Document {
	t.Helper()
	docs, err := readDocuments(shared(t))
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

var documents struct {
	sync.Once
	docs []textindex.Document
	err  error
}

func readDocuments(dir string) ([]textindex.Document, error) {
	documents.Do(func() {
		root := filepath.Join(dir, "corpus")
		documents.err = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".md") {
				return err
			}
			src, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, name)
			if err != nil {
				return err
			}
			doc, err := document(filepath.ToSlash(rel), src)
			documents.docs = append(documents.docs, doc)
			return err
		})
	})
	return documents.docs, documents.err
}

func document(path string, src []byte) (textindex.Document, error) {
	cut, err := chunk.Split(src, chunk.Options{Name: path})
	doc := textindex.Document{Key: path}
	for _, c := range cut.Chunks {
		doc.Chunks = append(doc.Chunks, textindex.Chunk{
			Path: path, Title: cut.Title, Headings: strings.Join(c.Section, "\n"), Body: c.Text,
		})
	}
	return doc, err
}

// question is one of the golden questions.
type question struct {
	ID       string   `json:"id"`
	Question string   `json:"question"`
	Type     string   `json:"type"`
	Style    string   `json:"style"`
	Docs     []string `json:"docs"`
	Nuggets  []struct {
		Vital bool     `json:"vital"`
		AnyOf []string `json:"any_of"`
	} `json:"nuggets"`
}

// answerable are the questions that have documents.
func answerable(t testing.TB) []question {
	t.Helper()
	f, err := os.Open(filepath.Join(shared(t), "qa", "dev.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []question
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var q question
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		if q.Type != "unanswerable" {
			all = append(all, q)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func buildIndex(t testing.TB, docs []textindex.Document) *textindex.Index {
	t.Helper()
	segment, err := textindex.Build(docs)
	if err != nil {
		t.Fatal(err)
	}
	index, err := textindex.NewIndex([]textindex.Part{{Segment: segment}})
	if err != nil {
		t.Fatal(err)
	}
	return index
}
