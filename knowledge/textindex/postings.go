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
	doc    int
	tf     int    // weighted frequency in the document
	chunks []byte // its chunks: pairs of varints
}

// eachDoc calls yield for every document of a term, in order.
func (t termInfo) eachDoc(yield func(p docPosting)) {
	doc := -1
	for rest := t.postings; len(rest) > 0; {
		var b block
		b, rest = nextBlock(rest)
		doc = b.eachDoc(doc, yield)
	}
}

// eachDoc calls yield for every document of a block, in order, and returns the
// last. doc is the last document of the block before, or -1.
func (b block) eachDoc(doc int, yield func(p docPosting)) int {
	for docs, chunks := b.docs, b.chunks; len(docs) > 0; {
		delta, n := uvarint(docs)
		docs = docs[n:]
		tf, n := uvarint(docs)
		docs = docs[n:]
		size, n := uvarint(docs)
		docs = docs[n:]
		doc += int(delta)
		yield(docPosting{doc: doc, tf: int(tf), chunks: chunks[:size:size]})
		chunks = chunks[size:]
	}
	return doc
}

// eachChunk calls yield for every chunk of the document that holds the term,
// in order. chunk counts within the document.
func (p docPosting) eachChunk(yield func(chunk, tf int)) {
	chunk := -1
	for b := p.chunks; len(b) > 0; {
		delta, n := uvarint(b)
		b = b[n:]
		tf, n := uvarint(b)
		b = b[n:]
		chunk += int(delta)
		yield(chunk, int(tf))
	}
}
