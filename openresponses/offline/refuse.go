package offline

import (
	"slices"
	"strings"
)

// notFoundLine is the whole first line of a reply that says that the documents
// don't answer, as the agent's contract has it.
const notFoundLine = "NOT FOUND"

// notFound says that nothing answers, and what was looked for.
func notFound(question string) string {
	looked := keywords(question)
	if looked == "" {
		looked = strings.Join(strings.Fields(question), " ")
	}
	if cut, ok := cutText(looked, 200); ok {
		looked = cut + "…"
	}
	return notFoundLine + "\nNo passage answers this; searched for: " + looked + "."
}

// support is how well the evidence covers what the question asks for: the
// weighted share of the question's terms that one passage holds, terms that no
// passage holds counting most. 0 to 1.
func (r *ranked) support() float64 {
	total := 0.0
	for _, n := range r.asked {
		total += n.weight
	}
	if total == 0 || len(r.segments) == 0 {
		return 0
	}
	best := 0.0
	for i := range r.passages {
		held := 0.0
		for _, n := range r.asked {
			held += n.weight * max(n.in(r.bodies[i]), n.in(r.titles[i]))
		}
		best = max(best, held/total)
	}
	return best
}

// missing are the question's terms that no passage holds.
func (r *ranked) missing() []string {
	var out []string
	for _, n := range r.asked {
		held := slices.ContainsFunc(r.bodies, func(set map[string]bool) bool { return n.in(set) > 0 }) ||
			slices.ContainsFunc(r.titles, func(set map[string]bool) bool { return n.in(set) > 0 })
		if !held {
			out = append(out, n.term)
		}
	}
	return out
}
