package offline

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// answerChars is how long an answer gets by default, in characters with its
// citations.
const answerChars = 1200

// compose answers from the evidence: it picks segments until the space is
// full and writes them down, those of the best passage first.
func (r *ranked) compose(g guidelines) string {
	r.obey(g)
	space, most := answerChars, len(r.segments)
	switch {
	case g.brief:
		most = briefStatements
	case g.thorough:
		space = thoroughChars
	case g.commands == do && r.cues.command:
		space = commandChars
	}
	if g.cite == citeEnd {
		space -= 20
	}
	picked := r.pick(space, most, g)
	return r.write(picked, g)
}

// pick chooses segments greedily by score per space and what they add to
// those chosen before.
func (r *ranked) pick(space, most int, g guidelines) []int {
	var picked []int
	taken := make([]bool, len(r.segments))
	take := func(i int) {
		taken[i] = true
		picked = append(picked, i)
		space -= r.cost(i, g)
	}
	for len(picked) < most {
		best, bestValue := -1, 0.0
		for i := range r.segments {
			if taken[i] || r.cost(i, g) > space {
				continue
			}
			value := r.score[i] / math.Pow(float64(r.cost(i, g)+40), 0.35) * (1 - 0.8*r.overlap(i, picked))
			if value > bestValue {
				best, bestValue = i, value
			}
		}
		if best < 0 {
			break
		}
		take(best)
		for _, i := range r.companions(best, g) {
			if !taken[i] && r.cost(i, g) <= space && len(picked) < most {
				take(i)
			}
		}
	}
	return picked
}

// companions are the segments that a prompt wants along with a chosen one: the
// rest of its list if the answer is to be thorough, the sentence that leads in
// if commands are to be whole.
func (r *ranked) companions(chosen int, g guidelines) []int {
	var out []int
	s := &r.segments[chosen]
	if (g.commands == do || g.thorough) && s.kind == code && s.lead >= 0 {
		out = append(out, s.lead)
	}
	if g.thorough && s.kind == item {
		for i := range r.segments {
			if t := &r.segments[i]; t.kind == item && t.passage == s.passage && t.lead == s.lead && t.heading == s.heading {
				out = append(out, i)
			}
		}
	}
	return out
}

// overlap is the largest share of a segment's terms that a chosen one holds.
func (r *ranked) overlap(i int, picked []int) float64 {
	most := 0.0
	for _, j := range picked {
		most = max(most, contained(r.own[i], r.own[j]))
	}
	return most
}

// contained is the share of a's terms that b holds.
func contained(a, b map[string]bool) float64 {
	if len(a) == 0 {
		return 0
	}
	common := 0
	for t := range a {
		if b[t] {
			common++
		}
	}
	return float64(common) / float64(len(a))
}

// cost is the space in characters that a segment takes, citation included.
func (r *ranked) cost(i int, g guidelines) int {
	s := &r.segments[i]
	n := utf8.RuneCountInString(s.text) + 1
	if g.cite == citeEach {
		n += len(" []") + len(fmt.Sprint(r.passages[s.passage].Ref))
	}
	switch s.kind {
	case code:
		n += len("```\n\n```\n") + 1
	case item:
		n += len("- ")
	}
	return n
}

// write renders the chosen segments, grouped by passage in the order in which
// passages were first chosen, and in the document's order within one.
func (r *ranked) write(picked []int, g guidelines) string {
	var order []int
	for _, i := range picked {
		if p := r.segments[i].passage; !slices.Contains(order, p) {
			order = append(order, p)
		}
	}
	if g.exact != do {
		slices.Sort(picked)
	}
	var b strings.Builder
	for _, p := range order {
		for _, i := range picked {
			if r.segments[i].passage == p {
				r.writeSegment(&b, i, g)
			}
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

func (r *ranked) writeSegment(b *strings.Builder, i int, g guidelines) {
	s := &r.segments[i]
	mark := ""
	if g.cite == citeEach {
		mark = r.marker(s.passage)
	}
	switch s.kind {
	case code:
		fence := "```"
		if strings.Contains(s.text, fence) {
			fence = "~~~"
		}
		b.WriteString(fence + "\n" + s.text + "\n" + fence + "\n")
		if mark != "" {
			b.WriteString(strings.TrimSpace(mark) + "\n")
		}
	case item:
		b.WriteString("- " + s.text + mark + "\n")
	default:
		b.WriteString(s.text + mark + "\n")
	}
}

// marker is the citation of a passage.
func (r *ranked) marker(passage int) string {
	return fmt.Sprintf(" 【%d】", r.passages[passage].Ref)
}
