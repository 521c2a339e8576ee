package storetest

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/knowledge"
)

// doc is a document of one chunk, which holds its whole text.
func doc(path, text string) knowledge.NewDocument {
	id := "file-" + path
	return knowledge.NewDocument{
		Document: knowledge.Document{
			FileID: id, Path: path, Title: "Title of " + path, URL: "https://docs.example/" + path,
			Hash: fmt.Sprintf("%x", text), Chunks: 1, Bytes: int64(len(text)), UpdatedAt: at(3),
			Attributes: knowledge.Attributes{"kind": "runbook", "year": 2026.0, "draft": false},
		},
		File:    knowledge.File{ID: id, Name: path, Purpose: "assistants", Bytes: int64(len(text)), CreatedAt: at(2)},
		Content: []byte(text),
		Chunks: []knowledge.Chunk{{
			Section: []string{"Title of " + path, "Steps"}, Anchor: "steps", FirstLine: 3, LastLine: 4, Text: text,
		}},
	}
}

// change puts documents, with a segment that names them.
func change(source string, docs ...knowledge.NewDocument) knowledge.Change {
	c := knowledge.Change{Source: source, Put: docs}
	if len(docs) > 0 {
		c.Segment = []byte("segment of")
		for _, d := range docs {
			c.Segment = append(c.Segment, " "+d.Path...)
		}
	}
	return c
}

// documents returns the documents of a source, in the order they came.
func documents(t testing.TB, s Store, source string) []knowledge.Document {
	t.Helper()
	var docs []knowledge.Document
	for d, err := range s.Documents(t.Context(), source) {
		ok(t, err)
		docs = append(docs, d)
	}
	return docs
}

func paths(t testing.TB, s Store, source string) []string {
	t.Helper()
	var list []string
	for _, d := range documents(t, s, source) {
		list = append(list, d.Path)
	}
	return list
}

func testApply(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	a, b := doc("a.md", "text of a"), doc("b/ü.md", "text of b")
	b.Groups = []string{"sre", "on call"}
	b.Attributes = knowledge.Attributes{"n": 0.1, "s": "ü'\"\\", "yes": true}
	a.Chunks = append(a.Chunks, knowledge.Chunk{Ordinal: 1, FirstLine: 5, LastLine: 5, Text: "more"})
	ok(t, s.Apply(ctx, change("vs_1", b, a)))

	want := []knowledge.Document{a.Document, b.Document}
	want[0].Chunks = 2
	got := documents(t, s, "vs_1")
	for i := range got {
		want[i].Source, want[i].Rev = "vs_1", got[i].Rev
	}
	same(t, got, want)
	if got[0].Rev == got[1].Rev || got[0].Rev == 0 {
		t.Errorf("revisions %d and %d", got[0].Rev, got[1].Rev)
	}
	same(t, must(s.Document(ctx, "vs_1", b.FileID))(t), want[1])
	same(t, must(s.File(ctx, a.FileID))(t), a.File)
	same(t, must(s.FileContent(ctx, a.FileID))(t), a.Content)
	same(t, must(s.Chunks(ctx, []knowledge.ChunkRef{{Rev: got[0].Rev, Ordinal: 1}, {Rev: got[0].Rev}}))(t),
		[]knowledge.Chunk{a.Chunks[1], a.Chunks[0]})

	// An empty change counts, too.
	ok(t, s.Apply(ctx, knowledge.Change{Source: "vs_1"}))
	same(t, must(s.Generations(ctx, []string{"vs_1", "vs_none"}))(t), map[string]int64{"vs_1": 2})
}

