package textindex

import (
	"fmt"
	"sync"
)

// Index is an immutable set of segments that is searched as one. It is cheap
// to make and safe for concurrent use; after a change, make a new one.
type Index struct {
	parts   []*indexPart
	ranking ranking

	// Counts and mean lengths of what is live.
	docs, chunks       int
	docMean, chunkMean float64
}

// indexPart is a segment less its deleted documents.
type indexPart struct {
	seg     *Segment
	deleted bitset

	mu   sync.Mutex
	live map[string]liveCount // of terms, where documents are deleted
}

// liveCount is how many live documents and chunks hold a term.
type liveCount struct{ docs, chunks int }

// NewIndex makes an index of parts. Hits name parts by their place in the
// slice.
func NewIndex(parts []Part) (*Index, error) {
	x := &Index{ranking: defaultRanking}
	var docLength, chunkLength int
	for i, p := range parts {
		deleted, err := deletedSet(p)
		if err != nil {
			return nil, fmt.Errorf("text index part %d: %w", i, err)
		}
		x.parts = append(x.parts, &indexPart{seg: p.Segment, deleted: deleted, live: map[string]liveCount{}})
		for doc := range p.Segment.docs {
			if deleted.has(doc) {
				continue
			}
			x.docs++
			docLength += p.Segment.docLen(doc)
			first, end := p.Segment.chunkRange(doc)
			x.chunks += end - first
			for c := first; c < end; c++ {
				chunkLength += p.Segment.chunkLen(c)
			}
		}
	}
	x.docMean = mean(docLength, x.docs)
	x.chunkMean = mean(chunkLength, x.chunks)
	return x, nil
}

// mean is never zero, so that lengths may be divided by it.
func mean(total, n int) float64 {
	if total == 0 {
		return 1
	}
	return float64(total) / float64(n)
}

// count is how many live documents and chunks of the part hold the term.
// Where documents are deleted, this takes a walk over the postings, which is
// remembered.
func (p *indexPart) count(term string, info termInfo) liveCount {
	if p.deleted == nil {
		return liveCount{info.docs, info.chunks}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n, ok := p.live[term]
	if !ok {
		info.eachDoc(func(doc, _ int, chunks chunkList) {
			if !p.deleted.has(doc) {
				n.docs++
				chunks.each(func(int, int) { n.chunks++ })
			}
		})
		p.live[term] = n
	}
	return n
}
