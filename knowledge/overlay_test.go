package knowledge_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/internal/id"
	"github.com/honehq/hone/knowledge"
)

func freeze(t testing.TB, b *knowledge.Base, sources ...string) *knowledge.Base {
	t.Helper()
	f, err := b.Freeze(t.Context(), sources)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestOverlay(t *testing.T) {
	for _, embedder := range []knowledge.Embedder{nil, fakeEmbedder{name: "m"}} {
		b := openBase(t, knowledge.Config{Embedder: embedder})
		src := upload(t, b, "docs", text("a.md", "swan in a"), text("b.md", "swan in b"))
		o := freeze(t, b).Overlay()
		if got := found(t, o, all("swan")); sorted(strings.Fields(got)) != "a.md b.md" {
			t.Errorf("fresh: %q", got)
		}
		// A source that the store doesn't have.
		local := upload(t, o, knowledge.LocalSource, text("c.md", "swan in c"), text("a.md", "swan in the local a"))
		if got := found(t, o, all("swan")); sorted(strings.Fields(got)) != "a.md a.md b.md c.md" {
			t.Errorf("with local documents: %q", got)
		}
		q := all("swan")
		q.Sources = []string{local.ID}
		if got := found(t, o, q); sorted(strings.Fields(got)) != "a.md c.md" {
			t.Errorf("local only: %q", got)
		}
		q.Sources = []string{src.ID}
		if got := found(t, o, q); sorted(strings.Fields(got)) != "a.md b.md" {
			t.Errorf("stored only: %q", got)
		}
		// The same path in the same source hides what is stored.
		upload(t, o, "docs", text("a.md", "swan in the new a"))
		for _, p := range search(t, o, q) {
			if p.Path == "a.md" && p.Text != "swan in the new a" {
				t.Errorf("found %q", p.Text)
			}
		}
		if got := paths(t, o, "docs"); got != "a.md b.md" {
			t.Errorf("documents %q", got)
		}
		// Documents can be removed, stored ones and those of the overlay.
		for _, path := range []string{"a.md", "b.md"} {
			if err := o.Remove(t.Context(), "docs", document(t, o, src.ID, path).FileID); err != nil {
				t.Errorf("remove %s: %v", path, err)
			}
		}
		if got := found(t, o, q); got != "" {
			t.Errorf("after removal: %q", got)
		}
		// Nothing of it reached the store.
		if got := found(t, b, all("swan")); sorted(strings.Fields(got)) != "a.md b.md" {
			t.Errorf("the base: %q", got)
		}
		if _, err := b.Source(t.Context(), knowledge.LocalSource); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the overlay's source in the store: %v", err)
		}
	}
}

// An overlay of a frozen base keeps to its moment, scores included; one of a
// live base follows it.
func TestFreeze(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a.md": "tern in a", "b.md": "tern in b", "c.md": "tern in c"})
	src := syncDocs(t, b, dir).Source
	frozen := freeze(t, b, src.ID)
	before := search(t, frozen, all("tern"))
	fingerprint := frozen.Fingerprint()

	writeFiles(t, dir, map[string]string{"b.md": "tern in the new b", "d.md": "tern tern"})
	syncDocs(t, b, dir)
	following := b.Overlay()
	upload(t, following, knowledge.LocalSource, text("e.md", "tern in e"))
	if got := found(t, following, all("tern")); sorted(strings.Fields(got)) != "a.md b.md c.md d.md e.md" {
		t.Errorf("over the live base: %q", got)
	}
	for name, f := range map[string]*knowledge.Base{"frozen": frozen, "overlay": frozen.Overlay()} {
		var want []knowledge.Passage
		for _, p := range before {
			if p.Path != "b.md" { // its text is gone
				want = append(want, p)
			}
		}
		if diff := cmp.Diff(want, search(t, f, all("tern"))); diff != "" {
			t.Errorf("%s (-before +after):\n%s", name, diff)
		}
		if f.Fingerprint() != fingerprint {
			t.Errorf("%s: another fingerprint", name)
		}
	}
	if now := freeze(t, b).Fingerprint(); now == fingerprint || len(now) != 64 {
		t.Errorf("fingerprints %s and %s", fingerprint, now)
	}
	if b.Fingerprint() != "" {
		t.Error("a live base has a fingerprint")
	}
}

// The fingerprint is of documents, not of how they came into the store.
func TestFingerprint(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a.md": "one", "b.md": "two"})
	one, two := openBase(t, knowledge.Config{}), openBase(t, knowledge.Config{Store: knowledge.NewMemory()})
	syncDocs(t, one, dir)
	writeFiles(t, dir, map[string]string{"b.md": "three"})
	syncDocs(t, one, dir)
	syncDocs(t, two, dir)
	if a, b := freeze(t, one).Fingerprint(), freeze(t, two).Fingerprint(); a != b {
		t.Errorf("%s and %s", a, b)
	}
}

