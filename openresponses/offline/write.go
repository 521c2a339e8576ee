package offline

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// write renders the chosen segments: the group of the best one first, each
// under the name of its section.
func (r *ranked) write(picked []int, g guidelines) string {
	groups := r.grouped(picked)
	var b strings.Builder
	for i, group := range groups {
		w := writer{ranked: r, guide: g, out: &b, cited: -1}
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		if r.wantsHeading(groups, i, g) {
			w.heading(r.nameOf(group, groups[0]), group.segments)
		}
		w.group(group.segments)
	}
	text := strings.TrimSpace(b.String())
	if g.cite == citeEnd && text != "" {
		text += "\n\nSources:" + r.markers(picked)
	}
	return text
}

// wantsHeading reports whether a group is led by a heading: short answers need
// none, nor does the best statement that stands for itself.
func (r *ranked) wantsHeading(groups []group, i int, g guidelines) bool {
	if g.brief || groups[i].opening {
		return false
	}
	list := groups[i].segments
	first := &r.segments[list[0]]
	return len(groups) > 1 || len(list) > 3 || first.kind == code
}

// markers are the citations of all segments, each passage's once.
func (r *ranked) markers(picked []int) string {
	var b strings.Builder
	seen := map[int]bool{}
	for _, i := range picked {
		if p := r.segments[i].passage; !seen[p] {
			seen[p] = true
			b.WriteString(" " + r.marker(p))
		}
	}
	return b.String()
}

// marker is the citation of a passage.
func (r *ranked) marker(passage int) string {
	return fmt.Sprintf("【%d】", r.passages[passage].Ref)
}

// writer renders one group.
type writer struct {
	*ranked
	guide  guidelines
	out    *strings.Builder
	before kind // of the unit written last
	cited  int  // the passage whose citation the last line carries, or -1
	any    bool
}

func (w *writer) heading(name string, list []int) {
	w.out.WriteString("**" + strings.TrimRight(name, ":?!. ") + ":**")
	if first := &w.segments[list[0]]; first.kind == code && w.guide.cite == citeEach {
		w.out.WriteString(" " + w.marker(first.passage))
		w.cited = first.passage
	}
	w.out.WriteString("\n")
}

func (w *writer) group(list []int) {
	numbered := w.numbered(list)
	units := w.units(list)
	for i, u := range units {
		first := &w.segments[u[0]]
		if w.any && (w.before != first.kind || first.kind == sentence) && first.kind != code && !w.labels(units[i-1], u) {
			w.out.WriteString("\n")
		}
		switch first.kind {
		case code:
			w.code(u)
		case row:
			w.line("- "+phrase(first), u, false)
		case item:
			mark := "- "
			if first.number > 0 && numbered[listOf(first)] {
				mark = fmt.Sprintf("%d. ", first.number)
			}
			w.line(mark+w.joined(u), u, w.leadsCode(units, i))
		default:
			w.line(w.joined(u), u, w.leadsCode(units, i))
		}
		w.before, w.any = first.kind, true
	}
}

// units parts a group's segments into what is written as one: the sentences of
// a paragraph or item, the pieces of a code block, a table row.
func (w *writer) units(list []int) [][]int {
	var out [][]int
	for n, i := range list {
		s := &w.segments[i]
		if n > 0 {
			p := &w.segments[list[n-1]]
			if s.kind == p.kind && s.kind != row && s.block == p.block && s.passage == p.passage {
				out[len(out)-1] = append(out[len(out)-1], i)
				continue
			}
		}
		out = append(out, []int{i})
	}
	return out
}

// labels reports whether a unit ends in a colon that leads into the next.
func (w *writer) labels(u, next []int) bool {
	last := u[len(u)-1]
	s := &w.segments[next[0]]
	return isLabel(w.segments[last].text) && s.kind != sentence && s.lead == last
}

// leadsCode reports whether the next unit is code that this one leads into.
func (w *writer) leadsCode(units [][]int, i int) bool {
	if i+1 >= len(units) {
		return false
	}
	next := &w.segments[units[i+1][0]]
	return next.kind == code && next.passage == w.segments[units[i][0]].passage
}

// joined is the text of a unit. Sentences that follow each other in the
// document share one citation, at their end.
func (w *writer) joined(u []int) string {
	var b strings.Builder
	for n, i := range u {
		if n > 0 {
			if u[n-1] != i-1 && w.guide.cite == citeEach {
				b.WriteString(w.marker(w.segments[i].passage))
			}
			b.WriteString(" ")
		}
		b.WriteString(w.segments[i].text)
	}
	return b.String()
}

// line writes a statement with its citation; before its colon, if it leads into
// code. Labels state nothing and carry none.
func (w *writer) line(text string, u []int, leads bool) {
	passage := w.segments[u[0]].passage
	w.cited = -1
	if w.guide.cite == citeEach && (leads || !isLabel(text)) {
		mark := w.marker(passage)
		if bare, ok := strings.CutSuffix(text, ":"); ok {
			text = bare + mark + ":"
		} else if r, _ := utf8.DecodeLastRuneInString(text); leads && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			text += mark + ":" // a sentence that the code completes
		} else {
			text += mark
		}
		w.cited = passage
	}
	w.out.WriteString(text + "\n")
}

// code writes the pieces of a block. Its citation stands in the line before.
func (w *writer) code(u []int) {
	s := &w.segments[u[0]]
	if w.guide.cite == citeEach && w.cited != s.passage {
		w.out.WriteString("Commands " + w.marker(s.passage) + ":\n")
	}
	text := make([]string, 0, len(u))
	for _, i := range u {
		text = append(text, w.segments[i].text)
	}
	w.out.WriteString(fenced(strings.Join(text, "\n")))
	w.cited = s.passage
}

// numbered are the lists of which the steps chosen follow each other, so that
// their numbers can stay.
func (w *writer) numbered(list []int) map[listID]bool {
	out, last, count := map[listID]bool{}, map[listID]int{}, map[listID]int{}
	for _, i := range list {
		s := &w.segments[i]
		if s.kind != item || s.number == 0 {
			continue
		}
		id := listOf(s)
		ok := count[id] == 0 || out[id] && (s.number == last[id]+1 || s.number == last[id])
		if s.number != last[id] {
			count[id]++
		}
		out[id], last[id] = ok, s.number
	}
	for id := range out {
		out[id] = out[id] && count[id] > 1
	}
	return out
}

func fenced(text string) string {
	fence := "```"
	if strings.Contains(text, fence) {
		fence = "~~~"
	}
	return fence + "\n" + text + "\n" + fence + "\n"
}