func testApplyReplaces(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	ok(t, s.Apply(ctx, change("vs_1", doc("a.md", "old"), doc("b.md", "b"))))
	before := must(s.Document(ctx, "vs_1", "file-a.md"))(t)

	ok(t, s.Apply(ctx, change("vs_1", doc("a.md", "new"))))
	after := must(s.Document(ctx, "vs_1", "file-a.md"))(t)
	if after.Rev == before.Rev {
		t.Error("the revision is the old one")
	}
	same(t, paths(t, s, "vs_1"), []string{"a.md", "b.md"})
	same(t, must(s.FileContent(ctx, "file-a.md"))(t), []byte("new"))
	chunks := must(s.Chunks(ctx, []knowledge.ChunkRef{{Rev: before.Rev}, {Rev: after.Rev}}))(t)
	if chunks[0].Ordinal != -1 || chunks[1].Text != "new" {
		t.Errorf("chunks %+v", chunks)
	}

	// Another file at the same path: the old one goes, for nothing else has it.
	other := doc("a.md", "other")
	other.FileID, other.File.ID = "file-other", "file-other"
	ok(t, s.Apply(ctx, change("vs_1", other)))
	same(t, fileIDs(t, s), []string{"file-b.md", "file-other"})

	// The same file at another path: it has moved.
	moved := other
	moved.Path, moved.Content = "z.md", nil
	ok(t, s.Apply(ctx, change("vs_1", moved)))
	same(t, paths(t, s, "vs_1"), []string{"b.md", "z.md"})
	same(t, must(s.FileContent(ctx, "file-other"))(t), []byte("other"))
}

func testApplyDeletes(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	ok(t, s.CreateSource(ctx, source("vs_2", "two", 2)))
	ok(t, s.PutFile(ctx, knowledge.File{ID: "file-up", CreatedAt: at(1)}, []byte("u")))
	up := doc("up.md", "u")
	up.FileID, up.Content = "file-up", nil
	ok(t, s.Apply(ctx, change("vs_1", doc("a.md", "a"), doc("b.md", "b"), doc("c.md", "c"), up)))
	ok(t, s.Apply(ctx, change("vs_2", doc("b.md", "b"))))

	// Unknown files are no error: someone else was faster.
	c := change("vs_1", doc("d.md", "d"))
	c.Delete = []string{"file-a.md", "file-b.md", "file-up", "file-none"}
	ok(t, s.Apply(ctx, c))
	same(t, paths(t, s, "vs_1"), []string{"c.md", "d.md"})
	same(t, paths(t, s, "vs_2"), []string{"b.md"})
	// a goes; b is in the other source; up was uploaded, not read from a folder.
	same(t, fileIDs(t, s), []string{"file-b.md", "file-c.md", "file-d.md", "file-up"})
}

func testApplyRefuses(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	ok(t, s.Apply(ctx, change("vs_1", doc("a.md", "a"))))

	noFile := doc("n.md", "n")
	noFile.Content = nil
	otherFile := doc("o.md", "o")
	otherFile.File.ID = "file-else"
	noSegment := change("vs_1", doc("x.md", "x"))
	noSegment.Segment = nil
	segmentOnly := knowledge.Change{Source: "vs_1", Segment: []byte("s")}
	samePath, sameFile := doc("x.md", "x"), doc("y.md", "y")
	samePath.FileID, samePath.File.ID = "file-other", "file-other"
	sameFile.FileID, sameFile.File.ID = "file-x.md", "file-x.md"
	noVector := change("vs_1", doc("x.md", "x"))
	noVector.Model = "m"
	short := change("vs_1", vector("x.md", 1, 2), vector("y.md", 1))
	short.Model = "m"
	for name, test := range map[string]struct {
		change knowledge.Change
		err    error
		names  string
	}{
		"unknown source":        {change("vs_none", doc("x.md", "x")), fs.ErrNotExist, "vs_none"},
		"unknown file":          {change("vs_1", doc("x.md", "x"), noFile), fs.ErrNotExist, "file-n.md"},
		"content of another":    {change("vs_1", doc("x.md", "x"), otherFile), knowledge.ErrInvalid, "file-o.md"},
		"no segment":            {noSegment, knowledge.ErrInvalid, "vs_1"},
		"segment of nothing":    {segmentOnly, knowledge.ErrInvalid, "vs_1"},
		"a path twice":          {change("vs_1", doc("x.md", "x"), samePath), knowledge.ErrInvalid, "x.md"},
		"a file twice":          {change("vs_1", doc("x.md", "x"), sameFile), knowledge.ErrInvalid, "file-x.md"},
		"no vectors":            {noVector, knowledge.ErrInvalid, "x.md"},
		"vectors of two widths": {short, knowledge.ErrInvalid, "y.md"},
	} {
		t.Run(name, func(t *testing.T) {
			test.change.Delete = []string{"file-a.md"}
			fails(t, s.Apply(ctx, test.change), test.err, test.names)
			same(t, paths(t, s, "vs_1"), []string{"a.md"})
			same(t, fileIDs(t, s), []string{"file-a.md"})
			_, g, err := s.Segments(ctx, "vs_1")
			ok(t, err)
			same(t, g, 1)
		})
	}
}

