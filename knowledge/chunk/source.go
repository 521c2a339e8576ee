package chunk

import (
	"bytes"
	"sort"
	"strings"
)

// source is a document's text with the offsets of its lines. Line numbers
// inside the package count from 0.
type source struct {
	text   string
	starts []int // offset of each line; ends with len(text)
}

// newSource drops a byte order mark and turns CRLF into LF, which keeps the
// number of lines.
func newSource(src []byte) source {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if bytes.IndexByte(src, '\r') >= 0 {
		src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	}
	s := source{text: string(src)}
	s.starts = make([]int, 0, strings.Count(s.text, "\n")+2)
	for at := 0; at < len(s.text); {
		s.starts = append(s.starts, at)
		n := strings.IndexByte(s.text[at:], '\n')
		if n < 0 {
			break
		}
		at += n + 1
	}
	s.starts = append(s.starts, len(s.text))
	return s
}

// lines is the number of lines.
func (s source) lines() int { return len(s.starts) - 1 }

// line is one line without its line feed.
func (s source) line(i int) string {
	return strings.TrimSuffix(s.text[s.starts[i]:s.starts[i+1]], "\n")
}

func (s source) blank(i int) bool { return strings.TrimSpace(s.line(i)) == "" }

// size is the number of bytes of the lines [first, end).
func (s source) size(first, end int) int { return s.starts[end] - s.starts[first] }

// lineAt is the line that holds the offset.
func (s source) lineAt(offset int) int {
	return sort.Search(s.lines(), func(i int) bool { return s.starts[i+1] > offset })
}

// trim narrows [first, end) to begin and end with a line that is not blank;
// first equals end where all are blank.
func (s source) trim(first, end int) (int, int) {
	for first < end && s.blank(first) {
		first++
	}
	for first < end && s.blank(end-1) {
		end--
	}
	return first, end
}
