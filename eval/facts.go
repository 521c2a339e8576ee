package eval

import "github.com/honehq/hone/agent"

// Fact is a vital fact of a case, by the ID of its check.
type Fact struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Facts are what a judge decides of an answer to a case, in the case's order.
func (c Case) Facts() []Fact {
	var out []Fact
	for i, n := range c.vital() {
		out = append(out, Fact{nuggetID(i), n.Text})
	}
	return out
}

// Undecided tells whether facts decide how an answer scores, so that a judge or
// a person is wanted. What a graded answer that failed, refuses, or cites
// nothing scores is certain.
func Undecided(c Case, a agent.Answer) bool {
	_, certain := settled(c, a)
	return !certain && len(c.vital()) > 0
}

// GradeFacts grades an answer of which someone else decided which facts it
// states: a person. A fact that is not in stated counts as not stated.
func GradeFacts(c Case, a agent.Answer, stated map[string]bool) Grade {
	if g, ok := settled(c, a); ok {
		return g
	}
	return assess(c, a, func() bool { return readAnswer(c, a).grounded(c, a) }, func(nuggets []Nugget) (pass []bool, reasons []string) {
		for i := range nuggets {
			pass, reasons = append(pass, stated[nuggetID(i)]), append(reasons, "")
		}
		return pass, reasons
	})
}
