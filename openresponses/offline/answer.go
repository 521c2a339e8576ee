package offline

import (
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// answerChars is how long an answer gets by default, in characters with its
// citations.
const answerChars = 1200

// Other lengths, where the prompt asks for them.
const (
	briefStatements = 2
	thoroughChars   = 1800
	commandChars    = 1500 // of an answer that quotes commands whole
)

// Weights of the choice among scored segments.
const (
	lengthPower   = 0.35 // how much a segment's length counts against it
	lengthFloor   = 40   // characters that any segment costs the reader
	overlapWeight = 0.8  // how much repeating what was chosen counts against it
	worthSaying   = 0.2  // a segment of a smaller share of the best score is left out
	saidWeight    = 0.3  // how much speaking of the same terms counts against it
)

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
	said := make([]float64, len(r.asked))
	take := func(i int) {
		taken[i] = true
		for k, n := range r.asked {
			said[k] += n.in(r.own[i])
		}
		picked = append(picked, i)
		space -= r.cost(i, g)
	}
	top := slices.Max(append(slices.Clone(r.score), 0))
	for len(picked) < most {
		best, bestValue := -1, 0.0
		for i := range r.segments {
			if taken[i] || r.cost(i, g) > space {
				continue
			}
			if r.score[i] < worthSaying*top {
				continue
			}
			value := r.score[i] / math.Pow(float64(r.cost(i, g)+lengthFloor), lengthPower) * (1 - overlapWeight*r.overlap(i, picked)) * (1 - saidWeight*r.said(i, said))
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
	if (g.commands == do || g.thorough) && s.kind == code {
		if s.lead >= 0 {
			out = append(out, s.lead)
		}
		for i := range r.segments {
			if t := &r.segments[i]; t.kind == code && t.passage == s.passage && t.block == s.block {
				out = append(out, i)
			}
		}
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

// said is how much of what a segment says about the question was said already:
// each term's weight falls with every statement that holds it.
func (r *ranked) said(i int, said []float64) float64 {
	gone, whole := 0.0, 0.0
	for k, n := range r.asked {
		if held := n.in(r.own[i]); held > 0 {
			whole += held * n.weight
			gone += held * n.weight * said[k] / (1 + said[k])
		}
	}
	if whole == 0 {
		return 0
	}
	return gone / whole
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
