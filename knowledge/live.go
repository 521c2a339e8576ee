package knowledge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
)

// live keeps the newest snapshot of each source of a store.
type live struct {
	store   SegmentStore
	all     func(context.Context) ([]Source, error)
	mu      sync.Mutex
	sources map[string]*liveSource
	views   views
}

type liveSource struct {
	loading chan struct{} // holds the token of the one who loads
	current atomic.Pointer[snapshot]
}

func newLive(store Store) *live {
	return &live{store: store, all: store.Sources, sources: make(map[string]*liveSource)}
}

// view returns the present state of the sources; no IDs mean all sources.
func (l *live) view(ctx context.Context, sources []string) (*view, error) {
	snapshots, err := l.snapshots(ctx, sources)
	if err != nil {
		return nil, err
	}
	return l.views.of(snapshots)
}

func (l *live) snapshots(ctx context.Context, sources []string) ([]*snapshot, error) {
	ids := sources
	if len(ids) == 0 {
		all, err := l.all(ctx)
		if err != nil {
			return nil, fmt.Errorf("sources: %w", err)
		}
		for _, s := range all {
			ids = append(ids, s.ID)
		}
	}
	generations, err := l.store.Generations(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	var found []*snapshot
	for _, id := range ids {
		generation, ok := generations[id]
		if !ok {
			l.forget(id)
			if len(sources) == 0 {
				continue // deleted since it was listed
			}
			return nil, fmt.Errorf("source %s: %w", id, fs.ErrNotExist)
		}
		s, err := l.load(ctx, id, generation)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", id, err)
		}
		found = append(found, s)
	}
	return found, nil
}

// forget drops what is held of a source.
func (l *live) forget(id string) {
	l.mu.Lock()
	delete(l.sources, id)
	l.mu.Unlock()
	l.views.clear()
}

// maxSources bounds how many sources are held in memory. Any of them may have
// to go: it is read again when it is next searched.
const maxSources = 1024

func (l *live) source(id string) *liveSource {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.sources[id]
	if s == nil {
		for other := range l.sources {
			if len(l.sources) < maxSources {
				break
			}
			delete(l.sources, other)
		}
		s = &liveSource{loading: make(chan struct{}, 1)}
		l.sources[id] = s
	}
	return s
}

// load returns a snapshot of at least the given generation. One caller at a
// time reads what is new; the others wait for it.
func (l *live) load(ctx context.Context, id string, generation int64) (*snapshot, error) {
	source := l.source(id)
	before := source.current.Load()
	if before != nil && before.generation == generation {
		return before, nil
	}
	select {
	case source.loading <- struct{}{}:
		defer func() { <-source.loading }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if now := source.current.Load(); now != before && now.generation >= generation {
		return now, nil // loaded while this caller waited
	}
	s, err := l.read(ctx, id, before)
	if err != nil {
		return nil, err
	}
	source.current.Store(s)
	return s, nil
}

// maxReads bounds how often a snapshot is read again because the source
// changed meanwhile. It is large enough for a sync that writes all the time.
const maxReads = 8

// read reads a snapshot, taking over the opened segments of an earlier one.
// What it reads takes several calls to the store: if the source changed in
// between, a document could be missing in its old and in its new revision, so
// it reads again.
func (l *live) read(ctx context.Context, id string, known *snapshot) (*snapshot, error) {
	for n := 1; ; n++ {
		s, err := l.readOnce(ctx, id, known)
		if err != nil && (!errors.Is(err, fs.ErrNotExist) || n == maxReads) {
			return nil, err
		}
		now, gerr := l.store.Generations(ctx, []string{id})
		if gerr != nil {
			return nil, gerr
		}
		generation, ok := now[id]
		switch {
		case !ok:
			return nil, fs.ErrNotExist
		case err == nil && (s.generation == generation || n == maxReads):
			return s, nil
		case err == nil:
			known = s
		}
	}
}

func (l *live) readOnce(ctx context.Context, id string, known *snapshot) (*snapshot, error) {
	opened := make(map[int64]part)
	if known != nil {
		for _, p := range known.parts {
			opened[p.ID] = p
		}
	}
	segments, generation, err := l.store.Segments(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("list index segments: %w", err)
	}
	parts := make([]part, 0, len(segments))
	for _, seg := range segments {
		p, ok := opened[seg.ID]
		if !ok || p.Docs != seg.Docs || p.Bytes != seg.Bytes {
			if p, err = openPart(ctx, l.store, seg.ID); err != nil {
				return nil, err
			}
		}
		p.Segment = seg
		p.Deleted = withUnknown(seg.Deleted, p.docs)
		parts = append(parts, p)
	}
	return newSnapshot(id, generation, parts), nil
}
