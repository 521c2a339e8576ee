package chunk

import "slices"

// piece is a chunk in the making: lines [first, end) out of the sections
// [from, to].
type piece struct {
	first, end int
	from, to   int
	lead       bool // nothing but headings, each below the one before
}

// cut turns sections into chunks: a long section is cut between its blocks,
// then short neighbours under the same parent are joined.
func cut(s source, sections []section, opt Options) []Chunk {
	var pieces []piece
	for i := range sections {
		own := pack(s, sections[i].blocks, opt)
		for _, p := range own {
			p.from, p.to, p.lead = i, i, bare(s, sections[i])
			if n := len(pieces); n > 0 && joins(s, sections, pieces[n-1], p, opt) {
				last := &pieces[n-1]
				last.lead = last.lead && p.lead && sections[i].parent == last.to
				last.end, last.to = p.end, i
				continue
			}
			pieces = append(pieces, p)
		}
	}
	chunks := make([]Chunk, 0, len(pieces))
	for _, p := range pieces {
		if c, ok := p.chunk(s, sections); ok {
			chunks = append(chunks, c)
		}
	}
	return chunks
}

// pack fills pieces with blocks up to the target. A block that is too long for
// the rest of a piece still joins its heading, or a short beginning, which is
// most often the sentence that introduces it.
func pack(s source, blocks []block, opt Options) []piece {
	var pieces []piece
	for i, b := range blocks {
		if s.size(b.first, b.end) > opt.Max {
			pieces = append(pieces, byLines(s, b, opt)...)
			continue
		}
		n := len(pieces) - 1
		if n >= 0 {
			have, all := s.size(pieces[n].first, pieces[n].end), s.size(pieces[n].first, b.end)
			short := have < opt.Target/3 || i == 1 && blocks[0].level > 0
			if all <= opt.Target || short && all <= opt.Max {
				pieces[n].end = b.end
				continue
			}
		}
		pieces = append(pieces, piece{first: b.first, end: b.end})
	}
	// A short rest reads better with what it continues.
	if n := len(pieces) - 1; n > 0 && s.size(pieces[n].first, pieces[n].end) < opt.Target/4 &&
		s.size(pieces[n-1].first, pieces[n].end) <= min(opt.Max, opt.Target*3/2) {
		pieces[n-1].end = pieces[n].end
		pieces = pieces[:n]
	}
	return pieces
}

// byLines cuts one block that exceeds the hard bound.
func byLines(s source, b block, opt Options) []piece {
	pieces := []piece{{first: b.first, end: b.first + 1}}
	for i := b.first + 1; i < b.end; i++ {
		last := &pieces[len(pieces)-1]
		if s.size(last.first, i+1) <= opt.Max {
			last.end = i + 1
			continue
		}
		pieces = append(pieces, piece{first: i, end: i + 1})
	}
	return pieces
}

// joins reports whether q, which follows p, becomes part of it: headings
// without text of their own, and what stands before the first heading, go with
// what comes next; short siblings stay together.
func joins(s source, sections []section, p, q piece, opt Options) bool {
	if p.to == q.from {
		return false
	}
	above, below := sections[p.to], sections[q.from]
	size := s.size(p.first, q.end)
	switch {
	case p.lead && below.parent == p.to:
		return size <= opt.Max
	case size > opt.Target:
		return false
	case above.level == 0:
		return true
	}
	return below.parent == above.parent && below.parent >= 0
}

// bare reports whether a section is no more than its heading.
func bare(s source, sec section) bool {
	if sec.level == 0 || len(sec.blocks) != 1 {
		return false
	}
	first, end := s.trim(sec.blocks[0].first, sec.blocks[0].end)
	return end-first <= 2 // a setext heading takes two lines
}

// chunk is false where the piece holds blank lines only.
func (p piece) chunk(s source, sections []section) (Chunk, bool) {
	first, end := s.trim(p.first, p.end)
	if first == end {
		return Chunk{}, false
	}
	from := p.from
	for from < p.to && (sections[from].level == 0 || bare(s, sections[from]) && sections[from+1].parent == from) {
		from++
	}
	section := sections[from].path
	for _, other := range sections[from : p.to+1] {
		section = shared(section, other.path)
	}
	return Chunk{
		Text:      s.text[s.starts[first] : s.starts[end-1]+len(s.line(end-1))],
		Section:   slices.Clone(section),
		Anchor:    sections[from].anchor,
		FirstLine: first + 1,
		LastLine:  end,
	}, true
}

// shared is the common beginning of two paths.
func shared(a, b []string) []string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n]
}
