package offline

import (
	"math"
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
	saidWeight    = 0.3  // how much speaking of the same terms counts against it
	sameThing     = 0.9  // from this overlap on a segment says nothing new
)

// A segment of a smaller share of the best score than this is left out: it
// hardly answers. Of other documents than the best one more is asked.
const (
	worthSaying    = 0.2
	worthElsewhere = 0.5
)

// compose answers from the evidence: it picks segments until the space is
// full or what is left hardly answers, and writes them down.
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
	picked := r.pick(space, most, g)
	for {
		text := r.write(picked, g)
		if len(picked) <= 1 || utf8.RuneCountInString(text) <= space {
			return text
		}
		picked = picked[:len(picked)-1]
	}
}

// pick chooses segments greedily by score per space and what they add to
// those chosen before.
func (r *ranked) pick(space, most int, g guidelines) []int {
	p := picker{ranked: r, guide: g, space: space, most: most, taken: make([]bool, len(r.segments)), said: make([]float64, len(r.asked))}
	top := -1
	for i := range r.segments {
		if top < 0 || r.score[i] > r.score[top] {
			top = i
		}
	}
	for len(p.picked) < most {
		best, bestValue := -1, 0.0
		for i := range r.segments {
			if p.taken[i] || r.cost(i, g) > p.space || r.score[i] < r.worth(i, top)*r.score[top] {
				continue
			}
			if value := p.value(i); value > bestValue {
				best, bestValue = i, value
			}
		}
		if best < 0 {
			break
		}
		p.take(best)
		for _, i := range r.companions(best, g) {
			if !p.taken[i] && r.cost(i, g) <= p.space && len(p.picked) < most {
				p.take(i)
			}
		}
	}
	return p.picked
}

// worth is the share of the best segment's score that a segment must have.
func (r *ranked) worth(i, top int) float64 {
	if r.passages[r.segments[i].passage].Path == r.passages[r.segments[top].passage].Path {
		return worthSaying
	}
	return worthElsewhere
}

// picker is the state of the choice.
type picker struct {
	*ranked
	guide  guidelines
	space  int // characters left
	most   int
	picked []int
	taken  []bool
	said   []float64 // for each term of the question, how often it was said
}

func (p *picker) take(i int) {
	p.taken[i] = true
	for k, n := range p.asked {
		p.said[k] += n.in(p.own[i])
	}
	p.picked = append(p.picked, i)
	p.space -= p.cost(i, p.guide)
}

// value is what a segment would add for the space that it takes.
func (p *picker) value(i int) float64 {
	overlap := p.overlap(i, p.picked)
	if overlap >= sameThing {
		return 0
	}
	size := float64(p.cost(i, p.guide) + lengthFloor)
	return p.score[i] / math.Pow(size, lengthPower) * (1 - overlapWeight*overlap) * (1 - saidWeight*p.repeats(i, p.said))
}

// overlap is the largest share of a segment's terms that a chosen one holds.
func (r *ranked) overlap(i int, picked []int) float64 {
	most := 0.0
	for _, j := range picked {
		most = max(most, contained(r.own[i], r.own[j]))
	}
	return most
}

// repeats is how much of what a segment says about the question was said already:
// each term's weight falls with every statement that holds it.
func (r *ranked) repeats(i int, said []float64) float64 {
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
	switch s.kind {
	case code:
		n += len("```\n\n```\n")
	case item:
		n += len("- ")
	case row:
		n = utf8.RuneCountInString(phrase(s)) + len("- \n")
	case sentence:
	}
	if g.cite == citeEach && s.kind != code {
		n += utf8.RuneCountInString(r.marker(s.passage))
	}
	return n
}
