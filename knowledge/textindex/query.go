package textindex

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

const (
	maxQuery      = 16 << 10 // bytes of a query that are read
	maxQueryTerms = 64       // the rarest are kept
)

// queryTerm is a term with what the index knows about it.
type queryTerm struct {
	term      string
	infos     []termInfo // per part; without postings where the part lacks it
	docIDF    float64
	chunkIDF  float64
	chunkDocs int // live documents that hold it
}

var analyzers = sync.Pool{New: func() any { return newAnalyzer() }}

// query finds the distinct terms of a text that live documents hold, rarest
// first where there are too many, else in order.
func (x *Index) query(text string) []queryTerm {
	if len(text) > maxQuery {
		text = strings.ToValidUTF8(text[:maxQuery], "")
	}
	a := analyzers.Get().(*analyzer)
	defer analyzers.Put(a)
	seen := make(map[string]bool)
	var terms []queryTerm
	a.terms(text, func(term string) {
		if seen[term] {
			return
		}
		term = strings.Clone(term)
		seen[term] = true
		if t, ok := x.lookup(term); ok {
			terms = append(terms, t)
		}
	})
	if len(terms) > maxQueryTerms {
		slices.SortFunc(terms, func(a, b queryTerm) int {
			return cmp.Or(cmp.Compare(a.chunkDocs, b.chunkDocs), strings.Compare(a.term, b.term))
		})
		terms = terms[:maxQueryTerms]
	}
	return terms
}

// lookup is false where no live document holds the term.
func (x *Index) lookup(term string) (queryTerm, bool) {
	t := queryTerm{term: term, infos: make([]termInfo, len(x.parts))}
	var n liveCount
	for i, p := range x.parts {
		info, ok := p.seg.find(term)
		if !ok {
			continue
		}
		t.infos[i] = info
		in := p.count(term, info)
		n.docs += in.docs
		n.chunks += in.chunks
	}
	t.chunkDocs = n.docs
	t.docIDF = idf(n.docs, x.docs)
	t.chunkIDF = idf(n.chunks, x.chunks)
	return t, n.docs > 0
}
