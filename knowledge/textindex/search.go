package textindex

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
)

// Options bound and filter a search.
type Options struct {
	// K is the most hits to return; 0 means 10.
	K int
	// PerDoc is the most hits of one document; 0 means no bound.
	PerDoc int
	// Accept says whether a document may be found; nil accepts all. It is
	// called at most once per document and search, and has no influence on
	// scores.
	Accept func(part, doc int) bool
}

// Hit is a chunk that was found.
type Hit struct {
	Part  int // place in the slice given to NewIndex
	Doc   int // ordinal in the part
	Chunk int // ordinal in the document
	Score float64
}

// Search returns the best chunks for a text in any words, best first; equal
// scores are ordered by document key, then chunk. The only error is the
// context's.
//
// It first scores documents, which are few, and bounds for each what its best
// chunk can reach; then it scores the chunks of the most promising documents,
// until no other can still reach the result.
func (x *Index) Search(ctx context.Context, query string, opt Options) ([]Hit, error) {
	if opt.K <= 0 {
		opt.K = 10
	}
	s := search{x: x, opt: opt,
		docScorer:   newScorer(docK1, docB, x.docMean),
		chunkScorer: newScorer(chunkK1, chunkB, x.chunkMean),
		terms:       x.query(query),
	}
	s.best.x = x
	for part := range x.parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.scoreDocs(part)
	}
	if err := s.scoreChunks(ctx); err != nil {
		return nil, err
	}
	slices.SortFunc(s.best.hits, func(a, b Hit) int { return x.compare(a, b) })
	return s.best.hits, nil
}

// compare is negative where a ranks before b.
func (x *Index) compare(a, b Hit) int {
	if c := cmp.Compare(b.Score, a.Score); c != 0 {
		return c
	}
	return cmp.Or(
		cmp.Compare(x.parts[a.Part].seg.Key(a.Doc), x.parts[b.Part].seg.Key(b.Doc)),
		cmp.Compare(a.Chunk, b.Chunk),
		cmp.Compare(a.Part, b.Part),
		cmp.Compare(a.Doc, b.Doc),
	)
}

// search is the state of one search.
type search struct {
	x                      *Index
	opt                    Options
	docScorer, chunkScorer scorer
	terms                  []queryTerm

	matches    []match // postings of all documents, linked per document
	candidates candidates
	best       hitHeap

	sums  []sum     // scratch, per document of a part
	found []int     // documents with a sum
	tf    []int     // scratch, per chunk of a document
	score []float64 // the same
}

// match is a document's posting of one member of a query term.
type match struct {
	chunks []byte
	term   int32 // in search.terms
	weight int32
	next   int32 // the document's next match in matches, or none
}

const none = -1

// candidate is a document that holds at least one term.
type candidate struct {
	part, doc int
	score     float64 // as a document
	bound     float64 // no chunk's total score exceeds it
	first     int32   // in matches; terms come in falling order
}

// sum gathers a document's score, and for the current query term the
// frequencies of its members.
type sum struct {
	score, bound float64
	tf, chunkTF  int // chunkTF and minLen bound those of any chunk
	minLen       int
	first        int32
}

// slack widens bounds by more than what rounding may add up to.
const slack = 1 + 1e-9

// scoreDocs adds the documents of a part to the candidates.
func (s *search) scoreDocs(part int) {
	p := s.x.parts[part]
	s.sums = make([]sum, p.seg.docs)
	var all []int
	for i := range s.terms {
		t := &s.terms[i]
		s.found = s.found[:0]
		for _, m := range t.members {
			s.addMember(p, int32(i), int32(m.weight), m.infos[part])
		}
		for _, doc := range s.found {
			d := &s.sums[doc]
			if d.score == 0 {
				all = append(all, doc)
			}
			d.score += t.docIDF * s.docScorer.saturated(d.tf, s.docScorer.norm(p.seg.docLen(doc)))
			d.bound += t.chunkIDF * s.chunkScorer.saturated(d.chunkTF, s.chunkScorer.norm(d.minLen))
			d.tf, d.chunkTF = 0, 0
		}
	}
	for _, doc := range all {
		d := &s.sums[doc]
		score := docWeight * d.score
		s.candidates = append(s.candidates, candidate{
			part: part, doc: doc, score: score, bound: (score + d.bound) * slack, first: d.first,
		})
	}
}

// addMember adds the postings of one member of a query term to the sums.
func (s *search) addMember(p *indexPart, term, weight int32, info termInfo) {
	doc := none
	for rest := info.postings; len(rest) > 0; {
		var b block
		b, rest = nextBlock(rest)
		doc = b.eachDoc(doc, func(posting docPosting) {
			if p.deleted.has(posting.doc) {
				return
			}
			d := &s.sums[posting.doc]
			if d.tf == 0 {
				s.found = append(s.found, posting.doc)
				d.minLen = b.minLen
				if d.score == 0 {
					d.first = none
				}
			}
			d.tf += int(weight) * posting.tf
			d.chunkTF += int(weight) * min(posting.tf, b.maxTF)
			d.minLen = min(d.minLen, b.minLen)
			s.matches = append(s.matches, match{chunks: posting.chunks, term: term, weight: weight, next: d.first})
			d.first = int32(len(s.matches) - 1)
		})
	}
}

// scoreChunks takes candidates in falling order of their bounds.
func (s *search) scoreChunks(ctx context.Context) error {
	heap.Init(&s.candidates)
	for n := 0; len(s.candidates) > 0; n++ {
		if n%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		c := heap.Pop(&s.candidates).(candidate)
		if len(s.best.hits) == s.opt.K && c.bound < s.best.hits[0].Score {
			return nil
		}
		if s.opt.Accept == nil || s.opt.Accept(c.part, c.doc) {
			s.scoreDoc(c)
		}
	}
	return nil
}

// scoreDoc offers the chunks of one document to the result.
func (s *search) scoreDoc(c candidate) {
	seg := s.x.parts[c.part].seg
	first, end := seg.chunkRange(c.doc)
	s.tf, s.score = zeros(s.tf, end-first), zeros(s.score, end-first)
	for m := c.first; m != none; {
		term := s.matches[m].term
		for ; m != none && s.matches[m].term == term; m = s.matches[m].next {
			weight := int(s.matches[m].weight)
			docPosting{chunks: s.matches[m].chunks}.eachChunk(func(chunk, tf int) {
				s.tf[chunk] += weight * tf
			})
		}
		idf := s.terms[term].chunkIDF
		for chunk, tf := range s.tf {
			if tf > 0 {
				s.score[chunk] += idf * s.chunkScorer.saturated(tf, s.chunkScorer.norm(seg.chunkLen(first+chunk)))
				s.tf[chunk] = 0
			}
		}
	}
	hits := make([]Hit, 0, len(s.score))
	for chunk, score := range s.score {
		if score > 0 {
			hits = append(hits, Hit{Part: c.part, Doc: c.doc, Chunk: chunk, Score: score + c.score})
		}
	}
	if s.opt.PerDoc > 0 && len(hits) > s.opt.PerDoc {
		slices.SortFunc(hits, s.x.compare)
		hits = hits[:s.opt.PerDoc]
	}
	for _, h := range hits {
		s.best.offer(h, s.opt.K)
	}
}

// zeros is a slice of n zeros in the memory of b, where that is enough.
func zeros[T int | float64](b []T, n int) []T {
	b = slices.Grow(b[:0], n)[:n]
	clear(b)
	return b
}
