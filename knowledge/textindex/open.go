package textindex

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
)

// Open reads a segment from the bytes of MarshalBinary, which it keeps. It
// checks all of them, so that a search can rely on what it reads; an error
// wraps ErrCorrupt.
func Open(data []byte) (*Segment, error) {
	s := &Segment{data: data}
	if err := s.layout(); err != nil {
		return nil, err
	}
	sum := binary.LittleEndian.Uint32(data[len(data)-4:])
	if crc32.Checksum(data[:len(data)-4], castagnoli) != sum {
		return nil, corrupt("checksum")
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return s, nil
}

func corrupt(what string) error { return fmt.Errorf("%w: %s", ErrCorrupt, what) }

// layout finds the parts of the bytes by the lengths in the header.
func (s *Segment) layout() error {
	b := s.data
	if len(b) < headerSize+4 || string(b[:4]) != magic {
		return corrupt("not a segment of this version")
	}
	var n [5]int
	for i := range n {
		n[i] = u32(b[4:], i)
	}
	s.docs, s.chunks, s.terms = n[0], n[1], n[2]
	postings := binary.LittleEndian.Uint64(b[headerSize-8:])
	if postings > uint64(len(b)) {
		return corrupt("length")
	}
	groups := (s.terms + groupTerms - 1) / groupTerms
	rest := b[headerSize : len(b)-4]
	for _, part := range []struct {
		to   *[]byte
		size int
	}{
		{&s.keyEnds, 4 * s.docs}, {&s.chunkEnds, 4 * s.docs}, {&s.docLens, 4 * s.docs},
		{&s.chunkLens, 4 * s.chunks}, {&s.groups, groupSize * groups},
		{&s.keys, n[3]}, {&s.dictionary, n[4]}, {&s.postings, int(postings)},
	} {
		if part.size > len(rest) {
			return corrupt("length")
		}
		*part.to, rest = rest[:part.size:part.size], rest[part.size:]
	}
	if len(rest) != 0 {
		return corrupt("length")
	}
	return nil
}

// check walks everything once.
func (s *Segment) check() error {
	if !ascending(s.keyEnds, len(s.keys)) || !ascending(s.chunkEnds, s.chunks) {
		return corrupt("table of documents")
	}
	for i := range s.docs {
		if s.docLen(i) > math.MaxInt32 {
			return corrupt("length of a document")
		}
	}
	for i := range s.chunks {
		if s.chunkLen(i) > math.MaxInt32 {
			return corrupt("length of a chunk")
		}
	}
	return s.checkTerms()
}

// ascending reports whether the ends never fall and the last is the total.
func ascending(ends []byte, total int) bool {
	last := 0
	for i := range len(ends) / 4 {
		end := u32(ends, i)
		if end < last {
			return false
		}
		last = end
	}
	return last == total
}

func (s *Segment) checkTerms() error {
	dict := byteReader{b: s.dictionary}
	var term, prev []byte
	at := 0 // in the postings
	for i := range s.terms {
		if i%groupTerms == 0 {
			d, p := s.group(i / groupTerms)
			if d != len(s.dictionary)-len(dict.b) || p != at {
				return corrupt("group of terms")
			}
		}
		shared, rest := dict.varint(), dict.varint()
		if shared > len(prev) || i%groupTerms == 0 && shared != 0 {
			return corrupt("term")
		}
		term = append(append(term[:0], prev[:shared]...), dict.take(rest)...)
		if len(term) == 0 || len(term) > maxTerm || i > 0 && bytes.Compare(prev, term) >= 0 {
			return corrupt("term")
		}
		prev = append(prev[:0], term...)
		info := termInfo{docs: dict.varint(), chunks: dict.varint()}
		size := dict.varint()
		if dict.bad || size > len(s.postings)-at {
			return corrupt("term")
		}
		info.postings = s.postings[at : at+size]
		at += size
		if !s.validPostings(info) {
			return corrupt("postings")
		}
	}
	if len(dict.b) != 0 || at != len(s.postings) {
		return corrupt("length of the dictionary")
	}
	return nil
}

func (s *Segment) validPostings(info termInfo) bool {
	r := byteReader{b: info.postings}
	doc, docs, chunks := -1, 0, 0
	for len(r.b) > 0 {
		docSize, chunkSize := r.varint(), r.varint()
		b := block{maxTF: r.varint(), minLen: r.varint()}
		b.docs, b.chunks = r.take(docSize), r.take(chunkSize)
		if r.bad || len(b.docs) == 0 {
			return false
		}
		n, ok := 0, false
		if doc, n, ok = s.validBlock(b, doc, &chunks); !ok {
			return false
		}
		if docs += n; n > blockDocs || n < blockDocs && len(r.b) > 0 {
			return false
		}
	}
	return docs == info.docs && chunks == info.chunks && docs > 0
}

// validBlock returns the block's last document and the number of its
// documents, and adds to chunks.
func (s *Segment) validBlock(b block, doc int, chunks *int) (last, docs int, ok bool) {
	d, rest := byteReader{b: b.docs}, b.chunks
	for len(d.b) > 0 {
		delta, tf, size := d.varint(), d.varint(), d.varint()
		if doc += delta; d.bad || delta == 0 || tf == 0 || doc >= s.docs || size > len(rest) {
			return 0, 0, false
		}
		n, ok := s.validChunks(rest[:size], doc, min(tf, b.maxTF), b.minLen)
		if !ok {
			return 0, 0, false
		}
		*chunks += n
		rest = rest[size:]
		docs++
	}
	return doc, docs, len(rest) == 0
}

// validChunks counts the chunks that hold a term in one document.
func (s *Segment) validChunks(part []byte, doc, maxTF, minLen int) (n int, ok bool) {
	first, end := s.chunkRange(doc)
	chunk := first - 1
	for r := (byteReader{b: part}); len(r.b) > 0; n++ {
		delta, tf := r.varint(), r.varint()
		chunk += delta
		if r.bad || delta == 0 || tf == 0 || tf > maxTF || chunk >= end || s.chunkLen(chunk) < minLen {
			return 0, false
		}
	}
	return n, true
}

// byteReader reads bytes that may be hostile; bad is set, and stays, once
// something does not fit.
type byteReader struct {
	b   []byte
	bad bool
}

func (r *byteReader) varint() int {
	if len(r.b) > 0 && r.b[0] < 0x80 {
		v := r.b[0]
		r.b = r.b[1:]
		return int(v)
	}
	return r.longVarint()
}

func (r *byteReader) longVarint() int {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > math.MaxInt32 {
		r.bad = true
		r.b = nil
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}

func (r *byteReader) take(n int) []byte {
	if n > len(r.b) {
		r.bad = true
		return nil
	}
	head := r.b[:n]
	r.b = r.b[n:]
	return head
}
