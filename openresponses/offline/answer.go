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
	limit, most := answerChars, 1000
	if g.brief {
		most = 2
	}
	picked := r.pick(limit, most)
	return r.write(picked, g, limit)
}

// pick chooses segments greedily by score per space and what they add to
// those chosen before.
func (r *ranked) pick(space, most int) []int {
	var picked []int
	taken := make([]bool, len(r.segments))
	for len(picked) < most {
		best, bestValue := -1, 0.0
		for i := range r.segments {
			if taken[i] || r.cost(i) > space {
				continue
			}
			value := r.score[i] / math.Pow(float64(r.cost(i)+40), 0.35) * (1 - 0.8*r.overlap(i, picked))
			if value > bestValue {
				best, bestValue = i, value
			}
		}
		if best < 0 {
			break
		}
		taken[best] = true
		picked = append(picked, best)
		space -= r.cost(best)
	}
	return picked
}

// overlap is the largest share of a segment's terms that a chosen one holds.
func (r *ranked) overlap(i int, picked []int) float64 {
	most := 0.0
	for _, j := range picked {
		common := 0
		for t := range r.own[i] {
			if r.own[j][t] {
				common++
			}
		}
		if n := len(r.own[i]); n > 0 {
			most = max(most, float64(common)/float64(n))
		}
	}
	return most
}

// cost is the space in characters that a segment takes, citation included.
func (r *ranked) cost(i int) int {
	s := &r.segments[i]
	n := utf8.RuneCountInString(s.text) + 6
	switch s.kind {
	case code:
		n += 10
	case item:
		n += 3
	}
	return n
}

// write renders the chosen segments, grouped by passage in the order in which
// passages were first chosen, and in the document's order within one.
func (r *ranked) write(picked []int, g guidelines, limit int) string {
	var order []int
	for _, i := range picked {
		if p := r.segments[i].passage; !slices.Contains(order, p) {
			order = append(order, p)
		}
	}
	slices.Sort(picked)
	var b strings.Builder
	for _, p := range order {
		for _, i := range picked {
			if r.segments[i].passage == p {
				r.writeSegment(&b, i)
			}
		}
	}
	return strings.TrimSpace(b.String())
}

func (r *ranked) writeSegment(b *strings.Builder, i int) {
	s := &r.segments[i]
	mark := fmt.Sprintf(" 【%d】", r.passages[s.passage].Ref)
	switch s.kind {
	case code:
		b.WriteString("```\n" + s.text + "\n```\n" + strings.TrimSpace(mark) + "\n")
	case item:
		b.WriteString("- " + s.text + mark + "\n")
	default:
		b.WriteString(s.text + mark + "\n")
	}
}
