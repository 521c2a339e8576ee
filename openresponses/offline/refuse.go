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

// Weights of confidence: a logistic fit on the questions of two sets of
// documents, answerable and not, and, at a small weight, on the answerable ones
// once more without the documents or the chunks that answer them. By eight-fold
// cross-validation it orders answerable before unanswerable questions with a
// probability of 0.86 on the small set and 0.91 on the large one.
const (
	confidenceBias     = -2.36
	confidenceFilled   = 2.82
	confidenceFocused  = 1.96
	confidenceTop      = 1.75
	confidenceDocument = 1.37
	confidenceOwn      = -3.89
	confidenceParts    = 1.14
	confidenceAction   = -1.18
	confidenceHowMany  = -1.22
	confidenceWhy      = 0.58
	confidenceWho      = -1.03
	confidenceUnknown  = -4.37
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

// signs are what tells whether the evidence answers a question.
type signs struct {
	filled   float64 // share of its terms around one segment that has the form an answer must have
	focused  float64 // share around one segment, times that of what is asked for
	top      float64 // share in the first passage
	document float64 // share in all passages of one document
	own      float64 // share in a segment's own words
	parts    float64 // questions within the question, but the first
	action   float64 // how far all places are from speaking of what is to be done
	howMany  bool    // it asks for a figure
	why      bool    // it asks for a cause
	who      bool    // it asks for a person or a company
	unknown  bool    // it holds an identifier that no passage does
}

func (r *ranked) signs(question string) signs {
	w := r.windows(slotOf(question), focusOf(question))
	return signs{
		filled: w.filled, focused: w.focused, top: r.top(), document: r.document(), own: r.ownShare(),
		parts: float64(parts(question) - 1), action: r.actionMissing(question),
		howMany: howManyQuestion.MatchString(question), why: whyQuestion.MatchString(question), who: whoQuestion.MatchString(question),
		unknown: r.namesUnknown(),
	}
}

// confidence is how likely the evidence answers the question, 0 to 1:
//
//   - the question's terms must stand together in one place, in the first
//     passage, and in one document, those that say what is asked for above all;
//   - something there must have the form that the answer must have;
//   - a segment that itself holds most of the question's words is rather a
//     heading, or a question too: it leaves no room for an answer;
//   - of a question in several parts it is enough to answer one;
//   - for how to do something, a place must speak of doing that to that thing;
//   - what the question calls by an identifier must be known by it;
//   - figures, and who did it, are what documents leave out most; causes are
//     what they are written for.
func (r *ranked) confidence(question string) float64 {
	if len(r.segments) == 0 || len(r.asked) == 0 {
		return 0
	}
	if r.windows(nil, nil).best < unrelated || r.known() < mostlyKnown {
		return 0
	}
	return r.signs(question).likelihood()
}

func (s signs) likelihood() float64 {
	z := confidenceBias + confidenceFilled*s.filled + confidenceFocused*s.focused + confidenceTop*s.top +
		confidenceDocument*s.document + confidenceOwn*s.own + confidenceParts*s.parts + confidenceAction*s.action
	for _, x := range []struct {
		is     bool
		weight float64
	}{{s.howMany, confidenceHowMany}, {s.why, confidenceWhy}, {s.who, confidenceWho}, {s.unknown, confidenceUnknown}} {
		if x.is {
			z += x.weight
		}
	}
	return 1 / (1 + math.Exp(-z))
}

// top is the share of the question's terms in the first passage.
func (r *ranked) top() float64 {
	return r.share(nil, func(n needle) float64 { return max(n.in(r.bodies[0]), n.in(r.titles[0])) })
}

// document is the largest share of the question's terms in the passages of one
// document.
func (r *ranked) document() float64 {
	passages := map[string][]int{}
	for i, p := range r.passages {
		passages[p.Path] = append(passages[p.Path], i)
	}
	best := 0.0
	for _, of := range passages {
		best = max(best, r.share(nil, func(n needle) float64 {
			in := 0.0
			for _, i := range of {
				in = max(in, n.in(r.bodies[i]), n.in(r.titles[i]))
			}
			return in
		}))
	}
	return best
}

// ownShare is the largest share of the question's terms in a segment's own words.
func (r *ranked) ownShare() float64 {
	best := 0.0
	for i := range r.segments {
		best = max(best, r.share(nil, func(n needle) float64 { return n.in(r.own[i]) }))
	}
	return best
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

var (
	howManyQuestion = regexp.MustCompile(`(?i)\bhow (many|much)\b`)
	whyQuestion     = regexp.MustCompile(`(?i)\bwhy\b|\broot causes?\b`)
)

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
