package sqlite

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/honehq/hone/prompts"
)

// TestTwoWriters opens one file twice, as two processes do: neither loses a
// change, nor is turned away.
func TestTwoWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hone.db")
	const writers, changes = 2, 50
	var dbs []*DB
	for range writers {
		db, err := Open(t.Context(), path)
		noError(t, err)
		t.Cleanup(func() { noError(t, db.Close()) })
		dbs = append(dbs, db)
	}
	noError(t, dbs[0].CreatePrompt(t.Context(), prompts.Prompt{ID: "pmpt_1", Text: "first"}))
	var wg sync.WaitGroup
	for w, db := range dbs {
		wg.Go(func() {
			for i := range changes {
				p := prompts.Prompt{ID: "pmpt_1", Text: fmt.Sprint(w, i)}
				if _, err := db.AddPromptVersion(t.Context(), p, 1, false); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	versions, err := dbs[0].PromptVersions(t.Context(), "pmpt_1")
	noError(t, err)
	if len(versions) != 1+writers*changes {
		t.Errorf("%d versions, want %d", len(versions), 1+writers*changes)
	}
}
