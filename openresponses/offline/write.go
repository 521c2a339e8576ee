package offline

import (
	"fmt"
	"slices"
	"strings"
)

// write renders the chosen segments, grouped by passage in the order in which
// passages were first chosen, and in the document's order within one.
func (r *ranked) write(picked []int, g guidelines) string {
	var order []int
	byPassage := map[int][]int{}
	for _, i := range picked {
		p := r.segments[i].passage
		if byPassage[p] == nil {
			order = append(order, p)
		}
		byPassage[p] = append(byPassage[p], i)
	}
	var b strings.Builder
	for _, p := range order {
		list := byPassage[p]
		if g.exact != do {
			slices.Sort(list)
		}
		for len(list) > 0 {
			n := r.oneBlock(list)
			r.writeSegments(&b, list[:n], g)
			list = list[n:]
		}
	}
	if g.cite == citeEnd {
		b.WriteString("Sources:")
		for _, p := range order {
			b.WriteString(r.marker(p))
		}
	}
	return strings.TrimSpace(b.String())
}

// oneBlock is how many segments at the head of a list are pieces of one code
// block that follow each other; 1 for all else.
func (r *ranked) oneBlock(list []int) int {
	n := 1
	for n < len(list) && list[n] == list[n-1]+1 &&
		r.segments[list[n]].kind == code && r.segments[list[n]].block == r.segments[list[0]].block {
		n++
	}
	return n
}

// writeSegments renders a segment, or the pieces of a code block, with its
// citation.
func (r *ranked) writeSegments(b *strings.Builder, list []int, g guidelines) {
	s := &r.segments[list[0]]
	mark := ""
	if g.cite == citeEach {
		mark = r.marker(s.passage)
	}
	switch s.kind {
	case code:
		var text []string
		for _, i := range list {
			text = append(text, r.segments[i].text)
		}
		b.WriteString(fenced(strings.Join(text, "\n")))
		if mark != "" {
			b.WriteString(strings.TrimSpace(mark) + "\n")
		}
	case item:
		b.WriteString("- " + s.text + mark + "\n")
	default:
		b.WriteString(s.text + mark + "\n")
	}
}

func fenced(text string) string {
	fence := "```"
	if strings.Contains(text, fence) {
		fence = "~~~"
	}
	return fence + "\n" + text + "\n" + fence + "\n"
}

// marker is the citation of a passage.
func (r *ranked) marker(passage int) string {
	return fmt.Sprintf(" 【%d】", r.passages[passage].Ref)
}
