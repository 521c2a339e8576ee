package knowledge_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/internal/id"
	"github.com/honehq/hone/knowledge"
)

func TestPutReplaces(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	src := upload(t, b, "docs", text("a.md", "robin, old"))
	first := document(t, b, src.ID, "a.md")
	again, err := b.Put(t.Context(), "docs", text("a.md", "robin, old"))
	if err != nil || again.Rev != first.Rev {
		t.Errorf("unchanged: %+v, %v", again, err)
	}
	second, err := b.Put(t.Context(), "docs", text("a.md", "robin, new"))
	if err != nil || second.FileID != first.FileID || second.Rev == first.Rev {
		t.Errorf("changed: %+v, %v", second, err)
	}
	got := search(t, b, all("robin"))
	if len(got) != 1 || got[0].Text != "robin, new" {
		t.Errorf("found %+v", got)
	}
	if err := b.Remove(t.Context(), "docs", first.FileID); err != nil {
		t.Error(err)
	}
	if err := b.Remove(t.Context(), "docs", first.FileID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed twice: %v", err)
	}
	if got := found(t, b, all("robin")); got != "" {
		t.Errorf("found %q", got)
	}
}

func TestPutStoredFile(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	file := knowledge.File{ID: id.New("file-"), Name: "notes.md", Purpose: "assistants", Bytes: 5}
	if err := b.PutFile(t.Context(), file, []byte("dunno")); err != nil {
		t.Fatal(err)
	}
	upload(t, b, "one")
	upload(t, b, "two")
	for _, source := range []string{"one", "two"} {
		d, err := b.Put(t.Context(), source, knowledge.Upload{FileID: file.ID, Attributes: knowledge.Attributes{"kind": source}})
		if err != nil || d.Path != "notes.md" || d.FileID != file.ID || d.Attributes["kind"] != source {
			t.Errorf("%+v, %v", d, err)
		}
	}
	if err := b.Remove(t.Context(), "one", file.ID); err != nil {
		t.Fatal(err)
	}
	if content, err := b.FileContent(t.Context(), file.ID); err != nil || string(content) != "dunno" {
		t.Errorf("the file of the other source: %q, %v", content, err)
	}
	if _, err := b.Put(t.Context(), "one", knowledge.Upload{FileID: "file-none"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func TestPutRefuses(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	upload(t, b, "docs")
	many := make(knowledge.Attributes)
	for i := range 17 {
		many[strings.Repeat("k", i+1)] = true
	}
	for _, test := range []struct {
		name   string
		upload knowledge.Upload
	}{
		{"no path", knowledge.Upload{Content: []byte("x")}},
		{"absolute path", text("/etc/passwd", "x")},
		{"path that leaves", text("../x.md", "x")},
		{"NUL in the path", text("a\x00.md", "x")},
		{"long path", text(strings.Repeat("x", 1025), "x")},
		{"binary", text("a.md", "x\x00")},
		{"Latin-1", text("a.md", "caf\xe9")},
		{"groups that can't be read", text("a.md", "---\ngroups: {a: b}\n---\nx")},
		{"many attributes", knowledge.Upload{Path: "a.md", Attributes: many}},
		{"long value", knowledge.Upload{Path: "a.md", Attributes: knowledge.Attributes{"k": strings.Repeat("é", 513)}}},
		{"long key", knowledge.Upload{Path: "a.md", Attributes: knowledge.Attributes{strings.Repeat("k", 65): 1.}}},
		{"list", knowledge.Upload{Path: "a.md", Attributes: knowledge.Attributes{"k": []any{"a"}}}},
		{"reserved", knowledge.Upload{Path: "a.md", Attributes: knowledge.Attributes{knowledge.AttrURL: "http://x"}}},
	} {
		if _, err := b.Put(t.Context(), "docs", test.upload); !errors.Is(err, knowledge.ErrInvalid) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if _, err := b.Put(t.Context(), "none", text("a.md", "x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing source: %v", err)
	}
	if got := paths(t, b, "docs"); got != "" {
		t.Errorf("left behind: %q", got)
	}
}

func TestGroups(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	upload(t, b, "docs")
	for _, test := range []struct {
		content string
		given   []string
		want    []string
	}{
		{"x", nil, nil},
		{"x", []string{"given"}, []string{"given"}},
		{"---\ngroups: [b, a, b]\n---\nx", nil, []string{"a", "b"}},
		{"---\ngroups: one\n---\nx", nil, []string{"one"}},
		{"---\nGroups: [one]\n---\nx", nil, []string{"one"}},
		{"---\ngroups: [own]\n---\nx", []string{"given"}, []string{"given"}},
		{"---\ngroups: []\n---\nx", nil, nil},
		{"---\ntitle: x\n---\n\ngroups: [not, front, matter]\n", nil, nil},
	} {
		d, err := b.Put(t.Context(), "docs", knowledge.Upload{Path: "a.md", Content: []byte(test.content), Groups: test.given})
		if err != nil || len(d.Groups)+len(test.want) > 0 && !cmp.Equal(d.Groups, test.want) {
			t.Errorf("%q given %v: %q, %v, want %q", test.content, test.given, d.Groups, err, test.want)
		}
	}
}
