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

// queryTerm is a term of the question together with its synonyms: they count
// as occurrences of the term, at a lower weight, and have its idf.
type queryTerm struct {
	term             string
	members          []member
	live             liveCount
	docIDF, chunkIDF float64
}

// member is a term that the index holds.
type member struct {
	weight int        // of an occurrence, in tenths
	infos  []termInfo // per part; without postings where the part lacks it
}

var analyzers sync.Pool

// query finds the distinct terms of a text for which the index has anything,
// in order; the rarest where there are too many.
func (x *Index) query(text string) []queryTerm {
	if len(text) > maxQuery {
		text = strings.ToValidUTF8(text[:maxQuery], "")
	}
	distinct := distinctTerms(text)
	var terms []queryTerm
	for _, term := range distinct {
		if t, ok := x.lookup(term, distinct); ok {
			terms = append(terms, t)
		}
	}
	if len(terms) > maxQueryTerms {
		slices.SortFunc(terms, func(a, b queryTerm) int {
			return cmp.Or(cmp.Compare(a.live.docs, b.live.docs), strings.Compare(a.term, b.term))
		})
		terms = terms[:maxQueryTerms]
	}
	return terms
}

func distinctTerms(text string) []string {
	a, _ := analyzers.Get().(*analyzer)
	if a == nil {
		a = newAnalyzer()
	}
	defer analyzers.Put(a)
	seen := make(map[string]bool)
	var terms []string
	a.terms(text, func(term string) {
		if !seen[term] {
			term = strings.Clone(term)
			seen[term] = true
			terms = append(terms, term)
		}
	})
	return terms
}

// lookup is false where no live document holds the term or a synonym. A term
// that none holds takes the idf of its commonest synonym. Synonyms that are in
// the question themselves count for themselves only.
func (x *Index) lookup(term string, question []string) (queryTerm, bool) {
	t := queryTerm{term: term}
	if m, live := x.member(term, termWeight); live.docs > 0 {
		t.members = append(t.members, m)
		t.live = live
	}
	held := t.live.docs > 0
	for _, synonym := range synonyms()[term] {
		if slices.Contains(question, synonym) {
			continue
		}
		m, live := x.member(synonym, x.ranking.synonymWeight)
		if live.docs == 0 || x.common(live) || x.ranking.synonymWeight == 0 {
			continue
		}
		t.members = append(t.members, m)
		if !held {
			t.live = liveCount{max(t.live.docs, live.docs), max(t.live.chunks, live.chunks)}
		}
	}
	t.docIDF = x.ranking.idf(t.live.docs, x.docs)
	t.chunkIDF = x.ranking.idf(t.live.chunks, x.chunks)
	return t, len(t.members) > 0
}

// common reports whether so many documents hold a synonym that it says nothing
// about any. In a handful of documents no word is common.
func (x *Index) common(live liveCount) bool { return live.docs > 5+x.docs*2/5 }

// member looks a term up in every part and counts what is live.
func (x *Index) member(term string, weight int) (member, liveCount) {
	m := member{weight: weight, infos: make([]termInfo, len(x.parts))}
	var n liveCount
	for i, p := range x.parts {
		info, ok := p.seg.find(term)
		if !ok {
			continue
		}
		m.infos[i] = info
		in := p.count(term, info)
		n.docs += in.docs
		n.chunks += in.chunks
	}
	return m, n
}
