package knowledge

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// Overlay returns a base over this one whose writes stay in memory and are
// thrown away with it. It sees this base's documents, but for those that it
// replaced or removed itself. Making one costs nothing; it needs no Close. What
// this base has cannot be changed through it other than document by document:
// sources and files of this base stay as they are.
func (b *Base) Overlay() *Base {
	own := newMemory()
	l := &layer{lower: b.store, own: own, hidden: make(map[string]map[string]bool)}
	return &Base{
		SourceStore: l, FileStore: l, store: l,
		viewer:   &overlay{lower: b.viewer, layer: l, own: newLive(own), made: make(map[string]composed)},
		frozen:   b.frozen,
		embedder: b.embedder, log: b.log,
	}
}

// overlay views a layer: the lower base's snapshots, less what is hidden, with
// the overlay's own documents.
type overlay struct {
	lower viewer
	layer *layer
	own   *live
	views views

	mu   sync.Mutex
	made map[string]composed // by source
}

// composed is a snapshot with what it was made of.
type composed struct{ lower, own, result *snapshot }

func (o *overlay) view(ctx context.Context, sources []string) (*view, error) {
	own := o.layer.own.changed()
	if len(own) == 0 { // nothing written yet: share the lower view
		return o.lower.view(ctx, sources)
	}
	var snapshots []*snapshot
	below := slices.DeleteFunc(slices.Clone(sources), o.layer.isOwn)
	if len(sources) == 0 || len(below) > 0 {
		v, err := o.lower.view(ctx, below)
		if err != nil {
			return nil, err
		}
		for _, s := range v.snapshots {
			c, err := o.compose(ctx, s, slices.Contains(own, s.source))
			if err != nil {
				return nil, err
			}
			snapshots = append(snapshots, c)
		}
	}
	for _, id := range own {
		if o.layer.isOwn(id) && (len(sources) == 0 || slices.Contains(sources, id)) {
			s, err := o.own.snapshots(ctx, []string{id})
			if err != nil {
				return nil, err
			}
			snapshots = append(snapshots, s...)
		}
	}
	return o.views.of(snapshots)
}

// compose adds the overlay's documents of a source to a lower snapshot. It
// returns the same result until one of both changes.
func (o *overlay) compose(ctx context.Context, lower *snapshot, changed bool) (*snapshot, error) {
	if !changed {
		return lower, nil
	}
	s, err := o.own.snapshots(ctx, []string{lower.source})
	if err != nil {
		return nil, err
	}
	own := s[0]
	o.mu.Lock()
	defer o.mu.Unlock()
	if c := o.made[lower.source]; c.lower == lower && c.own == own {
		return c.result, nil
	}
	var parts []part
	for _, p := range lower.parts {
		p.Deleted = slices.Clone(p.Deleted)
		for i := range p.docs {
			if o.layer.isHidden(lower.source, p.docs[i].Path) && !slices.Contains(p.Deleted, i) {
				p.Deleted = append(p.Deleted, i)
			}
		}
		parts = append(parts, p)
	}
	result := newSnapshot(lower.source, lower.generation, append(parts, own.parts...))
	o.made[lower.source] = composed{lower, own, result}
	return result, nil
}

// changed returns the sources that hold anything here, or were created here.
func (m *memory) changed() []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Sorted(maps.Keys(m.content))
}
