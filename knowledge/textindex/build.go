package textindex

import (
	"slices"
	"strings"
)

// Build makes a segment of documents. Several may be built at the same time.
func Build(docs []Document) (*Segment, error) {
	b := builder{analyzer: newAnalyzer(), ids: make(map[string]uint32)}
	for i, d := range docs {
		b.add(i, d)
	}
	return b.finish()
}

// builder counts terms document by document.
type builder struct {
	analyzer *analyzer
	ids      map[string]uint32 // of terms, in order of appearance
	terms    []string
	w        writer

	chunkEntries []chunkEntry
	docEntries   []docEntry

	inChunk, inDoc counter
}

// chunkEntry and docEntry are one posting each.
type chunkEntry struct{ term, doc, chunk, tf uint32 }

type docEntry struct{ term, doc, tf uint32 }

func (b *builder) add(doc int, d Document) {
	lengths := make([]int, len(d.Chunks))
	for i, c := range d.Chunks {
		b.count(c.Body, bodyWeight, bodyWeight)
		b.count(c.Headings, headingWeight, headingWeight)
		ofDoc := 0 // title and path count once in a document
		if i == 0 {
			ofDoc = 1
		}
		b.count(c.Title, titleWeight, ofDoc*titleWeight)
		b.count(c.Path, pathWeight, ofDoc*docPathWeight)
		lengths[i] = b.inChunk.total
		b.inChunk.drain(func(term uint32, tf int) {
			// A document holds a term at least as often as any of its
			// chunks, even if they have titles of their own.
			if missing := tf - b.inDoc.count(term); missing > 0 {
				b.inDoc.add(term, missing)
			}
			b.chunkEntries = append(b.chunkEntries, chunkEntry{term, uint32(doc), uint32(i), uint32(tf)})
		})
	}
	b.w.doc(d.Key, b.inDoc.total, lengths)
	b.inDoc.drain(func(term uint32, tf int) {
		b.docEntries = append(b.docEntries, docEntry{term, uint32(doc), uint32(tf)})
	})
}

func (b *builder) count(text string, inChunk, inDoc int) {
	b.analyzer.terms(text, func(term string) {
		id, ok := b.ids[term]
		if !ok {
			id = uint32(len(b.terms))
			term = strings.Clone(term)
			b.ids[term] = id
			b.terms = append(b.terms, term)
		}
		b.inChunk.add(id, inChunk)
		b.inDoc.add(id, inDoc)
	})
}

// finish writes the postings, term by term.
func (b *builder) finish() (*Segment, error) {
	chunks := byTerm(b.chunkEntries, len(b.terms), func(e chunkEntry) uint32 { return e.term })
	docs := byTerm(b.docEntries, len(b.terms), func(e docEntry) uint32 { return e.term })
	order := make([]uint32, len(b.terms))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(x, y uint32) int { return strings.Compare(b.terms[x], b.terms[y]) })
	for _, id := range order {
		b.w.begin(b.terms[id])
		rest := chunks(id)
		for _, d := range docs(id) {
			n := 0
			for n < len(rest) && rest[n].doc == d.doc {
				n++
			}
			own := rest[:n]
			rest = rest[n:]
			b.w.posting(int(d.doc), int(d.tf), func(yield func(chunk, tf int)) {
				for _, e := range own {
					yield(int(e.chunk), int(e.tf))
				}
			})
		}
		b.w.end()
	}
	return b.w.finish()
}

// byTerm groups entries by term and keeps their order within one (a counting
// sort).
func byTerm[E any](entries []E, terms int, termOf func(E) uint32) func(term uint32) []E {
	ends := make([]int, terms+1)
	for _, e := range entries {
		ends[termOf(e)+1]++
	}
	for i := 1; i < len(ends); i++ {
		ends[i] += ends[i-1]
	}
	sorted := make([]E, len(entries))
	next := slices.Clone(ends)
	for _, e := range entries {
		t := termOf(e)
		sorted[next[t]] = e
		next[t]++
	}
	return func(term uint32) []E { return sorted[ends[term]:ends[term+1]] }
}

// counter sums weights by term. Draining it costs no more than what was added.
type counter struct {
	counts []int
	terms  []uint32 // whose count is not zero
	total  int
}

func (c *counter) add(term uint32, weight int) {
	if weight == 0 {
		return
	}
	for int(term) >= len(c.counts) {
		c.counts = append(c.counts, 0)
	}
	if c.counts[term] == 0 {
		c.terms = append(c.terms, term)
	}
	c.counts[term] += weight
	c.total += weight
}

func (c *counter) count(term uint32) int {
	if int(term) >= len(c.counts) {
		return 0
	}
	return c.counts[term]
}

func (c *counter) drain(yield func(term uint32, count int)) {
	for _, t := range c.terms {
		yield(t, c.counts[t])
		c.counts[t] = 0
	}
	c.terms, c.total = c.terms[:0], 0
}
