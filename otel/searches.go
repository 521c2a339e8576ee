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
	if origin != evaluation {
		indexOperations.add(ctx, 1, "query", status)
		indexDuration.add(ctx, s.Duration.Seconds(), "query")
	}
	if outcome == "found" {
		ranking := "text"
		if s.Fused {
			ranking = "fused"
		}
		searchScore.add(ctx, s.Score, ranking, origin)
	}
}

// Write is what is measured of a change of the index.
type Write struct {
	Duration          time.Duration
	Inserted, Deleted int // documents
	Chunks            int // of those inserted
	Err               error
}

// RecordWrite counts a change of the index; not what evaluations write, which
// they throw away.
func RecordWrite(ctx context.Context, w Write) {
	if CallerOf(ctx).Origin == evaluation {
		return
	}
	status := ended(w.Err)
	if w.Inserted > 0 {
		indexOperations.add(ctx, float64(w.Inserted), "insert", status)
		indexDuration.add(ctx, w.Duration.Seconds(), "insert")
	}
	if w.Deleted > 0 {
		indexOperations.add(ctx, float64(w.Deleted), "delete", status)
		indexDuration.add(ctx, w.Duration.Seconds(), "delete")
	}
	if w.Err == nil && w.Chunks > 0 {
		indexedChunks.add(ctx, float64(w.Chunks))
	}
}

// RecordSync counts a sync of a source with its folder.
func RecordSync(ctx context.Context, source string, err error) {
	syncs.add(ctx, 1, source, ended(err))
}
