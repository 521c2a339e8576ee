package storetest

import (
	"io/fs"
	"testing"

	"github.com/honehq/hone/knowledge"
)

func source(id, name string, minute int) knowledge.Source {
	return knowledge.Source{ID: id, Name: name, Kind: knowledge.KindFolder, Root: "/docs/" + name, CreatedAt: at(minute)}
}

func testSources(t *testing.T, s Store) {
	ctx := t.Context()
	same(t, must(s.Sources(ctx))(t), nil)

	first, second := source("vs_2", "runbooks", 1), source("vs_1", "designs", 2)
	first.Metadata = map[string]string{"team": "payments", "": "empty key"}
	second.Kind, second.Root, second.SyncedAt = knowledge.KindUpload, "", at(7)
	ok(t, s.CreateSource(ctx, first))
	ok(t, s.CreateSource(ctx, second))

	fails(t, s.CreateSource(ctx, source("vs_3", "designs", 3)), fs.ErrExist, "designs")
	fails(t, s.CreateSource(ctx, source("vs_1", "other", 3)), fs.ErrExist, "other")
	same(t, must(s.Sources(ctx))(t), []knowledge.Source{first, second})
	same(t, must(s.Source(ctx, "vs_2"))(t), first)
	same(t, must(s.Source(ctx, "designs"))(t), second)
	_, err := s.Source(ctx, "vs_9")
	fails(t, err, fs.ErrNotExist, "vs_9")

	// An ID goes before a name.
	named := source("vs_4", "vs_1", 4)
	ok(t, s.CreateSource(ctx, named))
	same(t, must(s.Source(ctx, "vs_1"))(t), second)
	ok(t, s.DeleteSource(ctx, "vs_4"))

	changed := first
	changed.Name, changed.Root, changed.SyncedAt = "books", "/elsewhere", at(9)
	changed.Metadata = map[string]string{"team": "search"}
	ok(t, s.UpdateSource(ctx, changed))
	same(t, must(s.Source(ctx, "books"))(t), changed)
	_, err = s.Source(ctx, "runbooks")
	fails(t, err, fs.ErrNotExist, "runbooks")
	changed.Name = "designs"
	fails(t, s.UpdateSource(ctx, changed), fs.ErrExist, "vs_2")
	fails(t, s.UpdateSource(ctx, source("vs_9", "none", 1)), fs.ErrNotExist, "vs_9")

	ok(t, s.Apply(ctx, change("vs_1", doc("a.md", "12345"), doc("b.md", "123"))))
	got := must(s.Source(ctx, "vs_1"))(t)
	if got.Documents != 2 || got.Chunks != 2 || got.Bytes != 8 {
		t.Errorf("%d documents of %d chunks and %d bytes, want 2 of 2 and 8", got.Documents, got.Chunks, got.Bytes)
	}
}

func testDeleteSource(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	ok(t, s.CreateSource(ctx, source("vs_2", "two", 2)))
	uploaded := knowledge.File{ID: "file-uploaded", Name: "u.md", Bytes: 1, CreatedAt: at(1)}
	ok(t, s.PutFile(ctx, uploaded, []byte("u")))
	fromUpload := doc("u.md", "u")
	fromUpload.FileID, fromUpload.Content = "file-uploaded", nil
	shared := doc("shared.md", "shared")
	ok(t, s.Apply(ctx, change("vs_1", doc("own.md", "own"), shared, fromUpload)))
	ok(t, s.Apply(ctx, change("vs_2", shared)))

	ok(t, s.DeleteSource(ctx, "vs_1"))
	_, err := s.Source(ctx, "vs_1")
	fails(t, err, fs.ErrNotExist, "vs_1")
	_, _, err = s.Segments(ctx, "vs_1")
	fails(t, err, fs.ErrNotExist, "vs_1")
	same(t, fileIDs(t, s), []string{"file-shared.md", "file-uploaded"})
	same(t, paths(t, s, "vs_2"), []string{"shared.md"})

	ok(t, s.DeleteSource(ctx, "vs_2"))
	same(t, fileIDs(t, s), []string{"file-uploaded"})
	fails(t, s.DeleteSource(ctx, "vs_2"), fs.ErrNotExist, "vs_2")
}
