package textindex

import (
	"bytes"
	"fmt"
)

// Part is a segment of an index and its deleted documents, by ordinal, in any
// order.
type Part struct {
	Segment *Segment
	Deleted []int
}

// Merge makes one segment of the live documents of several, in the order of
// parts and of ordinals within a part: the very bytes that Build would give
// for these documents.
func Merge(parts []Part) (*Segment, error) {
	var w writer
	sources := make([]mergeSource, len(parts))
	for i, p := range parts {
		deleted, err := deletedSet(p)
		if err != nil {
			return nil, fmt.Errorf("merge part %d: %w", i, err)
		}
		sources[i] = newMergeSource(&w, p.Segment, deleted)
	}
	for {
		term := leastTerm(sources)
		if term == nil {
			return w.finish()
		}
		w.begin(string(term))
		for i := range sources {
			sources[i].copyTerm(&w, w.term)
		}
		w.end()
	}
}

// mergeSource is a segment being merged; its dictionary stands at the next
// term that is not yet written.
type mergeSource struct {
	dict    dictReader
	more    bool
	ordinal []int // of each document in the result, -1 for a deleted one
}

func newMergeSource(w *writer, s *Segment, deleted bitset) mergeSource {
	m := mergeSource{dict: s.dict(), ordinal: make([]int, s.docs)}
	for doc := range s.docs {
		if deleted.has(doc) {
			m.ordinal[doc] = -1
			continue
		}
		m.ordinal[doc] = w.docs
		first, end := s.chunkRange(doc)
		lengths := make([]int, 0, end-first)
		for c := first; c < end; c++ {
			lengths = append(lengths, s.chunkLen(c))
		}
		w.doc(s.Key(doc), s.docLen(doc), lengths)
	}
	m.more = m.dict.advance()
	return m
}

func leastTerm(sources []mergeSource) []byte {
	var least []byte
	for i := range sources {
		if sources[i].more && (least == nil || bytes.Compare(sources[i].dict.term, least) < 0) {
			least = sources[i].dict.term
		}
	}
	return least
}

// copyTerm writes the source's postings of the term, if it stands there.
func (m *mergeSource) copyTerm(w *writer, term string) {
	if !m.more || string(m.dict.term) != term {
		return
	}
	m.dict.info.eachDoc(func(doc, tf int, chunks chunkList) {
		if to := m.ordinal[doc]; to >= 0 {
			w.posting(to, tf, chunks.each)
		}
	})
	m.more = m.dict.advance()
}

// bitset is a set of document ordinals; nil is empty.
type bitset []uint64

func deletedSet(p Part) (bitset, error) {
	if len(p.Deleted) == 0 {
		return nil, nil
	}
	set := make(bitset, (p.Segment.docs+63)/64)
	for _, doc := range p.Deleted {
		if doc < 0 || doc >= p.Segment.docs {
			return nil, fmt.Errorf("deleted document %d of %d", doc, p.Segment.docs)
		}
		set[doc/64] |= 1 << (doc % 64)
	}
	return set, nil
}

func (s bitset) has(doc int) bool { return s != nil && s[doc/64]&(1<<(doc%64)) != 0 }
