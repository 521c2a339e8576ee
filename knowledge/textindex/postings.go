package textindex

// block is one block of a term's postings.
type block struct {
	docs   []byte // documents part
	chunks []byte // chunks part
	maxTF  int    // greatest frequency in a chunk
	minLen int    // smallest length of a chunk that holds the term
}

// nextBlock cuts the first block off validated postings.
func nextBlock(b []byte) (block, []byte) {
	var v [4]uint64
	for i := range v {
		n := 0
		v[i], n = uvarint(b)
		b = b[n:]
	}
	docs, chunks := int(v[0]), int(v[1])
	return block{
		docs:   b[:docs:docs],
		chunks: b[docs : docs+chunks : docs+chunks],
		maxTF:  int(v[2]),
		minLen: int(v[3]),
	}, b[docs+chunks:]
}

// docPosting is a document that holds a term.
type docPosting struct {
	delta int // distance from the document before
	tf    int // weighted frequency in the document
	size  int // bytes in the chunks part
}

// nextDoc cuts the first document off a documents part.
func nextDoc(b []byte) (docPosting, []byte) {
	if len(b) >= 3 && b[0]|b[1]|b[2] < 0x80 { // nearly always
		return docPosting{int(b[0]), int(b[1]), int(b[2])}, b[3:]
	}
	var v [3]uint64
	for i := range v {
		n := 0
		v[i], n = uvarint(b)
		b = b[n:]
	}
	return docPosting{int(v[0]), int(v[1]), int(v[2])}, b
}

// nextChunk cuts the first chunk off a chunks part: the distance from the
// chunk before and the weighted frequency.
func nextChunk(b []byte) (delta, tf int, rest []byte) {
	if len(b) >= 2 && b[0]|b[1] < 0x80 { // nearly always
		return int(b[0]), int(b[1]), b[2:]
	}
	d, n := uvarint(b)
	f, m := uvarint(b[n:])
	return int(d), int(f), b[n+m:]
}

// eachDoc calls yield for every document of a term, in order, with its
// weighted frequency and its chunks.
func (t termInfo) eachDoc(yield func(doc, tf int, chunks chunkList)) {
	doc := -1
	for rest := t.postings; len(rest) > 0; {
		var b block
		b, rest = nextBlock(rest)
		for docs, chunks := b.docs, b.chunks; len(docs) > 0; {
			var p docPosting
			p, docs = nextDoc(docs)
			doc += p.delta
			yield(doc, p.tf, chunkList(chunks[:p.size]))
			chunks = chunks[p.size:]
		}
	}
}

// chunkList is a document's share of a chunks part.
type chunkList []byte

// each calls yield for every chunk that holds the term, in order. chunk counts
// within the document.
func (l chunkList) each(yield func(chunk, tf int)) {
	chunk := -1
	for b := []byte(l); len(b) > 0; {
		var delta, tf int
		delta, tf, b = nextChunk(b)
		chunk += delta
		yield(chunk, tf)
	}
}
