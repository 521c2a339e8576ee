package textindex

import (
	"encoding/binary"
	"errors"
)

// ErrCorrupt is wrapped by Open's errors: the bytes are not a segment that
// this version can read.
var ErrCorrupt = errors.New("corrupt text segment")

// Segment is an immutable inverted index over some documents. It is safe for
// concurrent use and reads from its bytes, which it keeps.
//
// The bytes, integers little-endian, varints as in encoding/binary:
//
//	magic "HTX1"
//	u32    docs, chunks, terms
//	u32    length of keys, of dictionary; u64 length of postings
//	u32    per document: end of its key in keys
//	u32    per document: end of its chunks, counted over the segment
//	u32    per document: weighted length
//	u32    per chunk: weighted length
//	u32,u64 per 16 terms: start in dictionary, start in postings
//	bytes  keys, dictionary, postings
//	u32    CRC-32C of everything before
//
// The dictionary is sorted; a term is a varint of the bytes it shares with the
// term before in its group of 16, a varint and bytes of the rest, then varints
// of its documents, its chunks, and the bytes of its postings.
//
// Postings come in blocks of at most 128 documents. A block is varints of the
// bytes of its documents part and its chunks part, of the greatest frequency
// in a chunk and of the smallest length of a chunk that holds the term; then
// for each document varints of the distance from the document before (from -1
// at first), of the weighted frequency, which is not less than in any of its
// chunks, and of the bytes it takes in the chunks part; then the chunks part, for each chunk varints of the distance
// from the document's chunk before (from -1) and of the weighted frequency.
type Segment struct {
	data []byte

	docs, chunks, terms int

	keyEnds, chunkEnds, docLens, chunkLens, groups []byte // parts of data
	keys, dictionary, postings                     []byte
}

const (
	magic      = "HTX1"
	headerSize = 4 + 5*4 + 8
	groupTerms = 16
	groupSize  = 4 + 8
	blockDocs  = 128
	maxTerm    = maxToken * 4 // stems of folded text never grow beyond
)

// MarshalBinary returns the bytes that Open takes. They are the segment's own:
// the caller must not change them.
func (s *Segment) MarshalBinary() ([]byte, error) { return s.data, nil }

// Docs is the number of documents, deleted ones included; their ordinals are 0
// to Docs()-1, in the order given to Build.
func (s *Segment) Docs() int { return s.docs }

// Key is a document's key.
func (s *Segment) Key(doc int) string {
	from := 0
	if doc > 0 {
		from = u32(s.keyEnds, doc-1)
	}
	return string(s.keys[from:u32(s.keyEnds, doc)])
}

// Chunks is the number of chunks of a document.
func (s *Segment) Chunks(doc int) int {
	first, end := s.chunkRange(doc)
	return end - first
}

// chunkRange is the document's chunks in the count over the segment.
func (s *Segment) chunkRange(doc int) (first, end int) {
	if doc > 0 {
		first = u32(s.chunkEnds, doc-1)
	}
	return first, u32(s.chunkEnds, doc)
}

func (s *Segment) docLen(doc int) int     { return u32(s.docLens, doc) }
func (s *Segment) chunkLen(chunk int) int { return u32(s.chunkLens, chunk) }

func u32(b []byte, i int) int { return int(binary.LittleEndian.Uint32(b[4*i:])) }
