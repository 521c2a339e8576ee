package knowledge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"
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

// layer is a Store that reads through to another one and writes into memory.
type layer struct {
	lower Store
	own   *memory

	mu     sync.RWMutex
	hidden map[string]map[string]bool // by source: lower documents replaced or removed here, by path
}

// errLower is what changes to the store below an overlay wrap.
var errLower = errors.New("an overlay cannot change what is stored")

// isOwn tells whether a source was created in the overlay.
func (l *layer) isOwn(source string) bool {
	l.own.mu.RLock()
	defer l.own.mu.RUnlock()
	_, ok := l.own.sources[source]
	return ok
}

func (l *layer) isHidden(source, name string) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.hidden[source][name]
}

func (l *layer) hide(source, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hidden[source] == nil {
		l.hidden[source] = make(map[string]bool)
	}
	l.hidden[source][name] = true
}

// CreateSource is part of Store.
func (l *layer) CreateSource(ctx context.Context, s Source) error {
	_, err := l.lower.Source(ctx, s.Name)
	if err == nil {
		return fmt.Errorf("source %s: %w", s.Name, fs.ErrExist)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return l.own.CreateSource(ctx, s)
}

// Source is part of Store.
func (l *layer) Source(ctx context.Context, idOrName string) (Source, error) {
	s, err := l.own.Source(ctx, idOrName)
	if errors.Is(err, fs.ErrNotExist) {
		return l.lower.Source(ctx, idOrName)
	}
	return s, err
}

// Sources is part of Store.
func (l *layer) Sources(ctx context.Context) ([]Source, error) {
	lower, err := l.lower.Sources(ctx)
	if err != nil {
		return nil, err
	}
	own, err := l.own.Sources(ctx)
	return append(lower, own...), err
}

// UpdateSource is part of Store.
func (l *layer) UpdateSource(ctx context.Context, s Source) error {
	if !l.isOwn(s.ID) {
		return fmt.Errorf("source %s: %w", s.ID, errLower)
	}
	return l.own.UpdateSource(ctx, s)
}

// DeleteSource is part of Store.
func (l *layer) DeleteSource(ctx context.Context, source string) error {
	if !l.isOwn(source) {
		return fmt.Errorf("source %s: %w", source, errLower)
	}
	return l.own.DeleteSource(ctx, source)
}

// PutFile is part of Store.
func (l *layer) PutFile(ctx context.Context, f File, content []byte) error {
	return l.own.PutFile(ctx, f, content)
}

// File is part of Store.
func (l *layer) File(ctx context.Context, fileID string) (File, error) {
	f, err := l.own.File(ctx, fileID)
	if errors.Is(err, fs.ErrNotExist) {
		return l.lower.File(ctx, fileID)
	}
	return f, err
}

// FileContent is part of Store.
func (l *layer) FileContent(ctx context.Context, fileID string) ([]byte, error) {
	content, err := l.own.FileContent(ctx, fileID)
	if errors.Is(err, fs.ErrNotExist) {
		return l.lower.FileContent(ctx, fileID)
	}
	return content, err
}

// Files is part of Store: first the lower store's files, then the overlay's.
func (l *layer) Files(ctx context.Context, after string, limit int) ([]File, error) {
	if _, err := l.own.File(ctx, after); err == nil {
		return l.own.Files(ctx, after, limit)
	}
	files, err := l.lower.Files(ctx, after, limit)
	if err != nil || len(files) == limit {
		return files, err
	}
	own, err := l.own.Files(ctx, "", limit-len(files))
	return append(files, own...), err
}

// DeleteFile is part of Store.
func (l *layer) DeleteFile(ctx context.Context, fileID string) error {
	err := l.own.DeleteFile(ctx, fileID)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := l.lower.File(ctx, fileID); err != nil {
			return err
		}
		return fmt.Errorf("file %s: %w", fileID, errLower)
	}
	return err
}

// Apply is part of Store.
func (l *layer) Apply(ctx context.Context, c Change) error {
	if !l.isOwn(c.Source) {
		if _, err := l.lower.Source(ctx, c.Source); err != nil {
			return err
		}
		l.own.adopt(c.Source)
		for _, fileID := range c.Delete {
			d, err := l.lower.Document(ctx, c.Source, fileID)
			if err == nil {
				l.hide(c.Source, d.Path)
			} else if !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	for _, d := range c.Put {
		l.hide(c.Source, d.Path)
	}
	return l.own.Apply(ctx, c)
}

// Documents is part of Store.
func (l *layer) Documents(ctx context.Context, source string) iter.Seq2[Document, error] {
	return func(yield func(Document, error) bool) {
		var docs []Document
		for d := range l.own.Documents(ctx, source) {
			docs = append(docs, d)
		}
		if !l.isOwn(source) {
			for d, err := range l.lower.Documents(ctx, source) {
				if err != nil {
					yield(Document{}, err)
					return
				}
				if !l.isHidden(source, d.Path) {
					docs = append(docs, d)
				}
			}
		}
		slices.SortFunc(docs, func(a, b Document) int { return strings.Compare(a.Path, b.Path) })
		for _, d := range docs {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// Document is part of Store.
func (l *layer) Document(ctx context.Context, source, fileID string) (Document, error) {
	d, err := l.own.Document(ctx, source, fileID)
	if !errors.Is(err, fs.ErrNotExist) || l.isOwn(source) {
		return d, err
	}
	d, err = l.lower.Document(ctx, source, fileID)
	if err == nil && l.isHidden(source, d.Path) {
		return Document{}, missing("document", fileID)
	}
	return d, err
}

// Chunks is part of Store. Negative revisions are the overlay's.
func (l *layer) Chunks(ctx context.Context, refs []ChunkRef) ([]Chunk, error) {
	var below []ChunkRef
	for _, ref := range refs {
		if ref.Rev > 0 {
			below = append(below, ref)
		}
	}
	var found []Chunk
	if len(below) > 0 {
		var err error
		if found, err = l.lower.Chunks(ctx, below); err != nil {
			return nil, err
		}
	}
	chunks, err := l.own.Chunks(ctx, refs)
	for i := range chunks {
		if refs[i].Rev > 0 && len(found) > 0 {
			chunks[i], found = found[0], found[1:]
		}
	}
	return chunks, err
}

// NearestChunks is part of Store. Hits that the overlay hides are left in:
// the search drops what its view doesn't hold.
func (l *layer) NearestChunks(ctx context.Context, q VectorQuery) ([]VectorHit, error) {
	hits, err := l.own.NearestChunks(ctx, q)
	if err != nil {
		return nil, err
	}
	q.Sources = slices.DeleteFunc(slices.Clone(q.Sources), l.isOwn)
	if len(q.Sources) > 0 {
		below, err := l.lower.NearestChunks(ctx, q)
		if err != nil {
			return nil, err
		}
		hits = append(hits, below...)
	}
	return nearest(hits, len(hits)), nil
}

// The overlay's view joins segments by itself; its store has none to offer.

// Generations is part of Store.
func (l *layer) Generations(context.Context, []string) (map[string]int64, error) {
	return nil, errLower
}

// Segments is part of Store.
func (l *layer) Segments(context.Context, string) ([]Segment, int64, error) { return nil, 0, errLower }

// SegmentData is part of Store.
func (l *layer) SegmentData(context.Context, int64) ([]byte, []Document, error) {
	return nil, nil, errLower
}

// MergeSegments is part of Store.
func (l *layer) MergeSegments(context.Context, string, int64, []int64, []byte, []int64) error {
	return errLower
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
