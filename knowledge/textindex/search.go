package textindex

import (
	"cmp"
	"context"
	"slices"
	"sync"
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
	s, _ := searches.Get().(*search)
	if s == nil {
		s = new(search)
	}
	defer s.release()
	s.reset(x, opt)
	s.terms = x.query(query)
	for part := range x.parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.scoreDocs(part)
	}
	if err := s.scoreChunks(ctx); err != nil {
		return nil, err
	}
	hits := slices.Clone(s.best.hits)
	slices.SortFunc(hits, x.compare)
	return hits, nil
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

// search is the state of one search. It is reused, since its memory grows with
// the postings of the question's terms.
type search struct {
	x                      *Index
	opt                    Options
	docScorer, chunkScorer scorer
	terms                  []queryTerm

	matches    []match // postings of all documents, linked per document
	candidates []candidate
	best       hitHeap

	sums  []sum // per document of a part; zero between parts
	found []int // documents with a sum for the current term
	all   []int // documents with a sum
	tf    []int // per chunk of a document
	score []float64
	hits  []Hit
}

var searches sync.Pool

func (s *search) reset(x *Index, opt Options) {
	s.x, s.opt = x, opt
	s.docScorer = newScorer(docK1, docB, x.docMean)
	s.chunkScorer = newScorer(chunkK1, chunkB, x.chunkMean)
	s.matches, s.candidates = s.matches[:0], s.candidates[:0]
	s.best.x, s.best.hits = x, s.best.hits[:0]
}

// release returns the memory for the next search, without hold on the index.
func (s *search) release() {
	s.x, s.best.x, s.terms, s.opt.Accept = nil, nil, nil, nil
	searches.Put(s)
}

// match is a document's posting of one member of a query term.
type match struct {
	at     int   // of its chunks in the segment's postings
	size   int32 // of its chunks in bytes
	next   int32 // the document's next match in matches, or none
	term   uint8 // in search.terms
	weight uint8
}

const none = -1

// candidate is a document that holds at least one term.
type candidate struct {
	part, doc int32
	first     int32   // in matches; terms come in falling order
	score     float64 // as a document
	bound     float64 // no chunk's total score exceeds it
}

// sum gathers a document's score, and for the current query term the
// frequencies of its members.
type sum struct {
	score, bound float64
	tf           int
	chunkTF      int // this and minLen bound those of any chunk
	minLen       int
	first        int32
}

// slack widens bounds by more than what rounding may add up to.
const slack = 1 + 1e-9

// scoreDocs adds the documents of a part to the candidates.
func (s *search) scoreDocs(part int) {
	p := s.x.parts[part]
	if len(s.sums) < p.seg.docs {
		s.sums = make([]sum, p.seg.docs)
	}
	s.all = s.all[:0]
	for i := range s.terms {
		t := &s.terms[i]
		s.found = s.found[:0]
		for _, m := range t.members {
			s.addMember(p, i, m.weight, m.infos[part])
		}
		for _, doc := range s.found {
			d := &s.sums[doc]
			if d.score == 0 {
				s.all = append(s.all, doc)
			}
			d.score += t.docIDF * s.docScorer.saturated(d.tf, s.docScorer.norm(p.seg.docLen(doc)))
			d.bound += t.chunkIDF * s.chunkScorer.saturated(d.chunkTF, s.chunkScorer.norm(d.minLen))
			d.tf, d.chunkTF = 0, 0
		}
	}
	for _, doc := range s.all {
		d := &s.sums[doc]
		score := s.x.ranking.docWeight * d.score
		s.candidates = append(s.candidates, candidate{
			part: int32(part), doc: int32(doc), first: d.first,
			score: score, bound: (score + d.bound) * slack,
		})
		*d = sum{}
	}
}

