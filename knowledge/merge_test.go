package knowledge_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/knowledge"
)

func segments(t testing.TB, store knowledge.Store, source string) []knowledge.Segment {
	t.Helper()
	list, _, err := store.Segments(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Many small uploads are merged in the background. Search gives the same, and
// Close waits for it.
func TestPutMerges(t *testing.T) {
	store := openStore(t)
	b := openBase(t, knowledge.Config{Store: store})
	unmerged := openBase(t, knowledge.Config{Store: &unmergeable{Store: openStore(t)}})
	var src knowledge.Source
	for i := range 40 {
		u := text(fmt.Sprintf("%d.md", i%25), fillText(i, "kite"))
		src = upload(t, b, "docs", u)
		upload(t, unmerged, "docs", u)
	}
	q := all("kite document 7")
	q.Limit = 50
	want := scores(t, unmerged, q)
	if got := scores(t, b, q); !cmp.Equal(want, got) {
		t.Errorf("while merging (-want +got):\n%s", cmp.Diff(want, got))
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(segments(t, store, src.ID)); n >= 8 {
		t.Errorf("%d segments after 40 uploads", n)
	}
	if got := scores(t, b, q); !cmp.Equal(want, got) {
		t.Errorf("merged (-want +got):\n%s", cmp.Diff(want, got))
	}
}

func scores(t testing.TB, b *knowledge.Base, q knowledge.Query) []string {
	t.Helper()
	var list []string
	for _, p := range search(t, b, q) {
		list = append(list, fmt.Sprintf("%s %d %.12g", p.Path, p.Ordinal, p.Score))
	}
	return list
}

// unmergeable is a store whose segments are never merged.
type unmergeable struct{ knowledge.Store }

func (unmergeable) MergeSegments(context.Context, string, int64, []int64, []byte, []int64) error {
	return knowledge.ErrStale
}

// Documents that are gone are dropped from the index once they are most of it.
func TestRemoveMerges(t *testing.T) {
	store := openStore(t)
	b := openBase(t, knowledge.Config{Store: store})
	dir := t.TempDir()
	for i := range 40 {
		writeFiles(t, dir, map[string]string{fmt.Sprintf("%d.md", i): fillText(i, "kite")})
	}
	src := syncDocs(t, b, dir).Source
	for i := range 30 {
		remove(t, dir, fmt.Sprintf("%d.md", i))
	}
	syncDocs(t, b, dir)
	left := 0
	for _, s := range segments(t, store, src.ID) {
		left += s.Docs
	}
	if left > 20 {
		t.Errorf("%d documents in the index, 10 live", left)
	}
	if got := len(search(t, b, knowledge.Query{Texts: []string{"kite"}, Limit: 50, PerDoc: 1})); got != 10 {
		t.Errorf("found %d documents", got)
	}
}

// A merge that lost against a change is tried again on the new state.
func TestMergeRetriesWhenStale(t *testing.T) {
	store := &stale{Store: openStore(t)}
	b := openBase(t, knowledge.Config{Store: store})
	var src knowledge.Source
	for i := range 8 {
		src = upload(t, b, "docs", text(fmt.Sprintf("%d.md", i), "kite"))
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(segments(t, store, src.ID)); n != 1 || store.tries.Load() < 3 {
		t.Errorf("%d segments after %d tries", n, store.tries.Load())
	}
}

// stale says twice that the source changed.
type stale struct {
	knowledge.Store
	tries atomic.Int32
}

func (s *stale) MergeSegments(ctx context.Context, source string, generation int64, old []int64, data []byte, revs []int64) error {
	if s.tries.Add(1) <= 2 {
		return fmt.Errorf("merge: %w", knowledge.ErrStale)
	}
	return s.Store.MergeSegments(ctx, source, generation, old, data, revs)
}

// A merge that fails in the background disturbs nobody; one at the end of a
// sync fails it.
func TestMergeFails(t *testing.T) {
	store := &unwritable{Store: openStore(t)}
	b := openBase(t, knowledge.Config{Store: store})
	for i := range 10 {
		upload(t, b, "docs", text(fmt.Sprintf("%d.md", i), "kite"))
	}
	if got := search(t, b, all("kite")); len(got) != 10 {
		t.Errorf("found %d", len(got))
	}
	dir := t.TempDir()
	for i := range 700 {
		writeFiles(t, dir, map[string]string{fmt.Sprintf("%d.md", i): "kite"})
	}
	r, err := b.Sync(t.Context(), knowledge.SyncConfig{Source: "folder", Root: dir})
	if !errors.Is(err, errBroken) || r.Added != 700 {
		t.Errorf("%+v, %v", r, err)
	}
}

type unwritable struct{ knowledge.Store }

func (unwritable) MergeSegments(context.Context, string, int64, []int64, []byte, []int64) error {
	return errBroken
}

// What was deleted goes from the index, too, whatever way it was deleted.
func TestDeletionPurgesIndex(t *testing.T) {
	store := openStore(t)
	b := openBase(t, knowledge.Config{Store: store})
	dir := t.TempDir()
	var docs []knowledge.Upload
	for i := range 6 {
		name := fmt.Sprintf("%d.md", i)
		docs = append(docs, text("u"+name, fillText(i, "kite")))
		writeFiles(t, dir, map[string]string{name: fillText(i, "kite")})
	}
	folder := syncDocs(t, b, dir).Source
	uploads := upload(t, b, "uploads", docs...)
	if err := b.Remove(t.Context(), "uploads", document(t, b, uploads.ID, "u0.md").FileID); err != nil {
		t.Error(err)
	}
	if err := b.DeleteFile(t.Context(), document(t, b, uploads.ID, "u1.md").FileID); err != nil {
		t.Error(err)
	}
	if err := b.DeleteFile(t.Context(), document(t, b, folder.ID, "0.md").FileID); err != nil {
		t.Error(err)
	}
	remove(t, dir, "0.md")
	remove(t, dir, "1.md")
	syncDocs(t, b, dir)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for _, src := range []knowledge.Source{folder, uploads} {
		live := 0
		for _, s := range segments(t, store, src.ID) {
			live += s.Docs
			if len(s.Deleted) > 0 {
				t.Errorf("%s: segment %+v holds what was deleted", src.Name, s)
			}
		}
		if live != 4 {
			t.Errorf("%s: %d documents in the index, want 4", src.Name, live)
		}
	}
}
