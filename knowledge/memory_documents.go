package knowledge

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
)

// remove removes a document and marks it as deleted in its segment.
func (c *memorySource) remove(d *memoryDocument) {
	delete(c.docs, d.Path)
	for _, s := range c.segments {
		if i := slices.IndexFunc(s.docs, func(o Document) bool { return o.Rev == d.Rev }); i >= 0 {
			s.Deleted = append(slices.Clone(s.Deleted), i)
			s.docs = slices.Clone(s.docs)
			s.docs[i] = Document{}
		}
	}
}

// Apply is part of Store.
func (m *memory) Apply(ctx context.Context, c Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	source := m.content[c.Source]
	if source == nil {
		return missing("source", c.Source)
	}
	for _, fileID := range c.Delete {
		for _, d := range source.docs {
			if d.FileID == fileID {
				source.remove(d)
				m.dropUnused(fileID)
			}
		}
	}
	var docs []Document
	for _, n := range c.Put {
		docs = append(docs, m.put(source, c, n))
	}
	if len(docs) > 0 {
		source.add(m.next(), c.Segment, docs)
	}
	source.generation = m.next()
	return nil
}

func (m *memory) put(source *memorySource, c Change, n NewDocument) Document {
	d := &memoryDocument{Document: n.Document, chunks: n.Chunks, model: c.Model}
	d.Source, d.Rev = c.Source, -m.next()
	old := source.docs[d.Path]
	if old != nil {
		source.remove(old)
	}
	source.docs[d.Path] = d
	if n.Content != nil {
		m.putFile(n.File, n.Content)
	}
	if old != nil && old.FileID != d.FileID {
		m.dropUnused(old.FileID)
	}
	return d.Document
}

func (c *memorySource) add(number int64, data []byte, docs []Document) {
	c.segments[number] = &memorySegment{
		Segment: Segment{ID: number, Docs: len(docs), Bytes: len(data)},
		data:    data, docs: docs,
	}
}

// Documents is part of Store.
func (m *memory) Documents(_ context.Context, source string) iter.Seq2[Document, error] {
	return func(yield func(Document, error) bool) {
		m.mu.RLock()
		c := m.content[source]
		var docs []Document
		if c != nil {
			for _, d := range c.docs {
				docs = append(docs, d.Document)
			}
		}
		m.mu.RUnlock()
		slices.SortFunc(docs, func(a, b Document) int { return strings.Compare(a.Path, b.Path) })
		for _, d := range docs {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// Document is part of Store.
func (m *memory) Document(_ context.Context, source, fileID string) (Document, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if c := m.content[source]; c != nil {
		for _, d := range c.docs {
			if d.FileID == fileID {
				return d.Document, nil
			}
		}
	}
	return Document{}, missing("document", fileID)
}

// Chunks is part of Store.
func (m *memory) Chunks(_ context.Context, refs []ChunkRef) ([]Chunk, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	chunks := make([]Chunk, len(refs))
	for i, ref := range refs {
		chunks[i] = m.chunk(ref)
	}
	return chunks, nil
}

func (m *memory) chunk(ref ChunkRef) Chunk {
	for _, c := range m.content {
		for _, d := range c.docs {
			if d.Rev == ref.Rev && ref.Ordinal < len(d.chunks) {
				c := d.chunks[ref.Ordinal]
				c.Vector = nil
				return c
			}
		}
	}
	return Chunk{Ordinal: -1}
}

// Generations is part of Store.
func (m *memory) Generations(_ context.Context, sources []string) (map[string]int64, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	generations := make(map[string]int64)
	for _, id := range sources {
		if c := m.content[id]; c != nil {
			generations[id] = c.generation
		}
	}
	return generations, nil
}

// Segments is part of Store.
func (m *memory) Segments(_ context.Context, source string) ([]Segment, int64, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	c := m.content[source]
	if c == nil {
		return nil, 0, missing("source", source)
	}
	var segments []Segment
	for _, id := range slices.Sorted(maps.Keys(c.segments)) {
		segments = append(segments, c.segments[id].Segment)
	}
	return segments, c.generation, nil
}

// SegmentData is part of Store.
func (m *memory) SegmentData(_ context.Context, segment int64) ([]byte, []Document, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, c := range m.content {
		if s := c.segments[segment]; s != nil {
			return s.data, s.docs, nil
		}
	}
	return nil, nil, missing("segment", fmt.Sprint(segment))
}

// MergeSegments is part of Store.
func (m *memory) MergeSegments(_ context.Context, source string, generation int64, old []int64, data []byte, revs []int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.content[source]
	if c == nil {
		return missing("source", source)
	}
	if c.generation != generation {
		return ErrStale
	}
	byRev := make(map[int64]Document)
	for _, d := range c.docs {
		byRev[d.Rev] = d.Document
	}
	docs := make([]Document, len(revs))
	for i, rev := range revs {
		docs[i] = byRev[rev]
	}
	for _, id := range old {
		delete(c.segments, id)
	}
	c.add(m.next(), data, docs)
	c.generation = m.next()
	return nil
}

// NearestChunks is part of Store; it compares with every vector.
func (m *memory) NearestChunks(_ context.Context, q VectorQuery) ([]VectorHit, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var hits []VectorHit
	for _, id := range q.Sources {
		if m.content[id] == nil {
			continue
		}
		for _, d := range m.content[id].docs {
			if d.model != q.Model || !q.Access.CanSee(d.Groups) || !q.Filter.Match(d.Attributes) {
				continue
			}
			for _, c := range d.chunks {
				hits = append(hits, VectorHit{Document: d.Document, Ordinal: c.Ordinal, Score: cosine(q.Vector, c.Vector)})
			}
		}
	}
	return nearest(hits, q.Limit), nil
}

// nearest sorts hits, best first, and cuts them.
func nearest(hits []VectorHit, limit int) []VectorHit {
	slices.SortFunc(hits, func(a, b VectorHit) int {
		return cmp.Or(
			cmp.Compare(b.Score, a.Score),
			strings.Compare(a.Document.Path, b.Document.Path),
			cmp.Compare(a.Ordinal, b.Ordinal))
	})
	return hits[:min(len(hits), limit)]
}

func cosine(a, b []float32) float64 {
	if len(a) != len(b) {
		return -1
	}
	var dot, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return dot / math.Sqrt(aa*bb)
}
