package knowledge

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/honehq/hone/knowledge/textindex"
)

// snapshot is what one source held at one moment. It never changes; snapshots
// that follow one another share their opened segments.
type snapshot struct {
	source     string
	generation int64
	parts      []part
	byPath     func() map[string]*Document // made on first use
	byRev      func() map[int64]*Document
}

// part is an opened index segment with its documents by ordinal.
type part struct {
	Segment
	index *textindex.Segment
	docs  []Document
}

func newSnapshot(source string, generation int64, parts []part) *snapshot {
	s := &snapshot{source: source, generation: generation, parts: parts}
	s.byPath = sync.OnceValue(func() map[string]*Document {
		docs := make(map[string]*Document)
		s.each(func(d *Document) { docs[d.Path] = d })
		return docs
	})
	s.byRev = sync.OnceValue(func() map[int64]*Document {
		docs := make(map[int64]*Document)
		s.each(func(d *Document) { docs[d.Rev] = d })
		return docs
	})
	return s
}

// each visits the live documents.
func (s *snapshot) each(visit func(*Document)) {
	for _, p := range s.parts {
		gone := make(map[int]bool, len(p.Deleted))
		for _, i := range p.Deleted {
			gone[i] = true
		}
		for i := range p.docs {
			if !gone[i] {
				visit(&p.docs[i])
			}
		}
	}
}

// openPart reads and opens a segment. Its Segment is left to the caller.
func openPart(ctx context.Context, store SegmentStore, id int64) (part, error) {
	data, docs, err := store.SegmentData(ctx, id)
	if err != nil {
		return part{}, fmt.Errorf("read index segment %d: %w", id, err)
	}
	index, err := textindex.Open(data)
	if err != nil {
		return part{}, fmt.Errorf("open index segment %d: %w", id, err)
	}
	if index.Docs() != len(docs) {
		return part{}, fmt.Errorf("index segment %d holds %d documents, the store knows %d", id, index.Docs(), len(docs))
	}
	return part{index: index, docs: docs}, nil
}

// withUnknown adds to deleted the documents that were gone when the segment
// was read.
func withUnknown(deleted []int, docs []Document) []int {
	known := make(map[int]bool, len(deleted))
	for _, i := range deleted {
		known[i] = true
	}
	all := slices.Clip(deleted)
	for i := range docs {
		if docs[i].Rev == 0 && !known[i] {
			all = append(all, i)
		}
	}
	return all
}
