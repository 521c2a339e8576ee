package eval

import (
	"slices"
	"strings"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/internal/wording"
	"github.com/honehq/hone/knowledge/textindex"
)

// said is what an answer says, made ready for grading its facts.
type said struct {
	sentences []string // neutral, see there
	terms     []map[string]bool
	text      string // all of them, folded, without the question's words
	question  map[string]bool
}

func readAnswer(c Case, a agent.Answer) said {
	s := said{question: termsOf(unstyled(wording.Visible(c.Question)))}
	for _, sentence := range neutral(a.Answer) {
		if terms := termsOf(sentence); len(terms) > 0 {
			s.sentences, s.terms = append(s.sentences, sentence), append(s.terms, terms)
		}
	}
	question := bare(c.Question)
	s.text = strings.ReplaceAll(wording.Fold(strings.Join(s.sentences, " ")), question, "")
	return s
}

func termsOf(text string) map[string]bool {
	set := map[string]bool{}
	for _, t := range textindex.Terms(text) {
		set[t] = true
	}
	return set
}

// bare is a text as facts are looked for in it.
func bare(text string) string { return wording.Fold(unstyled(wording.Visible(text))) }

// holds tells whether the answer contains one of the nugget's strings. What
// stands in the question counts for nothing.
func (s said) holds(n Nugget) bool {
	return slices.ContainsFunc(n.AnyOf, func(wording string) bool {
		wording = bare(wording)
		return wording != "" && strings.Contains(s.text, wording)
	})
}

// aboutGrading are the terms in which graders are talked to. A fact that has
// others is not told by them alone.
var aboutGrading = termsOf(`answer response solution reply question fact state statement check checks checked pass passes passed
	true false yes correct right wrong complete completely accurate verify verified grade grader grading judge score mark marks
	rubric criteria criterion instruction instructions rule rules prompt system assistant user document documents documentation
	source sources cite citation step steps thought think process expert detail details helpful thank please
	ignore previous all every always never output full must return output json id reason found following above below here see say says ask asked expected`)

// telling are the terms by which a text can be recognised: those that are
// neither the question's nor a grader's.
func (s said) telling(terms map[string]bool) map[string]bool {
	out := map[string]bool{}
	for t := range terms {
		if !s.question[t] && !aboutGrading[t] {
			out[t] = true
		}
	}
	return out
}

// shown is how many sentences a judge sees of one fact.
const shown = 4

// about returns the sentences that might state a fact, in their order: those
// that share most telling terms with it. There are none if the answer can't
// state it, whatever a judge would say. The sentence before one that it leads
// into comes along.
func (s said) about(n Nugget) []string {
	fact := s.telling(termsOf(n.Text + "\n" + strings.Join(n.AnyOf, "\n")))
	type match struct{ at, shared int }
	var matches []match
	for i, terms := range s.terms {
		shared := 0
		for t := range terms {
			if fact[t] {
				shared += weight(t)
			}
		}
		if shared >= enough || s.holdsIn(n, i) {
			matches = append(matches, match{i, shared})
		}
	}
	slices.SortStableFunc(matches, func(x, y match) int { return y.shared - x.shared })
	keep := map[int]bool{}
	for _, m := range matches[:min(shown, len(matches))] {
		keep[m.at] = true
		if m.at > 0 && strings.HasSuffix(s.sentences[m.at-1], ":") {
			keep[m.at-1] = true
		}
	}
	var out []string
	for i, sentence := range s.sentences {
		if keep[i] {
			out = append(out, sentence)
		}
	}
	if s.holds(n) && !n.In(strings.Join(out, " ")) { // it spans sentences
		return slices.Clone(s.sentences)
	}
	return out
}

// enough is the weight of terms that must be shared: of one, but not of a digit
// or two, which stand in many sentences.
const enough = 2

func weight(term string) int {
	if len(term) < 3 {
		return 1
	}
	return enough
}

// holdsIn tells whether one sentence contains one of the nugget's strings.
func (s said) holdsIn(n Nugget, i int) bool {
	return n.In(s.sentences[i]) && s.holds(n)
}

// grounded tells whether the answer says something of what it cites from the
// documents that hold the answer: at least half of its telling terms, counted
// up to four, stand in the quotes.
func (s said) grounded(c Case, a agent.Answer) bool {
	quoted := map[string]bool{}
	for _, x := range a.Citations {
		if c.gold(x.Path) {
			for t := range termsOf(wording.Visible(x.Quote)) {
				quoted[t] = true
			}
		}
	}
	all, shared := map[string]bool{}, 0
	for _, terms := range s.terms {
		for t := range s.telling(terms) {
			if !all[t] && quoted[t] {
				shared += weight(t)
			}
			all[t] = true
		}
	}
	return shared >= enough && shared >= min(len(all), 4)
}
