package knowledge_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/knowledge"
)

// A sync that ends at any change, before it or right after, leaves a state
// from which the next one reaches what an undisturbed one reaches: documents,
// chunks, and search results with their scores.
func TestSyncInterrupted(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	for i := range 250 {
		name := fmt.Sprintf("%d/%03d.md", i%7, i)
		words := []string{"alpha beta", "beta gamma", "gamma delta epsilon"}
		writeFiles(t, first, map[string]string{name: fillText(i, words[i%3])})
		switch {
		case i%5 == 0: // deleted
		case i%3 == 0: // changed
			writeFiles(t, second, map[string]string{name: fillText(i, "zeta "+words[(i+1)%3])})
		default:
			writeFiles(t, second, map[string]string{name: fillText(i, words[i%3])})
		}
		if i%4 == 0 { // added
			writeFiles(t, second, map[string]string{fmt.Sprintf("new/%03d.md", i): fillText(i, "eta alpha")})
		}
	}
	undisturbed := openBase(t, knowledge.Config{})
	syncDocs(t, undisturbed, second)
	want := contents(t, undisturbed)

	for seed := range uint64(8) {
		store := &breaking{Store: openStore(t), random: rand.New(rand.NewPCG(seed, 1))}
		b := openBase(t, knowledge.Config{Store: store})
		stopped := 0
		for _, dir := range []string{first, second, second} {
			ctx, cancel := context.WithCancel(t.Context())
			store.cancel = cancel
			_, err := b.Sync(ctx, knowledge.SyncConfig{Source: "docs", Root: dir})
			if err != nil {
				stopped++
				if !errors.Is(err, errBroken) && !errors.Is(err, context.Canceled) {
					t.Errorf("seed %d: %v", seed, err)
				}
			}
			cancel()
			search(t, b, all("alpha")) // a half-done sync can be searched
		}
		if stopped == 0 {
			t.Errorf("seed %d: nothing was interrupted", seed)
		}
		calm := openBase(t, knowledge.Config{Store: store.Store})
		syncDocs(t, calm, second)
		if diff := cmp.Diff(want, contents(t, calm)); diff != "" {
			t.Fatalf("seed %d, after %d interruptions (-want +got):\n%s", seed, stopped, diff)
		}
	}
}

var errBroken = errors.New("broken on purpose")

// breaking is a store of which every third write, at random, fails, or is the
// last before a cancellation.
type breaking struct {
	knowledge.Store
	mu     sync.Mutex // a rand.Rand is not safe for concurrent use
	random *rand.Rand
	cancel context.CancelFunc
}

func (s *breaking) Apply(ctx context.Context, c knowledge.Change) error {
	return s.disturb(func() error { return s.Store.Apply(ctx, c) })
}

func (s *breaking) MergeSegments(ctx context.Context, source string, generation int64, old []int64, data []byte, revs []int64) error {
	return s.disturb(func() error { return s.Store.MergeSegments(ctx, source, generation, old, data, revs) })
}

func (s *breaking) disturb(write func() error) error {
	s.mu.Lock()
	n := s.random.IntN(9)
	s.mu.Unlock()
	switch n {
	case 0:
		return errBroken
	case 1:
		s.cancel()
	case 2:
		return errors.Join(write(), errBroken) // stored, but the caller never learns it
	}
	return write()
}

// state is what of a source must not depend on how it came about.
type state struct {
	Documents []knowledge.Document
	Chunks    [][]knowledge.Chunk
	Results   map[string][]string
}

func contents(t testing.TB, b *knowledge.Base) state {
	t.Helper()
	src, err := b.Source(t.Context(), "docs")
	if err != nil {
		t.Fatal(err)
	}
	s := state{Results: make(map[string][]string)}
	for d, err := range b.Documents(t.Context(), src.ID) {
		if err != nil {
			t.Fatal(err)
		}
		var refs []knowledge.ChunkRef
		for i := range d.Chunks {
			refs = append(refs, knowledge.ChunkRef{Rev: d.Rev, Ordinal: i})
		}
		chunks, err := knowledge.ChunksOf(b, refs)
		if err != nil {
			t.Fatal(err)
		}
		s.Chunks = append(s.Chunks, chunks)
		d.Source, d.FileID, d.Rev, d.UpdatedAt = "", "", 0, time.Time{}
		s.Documents = append(s.Documents, d)
	}
	for _, q := range []string{"alpha", "the number is 17", "zeta gamma details", "document eta", "nowhere"} {
		query := all(q)
		query.Limit = 50
		for _, p := range search(t, b, query) {
			s.Results[q] = append(s.Results[q], fmt.Sprintf("%s %d %.12g", p.Path, p.Ordinal, p.Score))
		}
	}
	return s
}
