package offline

import (
	"math"
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

// Weights of confidence: a logistic fit over answerable and unanswerable
// questions, half of them held out.
const (
	confidenceBias    = -6.1
	confidenceWindow  = 3.1
	confidencePassage = 3.8
	confidenceLength  = 1.55
	confidenceSlot    = -2.5
)

// windowContext is what a question's term counts in a window when it stands
// not in the segment itself but beside or above it.
const windowContext = 0.8

// confidence is how likely the evidence answers the question, 0 to 1. It rises
// with the share of the question's terms that stand together in one place and
// in one passage, terms that no passage holds weighing most; with the number
// of terms that are asked for; and it falls if nothing near has the form that
// the answer must have.
func (r *ranked) confidence(question string) float64 {
	if len(r.segments) == 0 || len(r.asked) == 0 {
		return 0
	}
	window, filled := r.windows(slotOf(question))
	unfilled := 0.0
	if window > 0 {
		unfilled = 1 - filled/window
	}
	z := confidenceBias + confidenceWindow*window + confidencePassage*r.bestPassage() +
		confidenceLength*math.Log(float64(len(r.asked))) + confidenceSlot*unfilled
	return 1 / (1 + math.Exp(-z))
}

// windows are the largest weighted shares of the question's terms that stand
// around one segment: of all segments, and of those that fill the slot.
func (r *ranked) windows(s *slot) (best, filled float64) {
	heads := r.headings()
	for i := range r.segments {
		share := r.share(func(n needle) float64 {
			context := max(n.in(heads[i]), n.in(r.titles[r.segments[i].passage]), r.neighbour(i, n))
			if lead := r.segments[i].lead; lead >= 0 {
				context = max(context, n.in(r.own[lead]))
			}
			return max(n.in(r.own[i]), windowContext*context)
		})
		best = max(best, share)
		if s == nil || s.answer.MatchString(r.segments[i].text) {
			filled = max(filled, share)
		}
	}
	return best, filled
}

// bestPassage is the largest weighted share of the question's terms that one
// passage holds.
func (r *ranked) bestPassage() float64 {
	best := 0.0
	for i := range r.passages {
		best = max(best, r.share(func(n needle) float64 { return max(n.in(r.bodies[i]), n.in(r.titles[i])) }))
	}
	return best
}

// share weighs what held says of each term of the question: 0 to 1.
func (r *ranked) share(held func(needle) float64) float64 {
	part, whole := 0.0, 0.0
	for _, n := range r.asked {
		part += n.weight * held(n)
		whole += n.weight
	}
	if whole == 0 {
		return 0
	}
	return part / whole
}
