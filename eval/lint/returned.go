package lint

import (
	"strings"

	"github.com/honehq/hone/internal/wording"
)

// Returned says that live questions showed a prompt to be worse than the one
// that it replaced: it is not to come back in other words either.
func (l *Rules) Returned(text string) {
	l.Tried(text)
	l.returned = append(l.returned, l.guidelines(text))
}

// comesBack tells whether a proposal has the guidelines of a prompt that was put
// back, in any order, repeated or reworded. A guideline that the champion has
// word for word is no rewording: what was put back may have changed just that.
//
// Rewordings are found by the words that carry a guideline's meaning, some of
// which stand for each other. So an order of things that is turned round is
// taken for a rewording, and one in words that no list has is missed.
func (l *Rules) comesBack(text string) bool {
	proposed := l.guidelines(text)
	for _, back := range l.returned {
		if l.covered(proposed, func(g guideline) bool { return l.oneOf(g, back) }) &&
			l.covered(back, func(b guideline) bool { return l.hasOne(proposed, b) }) {
			return true
		}
	}
	return false
}

func (l *Rules) covered(list []guideline, in func(guideline) bool) bool {
	for _, g := range list {
		if !in(g) {
			return false
		}
	}
	return true
}

func (l *Rules) oneOf(proposed guideline, back []guideline) bool {
	for _, b := range back {
		if l.rewords(proposed, b) {
			return true
		}
	}
	return false
}

func (l *Rules) hasOne(proposed []guideline, back guideline) bool {
	for _, g := range proposed {
		if l.rewords(g, back) {
			return true
		}
	}
	return false
}

func (l *Rules) rewords(proposed, back guideline) bool {
	return proposed.folded == back.folded || !l.old[proposed.folded] && proposed.alike(back)
}

// guideline is a sentence of a prompt by what it is compared by.
type guideline struct {
	folded  string
	meaning set  // stems of the words that carry it
	denies  bool // it says what not to do
}

// alike tells whether two guidelines share three quarters of their words.
func (g guideline) alike(h guideline) bool {
	both := shared(g.meaning, h.meaning)
	return both > 0 && g.denies == h.denies && 4*both >= 3*(len(g.meaning)+len(h.meaning)-both)
}

func (l *Rules) guidelines(text string) []guideline {
	var out []guideline
	for _, s := range Sentences(text) {
		g := guideline{folded: wording.Fold(s), meaning: set{}}
		for _, w := range plainWords(onlys.Replace(plainText(s))) {
			st := wording.Stem(w)
			switch name := sameMeaning[st]; {
			case denials[w]:
				g.denies = true
			case name != "":
				g.meaning[name] = true
			case functionWords(inEnglish)[w], functionWords(l.language)[w], idle[st]:
			default:
				g.meaning[st] = true
			}
		}
		out = append(out, g)
	}
	return out
}

var (
	// onlys replaces what says "only" by a denial.
	onlys   = strings.NewReplacer("and nothing else", "only", "nothing but", "only", "nothing else than", "only", "no more than", "only")
	denials = setOf(strings.Fields("not never dont cannot cant no none nothing without avoid refrain nor"))
	// idle are stems of words that say nothing of their own in guidance.
	idle = stemsOf(`always make sure ensure please keep try remember use give write provide supply answer response reply respond
		care careful carefully important thing way you we also then just really very one other another`)
	// sameMeaning names by stem what stands for one another in guidance.
	sameMeaning = func() map[string]string {
		names := map[string]string{}
		for class := range strings.SplitSeq(strings.TrimSpace(`
only solely merely exclusively
brief briefly short shortly concise concisely succinct succinctly terse tersely compact
cite citation reference attribute
statement claim assertion
passage excerpt chunk snippet
document source
guess invent speculate assume fabricate
new newer newest latest recent
say state tell mention
whole complete completely full fully entire entirely
first beginning start begin initially
exact exactly precise precisely verbatim literal literally
prefer favor favour
contradict conflict disagree differ
several multiple various many
word term wording phrase
condition circumstance
question query asked ask
friendly kind polite politely courteous
show display present
quote copy`), "\n") {
			words := strings.Fields(class)
			for _, w := range words {
				names[wording.Stem(w)] = words[0]
			}
		}
		return names
	}()
)
