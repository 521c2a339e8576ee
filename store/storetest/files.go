package storetest

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"github.com/honehq/hone/knowledge"
)

// fileIDs returns the IDs of all files, sorted.
func fileIDs(t testing.TB, s Store) []string {
	t.Helper()
	var ids []string
	for _, f := range must(s.Files(t.Context(), "", 0))(t) {
		ids = append(ids, f.ID)
	}
	slices.Sort(ids)
	return ids
}

func testFiles(t *testing.T, s Store) {
	ctx := t.Context()
	var files []knowledge.File
	for i := range 5 {
		// Two files each minute: then the ID decides.
		f := knowledge.File{ID: fmt.Sprintf("file-%d", 9-i), Name: "docs/x.md", Purpose: "assistants", Bytes: 3, CreatedAt: at(-(i + 1) / 2)}
		ok(t, s.PutFile(ctx, f, []byte{0, byte(i), 255}))
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b knowledge.File) int {
		if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
			return c
		}
		return bytes.Compare([]byte(a.ID), []byte(b.ID))
	})
	same(t, must(s.Files(ctx, "", 10))(t), files)
	same(t, must(s.Files(ctx, "", 2))(t), files[:2])
	same(t, must(s.Files(ctx, files[1].ID, 2))(t), files[2:4])
	same(t, must(s.Files(ctx, files[4].ID, 2))(t), nil)
	_, err := s.Files(ctx, "file-none", 2)
	fails(t, err, fs.ErrNotExist, "file-none")

	same(t, must(s.File(ctx, "file-8"))(t), files[slices.IndexFunc(files, func(f knowledge.File) bool { return f.ID == "file-8" })])
	same(t, must(s.FileContent(ctx, "file-8"))(t), []byte{0, 1, 255})
	_, err = s.File(ctx, "file-none")
	fails(t, err, fs.ErrNotExist, "file-none")
	_, err = s.FileContent(ctx, "file-none")
	fails(t, err, fs.ErrNotExist, "file-none")

	again := files[0]
	again.Name, again.Bytes = "new.md", 0
	ok(t, s.PutFile(ctx, again, nil))
	same(t, must(s.File(ctx, again.ID))(t), again)
	same(t, must(s.FileContent(ctx, again.ID))(t), nil)
	if n := len(fileIDs(t, s)); n != 5 {
		t.Errorf("%d files, want 5", n)
	}
}

func testDeleteFile(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	ok(t, s.CreateSource(ctx, source("vs_2", "two", 2)))
	ok(t, s.CreateSource(ctx, source("vs_3", "three", 3)))
	ok(t, s.Apply(ctx, change("vs_1", doc("a.md", "a"), doc("b.md", "b"))))
	ok(t, s.Apply(ctx, change("vs_2", doc("b.md", "b"))))
	rev := must(s.Document(ctx, "vs_1", "file-b.md"))(t).Rev

	ok(t, s.DeleteFile(ctx, "file-b.md"))
	same(t, paths(t, s, "vs_1"), []string{"a.md"})
	same(t, paths(t, s, "vs_2"), nil)
	same(t, fileIDs(t, s), []string{"file-a.md"})
	same(t, must(s.Generations(ctx, []string{"vs_1", "vs_2", "vs_3"}))(t), map[string]int64{"vs_1": 2, "vs_2": 2, "vs_3": 0})
	segments, _, err := s.Segments(ctx, "vs_1")
	ok(t, err)
	same(t, segments[0].Deleted, []int{1})
	same(t, must(s.Chunks(ctx, []knowledge.ChunkRef{{Rev: rev}}))(t), []knowledge.Chunk{{Ordinal: -1}})
	fails(t, s.DeleteFile(ctx, "file-b.md"), fs.ErrNotExist, "file-b.md")
}
