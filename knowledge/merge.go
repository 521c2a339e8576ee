package knowledge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/bits"
	"slices"
	"sync"

	"github.com/honehq/hone/knowledge/textindex"
	"github.com/honehq/hone/otel"
)

// Segments are merged by tiers, as in log-structured stores: as soon as eight
// of about one size exist, they become one. A document is so rewritten once
// per tier and not once per change. Segments above maxMerge stay, which bounds
// what a merge holds in memory.
const (
	mergeFactor = 8
	tierBytes   = 64 << 10 // all smaller segments are one tier
	maxMerge    = 128 << 20
	mergeTries  = 8
)

// merger merges index segments in the background, one source at a time.
type merger struct {
	store SegmentStore
	log   *slog.Logger
	busy  sync.Mutex // held while merging: two at once would only disturb each other

	mu     sync.Mutex
	due    map[string]change // by source
	active bool
	closed bool
	wait   sync.WaitGroup
}

// change is what a source's segments are merged for.
type change struct {
	purge bool       // something was deleted
	cause otel.Cause // who changed something last
}

// soon has a source's segments merged in the background, if they need it. With
// purge, those that hold deleted documents are written anew, too: the words of
// what was deleted must not stay in the index.
func (m *merger) soon(ctx context.Context, source string, purge bool) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	if m.due == nil {
		m.due = make(map[string]change)
	}
	m.due[source] = change{m.due[source].purge || purge, otel.CauseOf(ctx)}
	if !m.active {
		m.active = true
		m.wait.Go(m.run)
	}
}

// run merges until nothing is due. It belongs to no request, so it takes no
// request's context: a merge must not end with the request that caused it, nor
// show up in its trace. It has one of its own.
func (m *merger) run() {
	for source, c := range m.next {
		if err := m.merge(otel.WithCause(context.Background(), c.cause), source, c.purge); err != nil {
			m.log.Warn("merging index segments failed", "source", source, "error", err)
		}
	}
}

// next yields sources that are due, until there are none.
func (m *merger) next(yield func(source string, c change) bool) {
	for {
		m.mu.Lock()
		var source string
		var c change
		for source, c = range m.due {
			break
		}
		delete(m.due, source)
		if source == "" {
			m.active = false
		}
		m.mu.Unlock()
		if source == "" || !yield(source, c) {
			return
		}
	}
}

func (m *merger) close() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.wait.Wait()
}

// merge merges a source's segments until no tier is full and, with purge, none
// holds what is deleted. Where someone else
// changes the source all the time, it gives up without an error: the next
// change brings the next merge.
func (m *merger) merge(ctx context.Context, source string, purge bool) error {
	if m == nil {
		return nil
	}
	for stale := 0; stale < mergeTries; {
		more, err := m.mergeOnce(ctx, source, purge)
		switch {
		case errors.Is(err, ErrStale) || errors.Is(err, fs.ErrNotExist):
			stale++
		case err != nil:
			return fmt.Errorf("merge index segments of %s: %w", source, err)
		case !more:
			return nil
		}
	}
	return nil
}

func (m *merger) mergeOnce(ctx context.Context, source string, purge bool) (more bool, err error) {
	m.busy.Lock()
	defer m.busy.Unlock()
	segments, generation, err := m.store.Segments(ctx, source)
	if err != nil {
		return false, err
	}
	segments = mergeable(segments, purge)
	if len(segments) == 0 {
		return false, nil
	}
	ctx, span := otel.MergeIndex.Start(ctx, otel.DataSourceID.String(source), otel.IndexSegments.Int(len(segments)))
	defer func() { endSpan(span, err) }()
	var (
		ids   []int64
		parts []textindex.Part
		revs  []int64
	)
	for _, s := range segments {
		p, err := openPart(ctx, m.store, s.ID)
		if err != nil {
			return false, err
		}
		p.Segment, p.Deleted = s, withUnknown(s.Deleted, p.docs)
		ids = append(ids, s.ID)
		parts = append(parts, textindex.Part{Segment: p.index, Deleted: p.Deleted})
		newSnapshot(source, generation, []part{p}).each(func(d *Document) { revs = append(revs, d.Rev) })
	}
	merged, err := textindex.Merge(parts)
	if err != nil {
		return false, err
	}
	data, err := merged.MarshalBinary()
	if err != nil {
		return false, err
	}
	return true, m.store.MergeSegments(ctx, source, generation, ids, data, revs)
}

// mergeable returns the segments to be merged next: those of the smallest full
// tier, else one whose documents are mostly gone; with purge, one with any gone.
func mergeable(segments []Segment, purge bool) []Segment {
	tiers := make(map[int][]Segment)
	for _, s := range segments {
		if s.Bytes <= maxMerge {
			tiers[tier(s)] = append(tiers[tier(s)], s)
		}
	}
	for t := range 64 {
		if len(tiers[t]) >= mergeFactor {
			return atMost(tiers[t], maxMerge)
		}
	}
	for _, s := range segments {
		if 2*len(s.Deleted) > s.Docs || purge && len(s.Deleted) > 0 {
			return []Segment{s}
		}
	}
	return nil
}

// tier counts in steps of mergeFactor from tierBytes up.
func tier(s Segment) int {
	return (bits.Len(uint(s.Bytes/tierBytes)) + 2) / 3
}

// atMost keeps the smallest segments, two at least, up to a size.
func atMost(segments []Segment, size int) []Segment {
	slices.SortFunc(segments, func(a, b Segment) int {
		return cmp.Or(cmp.Compare(a.Bytes, b.Bytes), cmp.Compare(a.ID, b.ID))
	})
	for i, s := range segments {
		if size -= s.Bytes; size < 0 && i >= 2 {
			return segments[:i]
		}
	}
	return segments
}
