package offline

import (
	"math"
	"regexp"
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

// Weights of confidence: a logistic fit on one half of some hundred answerable
// and unanswerable questions over two sets of documents, verified on the
// other half.
const (
	confidenceBias     = -2.42
	confidenceFocus    = 3.11
	confidenceLength   = 0.66
	confidenceParts    = 1.22
	confidenceUnfilled = -2.16
	confidenceAction   = -1.71
	confidenceWho      = -1.47

	// Set by hand: too few questions name what no document knows.
	confidenceUnknown = -2
)

// unrelated is the share of the question's terms below which no place is about
// the question at all.
const unrelated = 0.12

// mostlyKnown is the share of the question's terms below which the passages
// don't know what it speaks of.
const mostlyKnown = 0.3

// known is the weighted share of the question's terms that any passage holds.
func (r *ranked) known() float64 {
	return r.share(nil, func(n needle) float64 {
		best := 0.0
		for i := range r.bodies {
			best = max(best, n.in(r.bodies[i]), n.in(r.titles[i]))
		}
		return best
	})
}

// windowContext is what a question's term counts in a window when it stands
// not in the segment itself but beside or above it.
const windowContext = 0.8

// confidence is how likely the evidence answers the question, 0 to 1:
//
//   - the terms that say what is asked for must stand together with the others
//     in one place;
//   - the more terms a question has, the less is a match by chance;
//   - of a question in several parts it is enough to answer one;
//   - something near must have the form that the answer must have;
//   - for how to do something, a place must speak of doing that to that thing;
//   - what the question calls by an identifier must be known by it;
//   - who did it is what documents leave out most, and has no form to check.
func (r *ranked) confidence(question string) float64 {
	if len(r.segments) == 0 || len(r.asked) == 0 {
		return 0
	}
	w := r.windows(slotOf(question), focusOf(question))
	if w.best < unrelated || r.known() < mostlyKnown {
		return 0
	}
	unfilled := 0.0
	if w.best > 0 {
		unfilled = 1 - w.filled/w.best
	}
	z := confidenceBias + confidenceFocus*w.focused + confidenceLength*math.Log(float64(len(r.asked))) +
		confidenceParts*float64(parts(question)-1) + confidenceUnfilled*unfilled + confidenceAction*r.actionMissing(question)
	if r.namesUnknown() {
		z += confidenceUnknown
	}
	if whoQuestion.MatchString(question) {
		z += confidenceWho
	}
	return 1 / (1 + math.Exp(-z))
}

// namesUnknown reports whether the question holds an identifier that no passage
// does.
func (r *ranked) namesUnknown() bool {
	for _, n := range r.asked {
		if isIdentifier(n.term) && !r.anyHolds(n.term) {
			return true
		}
	}
	return false
}

// isIdentifier tells a_b, a1-b and a-b-c from words that are hyphenated, such
// as up-to-date.
func isIdentifier(term string) bool {
	parts := strings.FieldsFunc(term, func(c rune) bool { return c == '-' || c == '_' })
	for _, p := range parts {
		if stopWords[p] {
			return false
		}
	}
	return len(parts) > 2 || len(parts) == 2 && strings.ContainsAny(term, "_0123456789")
}

func (r *ranked) anyHolds(term string) bool {
	for i := range r.bodies {
		if r.bodies[i][term] || r.titles[i][term] {
			return true
		}
	}
	return false
}

// whoQuestion matches questions for a person or a company.
var whoQuestion = regexp.MustCompile(`(?i)\bwho(m|se)?\b|\b(which|what) (team|person|engineer|owner)\b|\b(which|what)( \S+){0,2} (company|vendor|provider|supplier|firm|brand|partner)\b`)

// parts counts the questions within a question.
func parts(question string) int {
	return len(clauseBorder.Split(strings.TrimRight(question, "?. "), 4))
}

var actionQuestion = regexp.MustCompile(`(?i)\bhow (?:do|can|should|could|must|to)(?: (?:I|we|you|one))? ([^?]*)`)

// objectTerms is how many terms behind the verb say what it is done to.
const objectTerms = 3

// Weights of where an action's terms may stand apart from a segment and the
// headings above it.
const (
	actionTitle     = 0.9
	actionNeighbour = 0.7
)

// actionMissing is, of a question for how to do something, how far every place
// is from speaking of that verb and its object: 0 to 1.
func (r *ranked) actionMissing(question string) float64 {
	m := actionQuestion.FindStringSubmatch(question)
	if m == nil {
		return 0
	}
	list := distinct(terms(m[1]))
	if len(list) < 2 {
		return 0
	}
	verb, object := map[string]bool{list[0]: true}, map[string]bool{}
	for _, t := range list[1:min(1+objectTerms, len(list))] {
		object[t] = true
	}
	heads := r.headings()
	best := 0.0
	for i := range r.segments {
		near := func(n needle) float64 {
			return max(n.in(r.own[i]), n.in(heads[i]), actionTitle*n.in(r.titles[r.segments[i].passage]))
		}
		done := r.share(verb, near)
		best = max(best, done*r.share(object, func(n needle) float64 { return max(near(n), actionNeighbour*r.neighbour(i, n)) }))
	}
	return 1 - best
}

// window holds the largest weighted shares of the question's terms that stand
// around one segment: of all segments, of those that fill the slot, and with
// the share of the focus as a factor.
type window struct{ best, filled, focused float64 }

func (r *ranked) windows(s *slot, focus map[string]bool) window {
	heads := r.headings()
	var w window
	for i := range r.segments {
		around := func(n needle) float64 {
			context := max(n.in(heads[i]), r.neighbour(i, n))
			if lead := r.segments[i].lead; lead >= 0 {
				context = max(context, n.in(r.own[lead]))
			}
			return max(n.in(r.own[i]), windowContext*context)
		}
		share := r.share(nil, func(n needle) float64 {
			return max(around(n), windowContext*n.in(r.titles[r.segments[i].passage]))
		})
		w.best = max(w.best, share)
		if s == nil || s.answer.MatchString(r.segments[i].text) {
			w.filled = max(w.filled, share)
		}
		if len(focus) > 0 {
			w.focused = max(w.focused, share*r.share(focus, around))
		} else {
			w.focused = max(w.focused, share*share)
		}
	}
	return w
}

// share weighs what held says of each term of the question, or of those in
// only: 0 to 1.
func (r *ranked) share(only map[string]bool, held func(needle) float64) float64 {
	part, whole := 0.0, 0.0
	for _, n := range r.asked {
		if only == nil || only[n.term] {
			part += n.weight * held(n)
			whole += n.weight
		}
	}
	if whole == 0 {
		return 0
	}
	return part / whole
}

// focusTerms is how many terms behind a question word say what is asked for.
const focusTerms = 4

var questionWord = regexp.MustCompile(`(?i)\b(?:how (?:many|much|long|often|do|does|did|is|are|can|far)|what|which|who|whom|whose|when|where|why)\b(.*)`)

// focusOf are the terms behind a question's first question word.
func focusOf(question string) map[string]bool {
	focus := map[string]bool{}
	m := questionWord.FindStringSubmatch(question)
	if m == nil {
		return focus
	}
	for i, t := range distinct(terms(m[1])) {
		if i < focusTerms {
			focus[t] = true
		}
	}
	return focus
}
