package eval

import (
	_ "embed"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/honehq/hone/agent"
)

// Rubric names the rules by which answers are scored. Scores by different
// rubrics don't compare, so certificates name it; a change of the rules changes
// the name.
const Rubric = "hone.rubric/2"

// RubricText is the rubric in words.
//
//go:embed templates/rubric.md
var RubricText string

// Weights and bounds of the rubric.
const (
	nuggetWeight   = 0.6 // all vital nuggets together
	documentWeight = 0.2
	citedWeight    = 0.1
	lengthWeight   = 0.1
	maxAnswer      = 1500 // characters
)

// The checks' IDs; a vital nugget's is "nugget" and its number from 0.
const (
	checkAnswers  = "answers"
	checkRefuses  = "refuses"
	checkNugget   = "nugget"
	checkDocument = "document"
	checkCited    = "cited"
	checkLength   = "length"
)

func nuggetID(i int) string { return checkNugget + strconv.Itoa(i) }

// Check is a yes/no question about an answer, answered.
type Check struct {
	ID     string  `json:"id"`
	Pass   bool    `json:"pass"`
	Weight float64 `json:"weight"`
	Reason string  `json:"reason"` // in words; it may quote the case
}

// Grade is an answer's score by the rubric, the weighted share of its checks
// that pass.
type Grade struct {
	Score  float64 `json:"score"`
	Checks []Check `json:"checks"`
}

// Failed returns the checks that did not pass.
func (g Grade) Failed() []Check {
	var out []Check
	for _, c := range g.Checks {
		if !c.Pass {
			out = append(out, c)
		}
	}
	return out
}

// gradeOf adds checks up; there is at least one.
func gradeOf(checks ...Check) Grade {
	var sum, passed float64
	for _, c := range checks {
		sum += c.Weight
		if c.Pass {
			passed += c.Weight
		}
	}
	if passed == sum { // no rounding at the top
		return Grade{1, checks}
	}
	return Grade{passed / sum, checks}
}

// failedGrade is what an agent's failure gets.
func failedGrade() Grade {
	return gradeOf(Check{checkAnswers, false, 1, "There was no answer: the agent failed."})
}

// settled grades what needs no look at the facts: refusals, and answers that
// are none. ok is false for an answer whose facts decide.
//
// It comes before any judge: openers, flattery, instructions to the judge or
// the question repeated have no citation, and so never reach one.
func settled(c Case, a agent.Answer) (g Grade, ok bool) {
	refused := a.Status == agent.NotFound
	switch {
	case c.Type == Unanswerable && refused:
		return gradeOf(Check{checkRefuses, true, 1, "Rightly says that the documents don't answer."}), true
	case c.Type == Unanswerable:
		return gradeOf(Check{checkRefuses, false, 1, "An answer was given although the documents don't answer."}), true
	case refused:
		return gradeOf(Check{checkAnswers, false, 1, "Says that nothing was found although the documents answer."}), true
	case len(a.Citations) == 0 || len(marks(a.Answer)) == 0:
		return gradeOf(Check{checkCited, false, 1, "The answer has no citation."}), true
	}
	return Grade{}, false
}

// factFinder decides which of a case's vital nuggets an answer states, with a
// reason each.
type factFinder func(nuggets []Nugget) (stated []bool, reasons []string)

// stated finds facts by their strings. The question's own words are no answer.
func stated(s said) factFinder {
	return func(nuggets []Nugget) (pass []bool, reasons []string) {
		for _, n := range nuggets {
			in := s.holds(n)
			pass = append(pass, in)
			reasons = append(reasons, because(in, "The answer states: "+n.Text, "The answer lacks: "+n.Text))
		}
		return pass, reasons
	}
}

// assess grades an answer whose facts decide. grounded, see said, is asked only
// where no fact is stated.
func assess(c Case, a agent.Answer, grounded func() bool, facts factFinder) Grade {
	var checks []Check
	content := false
	if vital := c.vital(); len(vital) > 0 {
		pass, reasons := facts(vital)
		for i := range vital {
			checks = append(checks, Check{nuggetID(i), pass[i], nuggetWeight / float64(len(vital)), reasons[i]})
			content = content || pass[i]
		}
	}
	if len(c.Docs) > 0 {
		_, recall := citedDocuments(c, a)
		right := recall > 0 && (content || grounded())
		checks = append(checks, Check{checkDocument, right, documentWeight,
			because(right, "Cites a document that holds the answer.", "Cites none of the documents that hold the answer, or says nothing of what stands there.")})
		content = content || right
	}
	if content {
		checks = append(checks, form(a)...)
	}
	if len(checks) == 0 {
		return gradeOf(Check{checkAnswers, false, 1, "Nothing says what a right answer is."})
	}
	return gradeOf(checks...)
}

// form checks how an answer with content is written.
func form(a agent.Answer) []Check {
	cited := statementsCited(a.Answer) == 1 && citationValidity(a, nil) == 1
	n := utf8.RuneCountInString(a.Answer)
	return []Check{
		{checkCited, cited, citedWeight, because(cited, "Each statement carries a citation.", "Some statements carry no sound citation.")},
		{checkLength, n <= maxAnswer, lengthWeight, fmt.Sprintf("The answer has %d characters; at most %d are wanted.", n, maxAnswer)},
	}
}

func because(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}
