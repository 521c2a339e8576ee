package textindex

import (
	"bytes"
	"encoding/binary"
)

// termInfo is what the dictionary says about a term.
type termInfo struct {
	docs, chunks int
	at           int // where the postings start in the segment's
	postings     []byte
}

// dictReader walks the dictionary's terms in order.
type dictReader struct {
	s        *Segment
	at       int // in the dictionary
	postings int // start of the next term's postings
	next     int // number of the next term
	term     []byte
	info     termInfo
}

func (s *Segment) dict() dictReader { return dictReader{s: s} }

// seek moves to the first term of a group.
func (r *dictReader) seek(group int) {
	r.next = group * groupTerms
	r.at, r.postings = r.s.group(group)
	r.term = r.term[:0]
}

// group is where a group of terms starts in the dictionary and in the postings.
func (s *Segment) group(i int) (dict, postings int) {
	b := s.groups[i*groupSize:]
	return int(binary.LittleEndian.Uint32(b)), int(binary.LittleEndian.Uint64(b[4:]))
}

// advance reads the next term; it is false at the end. The segment has been
// validated, so that lengths are known to fit.
func (r *dictReader) advance() bool {
	if r.next >= r.s.terms {
		return false
	}
	if r.next%groupTerms == 0 {
		r.term = r.term[:0]
	}
	shared, rest := r.varint(), r.varint()
	r.term = append(r.term[:shared], r.s.dictionary[r.at:r.at+rest]...)
	r.at += rest
	r.info.docs, r.info.chunks = r.varint(), r.varint()
	size := r.varint()
	r.info.at, r.info.postings = r.postings, r.s.postings[r.postings:r.postings+size]
	r.postings += size
	r.next++
	return true
}

func (r *dictReader) varint() int {
	v, n := uvarint(r.s.dictionary[r.at:])
	r.at += n
	return int(v)
}

// find looks a term up.
func (s *Segment) find(term string) (termInfo, bool) {
	low, high := 0, (s.terms+groupTerms-1)/groupTerms
	for low < high { // the first group whose first term comes after
		mid := int(uint(low+high) / 2)
		if bytes.Compare(s.groupHead(mid), []byte(term)) <= 0 {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == 0 {
		return termInfo{}, false
	}
	r := s.dict()
	r.seek(low - 1)
	for range groupTerms {
		if !r.advance() {
			break
		}
		switch bytes.Compare(r.term, []byte(term)) {
		case 0:
			return r.info, true
		case 1:
			return termInfo{}, false
		}
	}
	return termInfo{}, false
}

// groupHead is a group's first term, which shares nothing and is stored whole.
func (s *Segment) groupHead(i int) []byte {
	at, _ := s.group(i)
	_, n := uvarint(s.dictionary[at:])
	size, m := uvarint(s.dictionary[at+n:])
	at += n + m
	return s.dictionary[at : at+int(size)]
}

// uvarint is binary.Uvarint with the common case of one byte in line.
func uvarint(b []byte) (uint64, int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	return binary.Uvarint(b)
}
