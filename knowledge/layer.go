package knowledge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"sync"
)

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
		for d, err := range l.own.Documents(ctx, source) {
			if err != nil {
				yield(Document{}, err)
				return
			}
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