func TestFrozenSources(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	docs := upload(t, b, "docs", text("a.md", "tern"))
	local := upload(t, b, knowledge.LocalSource, text("b.md", "tern"))
	frozen := freeze(t, b, docs.ID)
	if got := found(t, frozen, all("tern")); got != "a.md" {
		t.Errorf("found %q", got)
	}
	q := all("tern")
	q.Sources = []string{local.ID}
	if _, err := frozen.Search(t.Context(), q); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a source that is not frozen: %v", err)
	}
	// To its overlays, such a source doesn't exist, so they may have their own.
	o := frozen.Overlay()
	if s := upload(t, o, knowledge.LocalSource, text("c.md", "tern")); s.ID == local.ID {
		t.Error("wrote to the stored source")
	}
	if got := found(t, o, all("tern")); sorted(strings.Fields(got)) != "a.md c.md" {
		t.Errorf("found %q", got)
	}
	if _, err := b.Freeze(t.Context(), []string{"vs_none"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("freeze of an unknown source: %v", err)
	}
}

func TestFrozenIsReadOnly(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	src := upload(t, b, "docs", text("a.md", "tern"))
	d := document(t, b, src.ID, "a.md")
	f := freeze(t, b)
	ctx := t.Context()
	_, put := f.Put(ctx, "docs", text("a.md", "gull"))
	_, ensure := f.EnsureSource(ctx, "new", knowledge.KindUpload)
	for name, err := range map[string]error{
		"Put": put, "EnsureSource": ensure,
		"Remove":       f.Remove(ctx, "docs", d.FileID),
		"UpdateSource": f.UpdateSource(ctx, src), "DeleteSource": f.DeleteSource(ctx, src.ID),
		"PutFile": f.PutFile(ctx, knowledge.File{ID: "file-x"}, nil), "DeleteFile": f.DeleteFile(ctx, d.FileID),
	} {
		if err == nil || !strings.Contains(err.Error(), "frozen") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := found(t, b, all("tern")); got != "a.md" {
		t.Errorf("found %q", got)
	}
}

// Files and sources of an overlay: its own can do everything, those below stay.
func TestOverlayFiles(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	src := upload(t, b, "docs", text("a.md", "tern"))
	stored := document(t, b, src.ID, "a.md").FileID
	o := b.Overlay()
	ctx := t.Context()
	file := knowledge.File{ID: id.New("file-"), Name: "x.md", Bytes: 4}
	if err := o.PutFile(ctx, file, []byte("gull")); err != nil {
		t.Fatal(err)
	}
	own := upload(t, o, "own")
	if d, err := o.Put(ctx, "own", knowledge.Upload{FileID: file.ID}); err != nil || d.Path != "x.md" {
		t.Errorf("%+v, %v", d, err)
	}
	// A stored file may be indexed again elsewhere.
	if d, err := o.Put(ctx, "own", knowledge.Upload{FileID: stored}); err != nil || d.Path != "a.md" {
		t.Errorf("%+v, %v", d, err)
	}
	var ids []string
	for after := ""; ; after = ids[len(ids)-1] {
		page, err := o.Files(ctx, after, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		ids = append(ids, page[0].ID)
	}
	if diff := cmp.Diff([]string{stored, file.ID}, ids); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	sources, err := o.Sources(ctx)
	if err != nil || len(sources) != 2 || sources[1].Documents != 2 {
		t.Errorf("sources %+v, %v", sources, err)
	}
	if err := o.CreateSource(ctx, knowledge.Source{ID: "vs_x", Name: "docs"}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a name that is taken below: %v", err)
	}
	for name, err := range map[string]error{
		"DeleteSource": o.DeleteSource(ctx, src.ID), "UpdateSource": o.UpdateSource(ctx, src), "DeleteFile": o.DeleteFile(ctx, stored),
	} {
		if err == nil || !strings.Contains(err.Error(), "overlay") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := o.DeleteFile(ctx, file.ID); err != nil {
		t.Error(err)
	}
	if got := found(t, o, all("gull")); got != "" {
		t.Errorf("found %q", got)
	}
	own.Name = "renamed"
	if err := errors.Join(o.UpdateSource(ctx, own), o.DeleteSource(ctx, own.ID)); err != nil {
		t.Error(err)
	}
	if got := found(t, o, all("tern")); got != "a.md" {
		t.Errorf("found %q", got)
	}
}

// An overlay is made for each question of an evaluation: it must cost nothing,
// and share the index until it writes.
func TestOverlayIsCheap(t *testing.T) {
	dir := t.TempDir()
	for i := range 300 {
		writeFiles(t, dir, map[string]string{fmt.Sprintf("%d.md", i): fillText(i, "tern")})
	}
	store := &counter{Store: openStore(t)}
	loads := 0
	store.segmentData = func(int64) { loads++ }
	b := openBase(t, knowledge.Config{Store: store})
	syncDocs(t, b, dir)
	frozen := freeze(t, b)
	search(t, frozen, all("tern"))
	loads = 0
	if n := testing.AllocsPerRun(10, func() { frozen.Overlay() }); n > 20 {
		t.Errorf("making an overlay takes %v allocations", n)
	}
	for range 5 {
		o := frozen.Overlay()
		search(t, o, all("tern"))
		upload(t, o, knowledge.LocalSource, text("x.md", "tern"))
		search(t, o, all("tern"))
	}
	if loads != 0 {
		t.Errorf("overlays read %d segments", loads)
	}
}
