package textindex

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
)

// writer puts a segment together: documents first, in order, then terms in
// ascending order, each with its postings in order of documents and chunks.
type writer struct {
	docs, chunks, terms int

	keyEnds, chunkEnds, docLens, chunkLens, groups []byte
	keys, dictionary, postings                     []byte

	lengths []int // of chunks
	first   []int // first chunk of each document
	prev    string

	// The term being written.
	term          string
	termStart     int
	termDocs      int
	termChunks    int
	lastDoc       int
	docPart       []byte
	chunkPart     []byte
	blockDocs     int
	maxTF, minLen int
}

// doc adds a document with the weighted lengths of its chunks.
func (w *writer) doc(key string, length int, chunkLengths []int) {
	w.keys = append(w.keys, key...)
	w.keyEnds = put32(w.keyEnds, len(w.keys))
	w.first = append(w.first, w.chunks)
	w.docs++
	w.chunks += len(chunkLengths)
	w.chunkEnds = put32(w.chunkEnds, w.chunks)
	w.docLens = put32(w.docLens, length)
	for _, l := range chunkLengths {
		w.chunkLens = put32(w.chunkLens, l)
	}
	w.lengths = append(w.lengths, chunkLengths...)
}

// begin starts a term.
func (w *writer) begin(term string) {
	w.term, w.termStart = term, len(w.postings)
	w.termDocs, w.termChunks, w.lastDoc = 0, 0, -1
	w.resetBlock()
}

func (w *writer) resetBlock() {
	w.docPart, w.chunkPart = w.docPart[:0], w.chunkPart[:0]
	w.blockDocs, w.maxTF, w.minLen = 0, 0, math.MaxInt
}

// posting adds a document to the current term; chunks calls its argument for
// each chunk that holds the term.
func (w *writer) posting(doc, tf int, chunks func(yield func(chunk, tf int))) {
	if w.blockDocs == blockDocs {
		w.flushBlock()
	}
	start, last := len(w.chunkPart), -1
	chunks(func(chunk, tf int) {
		w.chunkPart = binary.AppendUvarint(w.chunkPart, uint64(chunk-last))
		w.chunkPart = binary.AppendUvarint(w.chunkPart, uint64(tf))
		last = chunk
		w.termChunks++
		w.maxTF = max(w.maxTF, tf)
		w.minLen = min(w.minLen, w.lengths[w.first[doc]+chunk])
	})
	w.docPart = binary.AppendUvarint(w.docPart, uint64(doc-w.lastDoc))
	w.docPart = binary.AppendUvarint(w.docPart, uint64(tf))
	w.docPart = binary.AppendUvarint(w.docPart, uint64(len(w.chunkPart)-start))
	w.lastDoc = doc
	w.blockDocs++
	w.termDocs++
}

func (w *writer) flushBlock() {
	if w.blockDocs == 0 {
		return
	}
	for _, v := range []int{len(w.docPart), len(w.chunkPart), w.maxTF, w.minLen} {
		w.postings = binary.AppendUvarint(w.postings, uint64(v))
	}
	w.postings = append(append(w.postings, w.docPart...), w.chunkPart...)
	w.resetBlock()
}

// end finishes a term; one without postings is left out.
func (w *writer) end() {
	w.flushBlock()
	if w.termDocs == 0 {
		return
	}
	shared := 0
	if w.terms%groupTerms == 0 {
		w.groups = put32(w.groups, len(w.dictionary))
		w.groups = binary.LittleEndian.AppendUint64(w.groups, uint64(w.termStart))
	} else {
		shared = sharedPrefix(w.prev, w.term)
	}
	for _, v := range []int{shared, len(w.term) - shared} {
		w.dictionary = binary.AppendUvarint(w.dictionary, uint64(v))
	}
	w.dictionary = append(w.dictionary, w.term[shared:]...)
	for _, v := range []int{w.termDocs, w.termChunks, len(w.postings) - w.termStart} {
		w.dictionary = binary.AppendUvarint(w.dictionary, uint64(v))
	}
	w.prev = w.term
	w.terms++
}

// errTooLarge says that a segment would exceed what its format can count.
var errTooLarge = errors.New("text segment too large")

func (w *writer) finish() (*Segment, error) {
	for _, n := range []int{w.docs, w.chunks, w.terms, len(w.keys), len(w.dictionary)} {
		if n > math.MaxInt32 {
			return nil, errTooLarge
		}
	}
	var data []byte
	data = append(data, magic...)
	for _, n := range []int{w.docs, w.chunks, w.terms, len(w.keys), len(w.dictionary)} {
		data = put32(data, n)
	}
	data = binary.LittleEndian.AppendUint64(data, uint64(len(w.postings)))
	for _, part := range [][]byte{
		w.keyEnds, w.chunkEnds, w.docLens, w.chunkLens, w.groups,
		w.keys, w.dictionary, w.postings,
	} {
		data = append(data, part...)
	}
	data = binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, castagnoli))
	s := &Segment{data: data}
	if err := s.layout(); err != nil {
		return nil, err
	}
	return s, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func put32(b []byte, v int) []byte { return binary.LittleEndian.AppendUint32(b, uint32(v)) }

func sharedPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
