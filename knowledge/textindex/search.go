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

	matches    []match // all terms' postings, linked per document
	candidates candidates
	best       hitHeap
	norms      []float64 // scratch, per chunk of a document
	scores     []float64
}

// match is a document's posting of a query term.
type match struct {
	chunks []byte
	term   int32
	next   int32 // the document's next match in matches, or -1
}

// candidate is a document that holds at least one term.
type candidate struct {
	part, doc int
	score     float64 // as a document
	bound     float64 // no chunk's total score exceeds it
	first     int32   // in matches
}

// slack widens bounds by more than what rounding may add up to.
const slack = 1 + 1e-9

// scoreDocs adds the documents of a part to the candidates.
func (s *search) scoreDocs(part int) {
	p := s.x.parts[part]
	found := make([]candidate, p.seg.docs)
	var order []int
	for i := range s.terms {
		t := &s.terms[i]
		doc := -1
		for rest := t.infos[part].postings; len(rest) > 0; {
			var b block
			b, rest = nextBlock(rest)
			bound := t.chunkIDF * s.chunkScorer.saturated(b.maxTF, s.chunkScorer.norm(b.minLen))
			doc = b.eachDoc(doc, func(d docPosting) {
				if p.deleted.has(d.doc) {
					return
				}
				c := &found[d.doc]
				if c.bound == 0 {
					c.first = -1
					order = append(order, d.doc)
				}
				c.score += t.docIDF * s.docScorer.saturated(d.tf, s.docScorer.norm(p.seg.docLen(d.doc)))
				c.bound += bound
				s.matches = append(s.matches, match{chunks: d.chunks, term: int32(i), next: c.first})
				c.first = int32(len(s.matches) - 1)
			})
		}
	}
	for _, doc := range order {
		c := found[doc]
		c.part, c.doc = part, doc
		c.score *= docWeight
		c.bound = (c.bound + c.score) * slack
		s.candidates = append(s.candidates, c)
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
	s.norms, s.scores = s.norms[:0], s.scores[:0]
	for chunk := first; chunk < end; chunk++ {
		s.norms = append(s.norms, s.chunkScorer.norm(seg.chunkLen(chunk)))
		s.scores = append(s.scores, 0)
	}
	for m := c.first; m >= 0; m = s.matches[m].next {
		weight := s.terms[s.matches[m].term].chunkIDF
		docPosting{chunks: s.matches[m].chunks}.eachChunk(func(chunk, tf int) {
			s.scores[chunk] += weight * s.chunkScorer.saturated(tf, s.norms[chunk])
		})
	}
	hits := make([]Hit, 0, len(s.scores))
	for chunk, score := range s.scores {
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
