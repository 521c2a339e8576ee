package knowledge_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/honehq/hone/knowledge"
)

// Everything at once: a document that is always there is always found, by a
// text that one of its revisions holds, and in the end the index is right.
func TestConcurrentUse(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	dir := t.TempDir()
	for i := range 80 {
		writeFiles(t, dir, map[string]string{fmt.Sprintf("%d.md", i): fillText(i, "falcon")})
	}
	syncDocs(t, b, dir)
	upload(t, b, "uploads", text("anchor.md", "The anchor osprey stands at revision 0."))

	writers, ctx := errgroup.WithContext(t.Context())
	writers.Go(func() error { // replaces one document all the time
		for i := range 20 {
			_, err := b.Put(ctx, "uploads", text("anchor.md", fmt.Sprintf("The anchor osprey stands at revision %d.", i)))
			if err != nil {
				return err
			}
		}
		return nil
	})
	writers.Go(func() error { // adds and removes others
		for i := range 20 {
			d, err := b.Put(ctx, "uploads", text(fmt.Sprintf("u%d.md", i), fillText(i, "upload")))
			if err == nil && i%2 == 0 {
				err = b.Remove(ctx, "uploads", d.FileID)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	for range 2 {
		writers.Go(func() error { // two syncs of one folder
			for i := range 6 {
				writeFiles(t, dir, map[string]string{fmt.Sprintf("%d.md", i): fillText(i, fmt.Sprintf("falcon %d", i))})
				if _, err := b.Sync(ctx, knowledge.SyncConfig{Source: "docs", Root: dir}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	readers, readCtx := errgroup.WithContext(t.Context())
	done := make(chan struct{})
	for range 3 {
		readers.Go(func() error {
			for {
				select {
				case <-done:
					return nil
				default:
				}
				if err := checkAnchor(readCtx, b); err != nil {
					return err
				}
			}
		})
	}
	readers.Go(func() error { // overlays of frozen states
		for {
			select {
			case <-done:
				return nil
			default:
			}
			f, err := b.Freeze(readCtx, nil)
			if err != nil {
				return err
			}
			o := f.Overlay()
			if _, err := o.EnsureSource(readCtx, knowledge.LocalSource, knowledge.KindUpload); err != nil {
				return err
			}
			if _, err := o.Put(readCtx, knowledge.LocalSource, text("o.md", "falcon overlay")); err != nil {
				return err
			}
			if _, err := o.Search(readCtx, all("falcon")); err != nil {
				return err
			}
		}
	})
	err := writers.Wait()
	close(done)
	if err := errors.Join(err, readers.Wait()); err != nil {
		t.Fatal(err)
	}
	if s, err := b.Source(t.Context(), "docs"); err != nil || s.Documents != 80 {
		t.Errorf("%+v, %v", s, err)
	}
	q := all("falcon")
	q.Limit, q.PerDoc = 50, 1
	if got := search(t, b, q); len(got) != 50 {
		t.Errorf("found %d falcons", len(got))
	}
}

func checkAnchor(ctx context.Context, s knowledge.Searcher) error {
	got, err := s.Search(ctx, all("anchor osprey"))
	switch {
	case err != nil:
		return err
	case len(got) != 1 || got[0].Path != "anchor.md":
		return fmt.Errorf("the document that is always there was not found: %d hits", len(got))
	}
	return nil
}
