package offline

import (
	"math"
	"regexp"
	"strings"
	"unicode"
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
	confidenceBias    = -6.21
	confidenceWindow  = 1.01
	confidenceFocus   = 2.06
	confidencePassage = 1.73
	confidenceLength  = 1.96
	confidenceSlot    = -2.06
	confidenceName    = -1.41
)

// windowContext is what a question's term counts in a window when it stands
// not in the segment itself but beside or above it.
const windowContext = 0.8

// confidence is how likely the evidence answers the question, 0 to 1. It rises
// with the share of the question's terms, and of those that say what is asked
// for, that stand together in one place, with the share that one passage
// holds, terms that no passage holds weighing most, and with the number of
// terms. It falls if nothing near has the form that the answer must have, and
// with each name of the question that no passage holds.
func (r *ranked) confidence(question string) float64 {
	if len(r.segments) == 0 || len(r.asked) == 0 {
		return 0
	}
	w := r.windows(slotOf(question), focusOf(question))
	unfilled := 0.0
	if w.best > 0 {
		unfilled = 1 - w.filled/w.best
	}
	z := confidenceBias + confidenceWindow*w.best + confidenceFocus*w.focused + confidencePassage*r.bestPassage() +
		confidenceLength*math.Log(float64(len(r.asked))) + confidenceSlot*unfilled + confidenceName*float64(r.unknownNames(question))
	return 1 / (1 + math.Exp(-z))
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

// bestPassage is the largest weighted share of the question's terms that one
// passage holds.
func (r *ranked) bestPassage() float64 {
	best := 0.0
	for i := range r.passages {
		best = max(best, r.share(nil, func(n needle) float64 { return max(n.in(r.bodies[i]), n.in(r.titles[i])) }))
	}
	return best
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

// unknownNames counts the names of a question, words with capitals, digits or
// underscores within, that no passage holds.
func (r *ranked) unknownNames(question string) int {
	unknown := 0
	first := true
	for _, word := range strings.FieldsFunc(question, func(c rune) bool { return !tokenRune(c) }) {
		word = strings.Trim(word, "_-./:")
		if word == "" || stopWords[strings.ToLower(word)] {
			first = false
			continue
		}
		if t := terms(word); isName(word, first) && len(t) > 0 && !r.anyHolds(t[0]) {
			unknown++
		}
		first = false
	}
	return unknown
}

// isName reports whether a word looks like a name; at the beginning of a
// sentence a capital alone doesn't count.
func isName(word string, first bool) bool {
	capital := strings.IndexFunc(word, unicode.IsUpper)
	return strings.ContainsAny(word, "_0123456789") || capital > 0 || capital == 0 && !first
}

func (r *ranked) anyHolds(term string) bool {
	for i := range r.bodies {
		if r.bodies[i][term] || r.titles[i][term] {
			return true
		}
	}
	return false
}
