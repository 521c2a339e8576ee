package storetest

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"testing"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/prompts"
)

// parallel runs do n times at once and returns the errors.
func parallel(n int, do func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = do(i) })
	}
	wg.Wait()
	return errs
}

// oneWins checks that one call succeeded and the others failed as they should.
func oneWins(t testing.TB, errs []error, lost error) {
	t.Helper()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, lost) {
			t.Errorf("error is %v, want %v", err, lost)
		}
	}
	if won != 1 {
		t.Errorf("%d won, want 1", won)
	}
}

func testApplyInParallel(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	const writers, changes = 6, 5
	for _, err := range parallel(writers, func(w int) error {
		for i := range changes {
			own := doc(fmt.Sprintf("own-%d-%d.md", w, i), "own")
			if err := s.Apply(ctx, change("vs_1", own, doc("shared.md", fmt.Sprint(w, i)))); err != nil {
				return err
			}
		}
		return nil
	}) {
		ok(t, err)
	}
	segments, g, err := s.Segments(ctx, "vs_1")
	ok(t, err)
	same(t, g, writers*changes)
	same(t, len(documents(t, s, "vs_1")), writers*changes+1)
	live := 0
	for _, segment := range segments {
		live += segment.Docs - len(segment.Deleted)
	}
	same(t, live, writers*changes+1)
}

// testDeleteFileWhileApplying deletes a file while documents are made of it:
// there are some at the end, or there is no file, but never half of it.
func testDeleteFileWhileApplying(t *testing.T, s Store) {
	ctx := t.Context()
	for i := range 4 {
		ok(t, s.CreateSource(ctx, source(fmt.Sprint("vs_", i), fmt.Sprint(i), i)))
	}
	d := doc("a.md", "a")
	d.Content = nil
	for range 10 {
		ok(t, s.PutFile(ctx, d.File, []byte("a")))
		ok(t, s.Apply(ctx, change("vs_0", d)))
		errs := parallel(4, func(i int) error {
			if i == 0 {
				return s.DeleteFile(ctx, d.FileID)
			}
			return s.Apply(ctx, change(fmt.Sprint("vs_", i), d))
		})
		ok(t, errs[0])
		for _, err := range errs[1:] {
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("error is %v, want %v", err, fs.ErrNotExist)
			}
		}
		same(t, fileIDs(t, s), nil)
		for i := range 4 {
			same(t, paths(t, s, fmt.Sprint("vs_", i)), nil)
		}
	}
}

// testLastDocumentsInParallel removes the last documents of a file at once:
// the file goes with whichever comes last.
func testLastDocumentsInParallel(t *testing.T, s Store) {
	ctx := t.Context()
	const sources = 3
	for i := range sources {
		ok(t, s.CreateSource(ctx, source(fmt.Sprint("vs_", i), fmt.Sprint(i), i)))
	}
	for range 20 {
		for i := range sources {
			ok(t, s.Apply(ctx, change(fmt.Sprint("vs_", i), doc("a.md", "a"))))
		}
		for _, err := range parallel(sources, func(i int) error {
			return s.Apply(ctx, knowledge.Change{Source: fmt.Sprint("vs_", i), Delete: []string{"file-a.md"}})
		}) {
			ok(t, err)
		}
		if left := fileIDs(t, s); len(left) > 0 {
			t.Fatalf("%v is left without a document", left)
		}
	}
}

// testReadWhileApplying checks that each read sees whole changes: every change
// puts two documents of the same text.
func testReadWhileApplying(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	put := func(i int) error {
		return s.Apply(ctx, change("vs_1", doc("a.md", fmt.Sprint(i)), doc("b.md", fmt.Sprint(i))))
	}
	ok(t, put(0))
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					checkPair(t, s)
				}
			}
		})
	}
	for i := range 30 {
		if err := put(i); err != nil {
			t.Error(err)
		}
	}
	close(done)
	wg.Wait()
}

func checkPair(t testing.TB, s Store) {
	segments, g, err := s.Segments(t.Context(), "vs_1")
	if err != nil {
		t.Error(err)
		return
	}
	live := 0
	for _, segment := range segments {
		live += segment.Docs - len(segment.Deleted)
	}
	if live != 2 || int64(len(segments)) != g {
		t.Errorf("%d documents in %d segments of generation %d", live, len(segments), g)
	}
	last := segments[len(segments)-1]
	_, docs, err := s.SegmentData(t.Context(), last.ID)
	if err != nil || len(docs) != 2 || docs[0].Hash != docs[1].Hash {
		t.Errorf("documents %v: %v", docs, err)
	}
}

func testPromptsInParallel(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreatePrompt(ctx, prompt("pmpt_1", "first")))
	errs := parallel(8, func(i int) error {
		_, err := s.AddPromptVersion(ctx, prompt("pmpt_1", fmt.Sprint(i)), 1, true)
		return err
	})
	oneWins(t, errs, prompts.ErrStale)
	same(t, len(must(s.PromptVersions(ctx, "pmpt_1"))(t)), 2)

	errs = parallel(8, func(i int) error {
		_, err := s.UsePrompt(ctx, "pmpt_1", 1, 2, "operator", "roll back")
		return err
	})
	oneWins(t, errs, prompts.ErrStale)

	// Versions that are not put in use don't get in each other's way.
	for _, err := range parallel(8, func(i int) error {
		_, err := s.AddPromptVersion(ctx, prompt("pmpt_1", fmt.Sprint(i)), 1, false)
		return err
	}) {
		ok(t, err)
	}
	same(t, len(must(s.PromptVersions(ctx, "pmpt_1"))(t)), 10)
}

func testPromotionsInParallel(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreatePrompt(ctx, prompt("pmpt_1", "first")))
	_, err := add(s, t, storedCase("c1", eval.Sealed, 1))
	ok(t, err)
	oneWins(t, parallel(6, func(i int) error {
		r := round(fmt.Sprint("rnd_", i), i)
		r.Retire = []string{"c1"}
		_, err := s.EndRound(ctx, r, promotion())
		return err
	}), prompts.ErrStale)
	same(t, len(must(s.Rounds(ctx, "default", 0))(t)), 1)
	same(t, len(must(s.PromptVersions(ctx, "pmpt_1"))(t)), 2)
}

func testTurnsInParallel(t *testing.T, s Store) {
	ctx := t.Context()
	lost := errors.New("someone else has the turn")
	oneWins(t, parallel(8, func(i int) error {
		got, err := s.TakeTurn(ctx, "default", fmt.Sprint("owner", i), hour)
		if err == nil && !got {
			return lost
		}
		return err
	}), lost)
}
