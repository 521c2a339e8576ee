package otel

import (
	"context"
	"errors"
	"time"
)

// Search is what is measured of a search.
type Search struct {
	Duration time.Duration
	Found    int     // passages
	Score    float64 // of the best one
	Fused    bool    // the scores are of several rankings, fused by rank; else of one text
	Err      error
}

// RecordSearch counts a search, for the context's Caller. A search whose caller
// has gone is none.
func RecordSearch(ctx context.Context, s Search) {
	if errors.Is(s.Err, context.Canceled) {
		return
	}
	origin, outcome, status := CallerOf(ctx).Origin, "found", "done"
	switch {
	case s.Err != nil:
		outcome, status = "failed", "failed"
	case s.Found == 0:
		outcome = "empty"
	}
	searches.add(ctx, 1, outcome, origin)
	searchDuration.add(ctx, s.Duration.Seconds(), origin)
	indexOperations.add(ctx, 1, "query", status)
	indexDuration.add(ctx, s.Duration.Seconds(), "query")
	if outcome == "found" {
		ranking := "text"
		if s.Fused {
			ranking = "fused"
		}
		searchScore.add(ctx, s.Score, ranking, origin)
	}
}

// RecordWrite counts a change of the index: documents inserted, with their
// chunks, or deleted.
func RecordWrite(ctx context.Context, took time.Duration, inserted, newChunks, deleted int, err error) {
	status := ended(err)
	if inserted > 0 {
		indexOperations.add(ctx, float64(inserted), "insert", status)
		indexDuration.add(ctx, took.Seconds(), "insert")
	}
	if deleted > 0 {
		indexOperations.add(ctx, float64(deleted), "delete", status)
		indexDuration.add(ctx, took.Seconds(), "delete")
	}
	if err == nil {
		indexedChunks.add(ctx, float64(newChunks))
	}
}

// RecordSync counts a sync of a source with its folder.
func RecordSync(ctx context.Context, source string, err error) {
	syncs.add(ctx, 1, source, ended(err))
}
