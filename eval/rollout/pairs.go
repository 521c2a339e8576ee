package rollout

import (
	"context"
	"iter"
	"time"
)

// couple is a thread with the new prompt and its neighbour with the old one.
type couple struct {
	old, new Thread
	through  Position // the later one
}

// page is how many threads are read at a time.
const page = 500

// couples pairs threads that began after a position and before a time: each
// with the one that began directly before it, if that has the other version and
// no partner yet. Threads that are not kept are as if they weren't there, and so
// are those whose version is not the one that they drew.
//
// Neighbours, rather than the k-th thread of one arm with the k-th of the other,
// because the questions that people ask change with the hour and the week. Which
// of two neighbours has the new prompt is a matter of the draw alone (with half
// of the threads each, exactly; with other shares, but for what changes between
// one thread and the next), so that no change of the mix looks like a difference
// of the prompts. Threads are in the order in which they began, not ended: which
// end early may hang on the prompt. With half of the threads each, three threads
// make a pair.
func couples(ctx context.Context, store Store, r Rollout, after Position, before time.Time, keep func(Thread) bool) iter.Seq2[couple, error] {
	return func(yield func(couple, error) bool) {
		var waiting *Thread
		for {
			threads, err := store.Threads(ctx, r, ThreadQuery{After: after, Before: before, Limit: page})
			if err != nil {
				yield(couple{}, err)
				return
			}
			for _, t := range threads {
				after = t.Position
				if !keep(t) || t.Version != r.Version(t.Thread) {
					continue
				}
				if waiting == nil || waiting.Version == t.Version {
					waiting = &t
					continue
				}
				c := couple{old: *waiting, new: t, through: t.Position}
				if t.Version == r.Old {
					c.old, c.new = t, *waiting
				}
				waiting = nil
				if !yield(c, nil) {
					return
				}
			}
			if len(threads) < page {
				return
			}
		}
	}
}
