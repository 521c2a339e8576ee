package eval

import (
	"regexp"
	"strings"
)

// statementsCited is the share of an answer's statements that carry a
// citation: its paragraphs and list items of four words or more, without
// headings and what leads into something else. A code block, table or quote
// counts as one, and may have its mark in what stands before or after it. An
// answer of fewer words is one statement.
func statementsCited(answer string) float64 {
	total, cited := 0, 0
	list := pieces(answer)
	for i, p := range list {
		has := len(marks(p.text)) > 0
		if p.block {
			has = has || i > 0 && len(marks(list[i-1].text)) > 0 || i+1 < len(list) && len(marks(list[i+1].text)) > 0
		} else if !p.states() {
			continue
		}
		total++
		if has {
			cited++
		}
	}
	if total == 0 {
		return yes(len(marks(answer)) > 0)
	}
	return float64(cited) / float64(total)
}

// piece is a paragraph, a heading, a list item, or a block: code, a table or a
// quote.
type piece struct {
	text  string
	block bool
}

var (
	listItem  = regexp.MustCompile(`^([-*+•]|\d{1,3}[.)])\s`)
	fenceLine = regexp.MustCompile("^(```|~~~)")
)

// pieces takes Markdown apart.
func pieces(text string) []piece {
	var out []piece
	fence, open := false, false // inside a fence; the last piece may go on
	add := func(line string, block bool) {
		if open && len(out) > 0 && out[len(out)-1].block == block {
			out[len(out)-1].text += "\n" + line
		} else {
			out = append(out, piece{line, block})
		}
		open = true
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case fenceLine.MatchString(line):
			open = open && fence
			add(line, true)
			open, fence = !fence, !fence
		case fence:
			add(line, true)
		case line == "":
			open = false
		case strings.HasPrefix(line, "|"), strings.HasPrefix(line, ">"):
			add(line, true)
		case strings.HasPrefix(line, "#"):
			open = false
			add(line, false)
			open = false
		default:
			open = open && !listItem.MatchString(line)
			add(line, false)
		}
	}
	return out
}

// states tells prose that says something from headings and lead-ins.
func (p piece) states() bool {
	bare := strings.TrimSpace(unmarked(p.text))
	return !strings.HasPrefix(bare, "#") && !strings.HasSuffix(strings.TrimRight(bare, "*_"), ":") && len(strings.Fields(bare)) >= 4
}