// addMember adds the postings of one member of a query term to the sums.
func (s *search) addMember(p *indexPart, term, weight int, info termInfo) {
	doc := none
	for rest := info.postings; len(rest) > 0; {
		var b block
		b, rest = nextBlock(rest)
		at := info.at + len(info.postings) - len(rest) - len(b.chunks)
		for docs := b.docs; len(docs) > 0; {
			var posting docPosting
			posting, docs = nextDoc(docs)
			doc += posting.delta
			if !p.deleted.has(doc) {
				s.add(doc, term, weight, at, posting, b)
			}
			at += posting.size
		}
	}
}

func (s *search) add(doc, term, weight, at int, posting docPosting, b block) {
	d := &s.sums[doc]
	if d.tf == 0 {
		s.found = append(s.found, doc)
		d.minLen = b.minLen
		if d.score == 0 {
			d.first = none
		}
	}
	d.tf += weight * posting.tf
	d.chunkTF += weight * min(posting.tf, b.maxTF)
	d.minLen = min(d.minLen, b.minLen)
	s.matches = append(s.matches, match{
		at: at, size: int32(posting.size), next: d.first, term: uint8(term), weight: uint8(weight),
	})
	d.first = int32(len(s.matches) - 1)
}

// scoreChunks takes candidates in falling order of their bounds.
func (s *search) scoreChunks(ctx context.Context) error {
	heapify(s.candidates, higherBound)
	for n := 0; len(s.candidates) > 0; n++ {
		if n%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		c := s.candidates[0]
		s.candidates = removeTop(s.candidates, higherBound)
		if len(s.best.hits) == s.opt.K && c.bound < s.best.hits[0].Score {
			return nil
		}
		if s.opt.Accept == nil || s.opt.Accept(int(c.part), int(c.doc)) {
			s.scoreDoc(c)
		}
	}
	return nil
}

func higherBound(a, b candidate) bool { return a.bound > b.bound }

// scoreDoc offers the chunks of one document to the result.
func (s *search) scoreDoc(c candidate) {
	seg := s.x.parts[c.part].seg
	first, end := seg.chunkRange(int(c.doc))
	s.tf, s.score = zeros(s.tf, end-first), zeros(s.score, end-first)
	for m := c.first; m != none; {
		m = s.scoreTerm(seg, first, m)
	}
	s.hits = s.hits[:0]
	for chunk, score := range s.score {
		if score > 0 {
			s.hits = append(s.hits, Hit{Part: int(c.part), Doc: int(c.doc), Chunk: chunk, Score: score + c.score})
		}
	}
	if s.opt.PerDoc > 0 && len(s.hits) > s.opt.PerDoc {
		slices.SortFunc(s.hits, s.x.compare)
		s.hits = s.hits[:s.opt.PerDoc]
	}
	for _, h := range s.hits {
		s.best.offer(h, s.opt.K)
	}
}

// scoreTerm adds one term, whose matches in a document start at m, to the
// scores of the document's chunks. It returns the match of the next term.
func (s *search) scoreTerm(seg *Segment, first int, m int32) int32 {
	term := s.matches[m].term
	idf := s.terms[term].chunkIDF
	for ; m != none && s.matches[m].term == term; m = s.matches[m].next {
		match := &s.matches[m]
		chunk := none
		for b := seg.postings[match.at : match.at+int(match.size)]; len(b) > 0; {
			var delta, tf int
			delta, tf, b = nextChunk(b)
			chunk += delta
			s.tf[chunk] += int(match.weight) * tf
		}
	}
	for chunk, tf := range s.tf {
		if tf > 0 {
			s.score[chunk] += idf * s.chunkScorer.saturated(tf, s.chunkScorer.norm(seg.chunkLen(first+chunk)))
			s.tf[chunk] = 0
		}
	}
	return m
}

// zeros is a slice of n zeros in the memory of b, where that is enough.
func zeros[T int | float64](b []T, n int) []T {
	b = slices.Grow(b[:0], n)[:n]
	clear(b)
	return b
}