func testDocuments(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	ok(t, s.CreateSource(ctx, source("vs_2", "two", 1)))
	same(t, documents(t, s, "vs_1"), nil)
	for _, err := range s.Documents(ctx, "vs_none") {
		fails(t, err, fs.ErrNotExist, "vs_none")
	}
	_, err := s.Document(ctx, "vs_1", "file-none")
	fails(t, err, fs.ErrNotExist, "file-none")

	// By bytes: capitals, then small letters, then what is not ASCII.
	names := []string{"B.md", "a-1.md", "a/1.md", "a0.md", "b.md", "é.md", "文.md"}
	docs := []knowledge.NewDocument{}
	for i := range names {
		docs = append(docs, doc(names[(i*5)%len(names)], "x"))
	}
	for i := range 1100 { // more than a page
		docs = append(docs, doc(fmt.Sprintf("c/%04d.md", i), "x"))
	}
	ok(t, s.Apply(ctx, change("vs_1", docs...)))
	got := paths(t, s, "vs_1")
	if len(got) != len(docs) {
		t.Fatalf("%d documents, want %d", len(got), len(docs))
	}
	same(t, got[:5], names[:5])
	same(t, got[len(got)-2:], names[5:])

	// The caller may ask for more while it reads, and stop when it likes.
	n := 0
	for d, err := range s.Documents(ctx, "vs_1") {
		ok(t, err)
		ok(t, s.PutFile(ctx, knowledge.File{ID: "file-while", CreatedAt: at(n)}, nil))
		same(t, must(s.Document(ctx, "vs_1", d.FileID))(t), d)
		if n++; n == 20 {
			break
		}
	}
}

func testChunks(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	d := doc("a.md", "0")
	var want []knowledge.Chunk
	var refs []knowledge.ChunkRef
	for i := 1; i < 3000; i++ {
		d.Chunks = append(d.Chunks, knowledge.Chunk{Ordinal: i, FirstLine: i, LastLine: i + 1, Text: fmt.Sprint(i)})
	}
	ok(t, s.Apply(ctx, change("vs_1", d)))
	rev := must(s.Document(ctx, "vs_1", d.FileID))(t).Rev
	for i := range d.Chunks {
		n := (i * 7) % len(d.Chunks)
		want = append(want, d.Chunks[n])
		refs = append(refs, knowledge.ChunkRef{Rev: rev, Ordinal: n})
	}
	same(t, must(s.Chunks(ctx, refs))(t), want)
	same(t, must(s.Chunks(ctx, nil))(t), nil)

	// One twice, and two that don't exist.
	got := must(s.Chunks(ctx, []knowledge.ChunkRef{{Rev: rev, Ordinal: 3}, {Rev: rev + 1}, {Rev: rev, Ordinal: 3}, {Rev: rev, Ordinal: 3000}}))(t)
	gone := knowledge.Chunk{Ordinal: -1}
	same(t, got, []knowledge.Chunk{d.Chunks[3], gone, d.Chunks[3], gone})
}

func testBigDocument(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	text := strings.Repeat("0123456789abcde\n", 128<<10) // 2 MiB
	ok(t, s.Apply(ctx, change("vs_1", doc("big.md", text))))
	d := must(s.Document(ctx, "vs_1", "file-big.md"))(t)
	chunk := must(s.Chunks(ctx, []knowledge.ChunkRef{{Rev: d.Rev}}))(t)[0]
	content := must(s.FileContent(ctx, "file-big.md"))(t)
	if chunk.Text != text || string(content) != text {
		t.Errorf("chunk of %d bytes and content of %d, want %d", len(chunk.Text), len(content), len(text))
	}
	if diff := cmp.Diff(int64(len(text)), d.Bytes); diff != "" {
		t.Error(diff)
	}
}
