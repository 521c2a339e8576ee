package offline

import (
	"regexp"
	"strings"

	"github.com/honehq/hone/openresponses"
)

// stance is what the prompt says of a habit: nothing, do, or don't.
type stance int

const (
	unsaid stance = iota
	do
	dont
)

// citing is where an answer's citations stand.
type citing int

const (
	citeEach citing = iota // behind each statement: the default
	citeEnd                // once, at the end
	citeNone
)

// guidelines are what the prompt asks of the agent. The zero value is an empty
// prompt.
type guidelines struct {
	local    stance // look into local files early; don't: never
	several  stance // ask in several ways
	commands stance // quote commands whole; don't: no code blocks
	cite     citing
	admit    stance // say early that something isn't known; don't: always answer
	brief    bool
	thorough bool
	newest   stance // of contradicting statements the newer
	exact    stance // exact numbers and names first
}

// Thresholds of confidence: below them something is done. Like models, this one
// leans to answering unless its prompt asks for more care; on questions that
// can be answered that loses nothing.
const (
	refuseBelow      = 0.15
	refuseStrictly   = 0.35
	searchAgainBelow = 0.80
	lookLocallyBelow = 0.45
	lookLocallyEarly = 0.60
)

// A local file is indexed if it lifts confidence to this, and by this factor.
const (
	indexFrom  = 0.30
	indexEarly = 0.25
	indexGain  = 1.3
)

func (g *guidelines) refuse() float64 {
	switch g.admit {
	case do:
		return refuseStrictly
	case dont:
		return 0
	case unsaid:
	}
	return refuseBelow
}

func (g *guidelines) searchAgain() float64 {
	switch g.several {
	case do:
		return 2 // however sure
	case dont:
		return 0
	case unsaid:
	}
	return searchAgainBelow
}

func (g *guidelines) lookLocally() float64 {
	switch g.local {
	case do:
		return lookLocallyEarly
	case dont:
		return 0
	case unsaid:
	}
	return lookLocallyBelow
}

func (g *guidelines) matches() float64 {
	if g.local == do {
		return indexEarly
	}
	return indexFrom
}

// promptText are the messages that guide the agent: the system's and the
// developer's, but not the agent's contract, which prescribes the form that
// this package keeps anyway.
func promptText(messages []openresponses.Message) []string {
	var out []string
	for _, m := range messages {
		switch m.Role {
		case openresponses.System:
			out = append(out, m.Text)
		case openresponses.Developer:
			if !strings.Contains(m.Text, notFoundLine) {
				out = append(out, m.Text)
			}
		case openresponses.User, openresponses.Assistant, openresponses.ToolRole: // data
		}
	}
	return out
}

// readGuidelines reads a prompt sentence by sentence; where two contradict,
// the later one holds.
func readGuidelines(prompt []string) guidelines {
	var g guidelines
	for _, text := range prompt {
		for line := range strings.SplitSeq(text, "\n") {
			for _, s := range sentences(stripMarker(strings.Trim(strings.TrimSpace(line), "#> "))) {
				g.obey(plainSentence(s))
			}
		}
	}
	return g
}

// plainSentence is a sentence in the form that the patterns match.
func plainSentence(s string) string {
	s = strings.NewReplacer("’", "'", "‘", "'", "`", "", "*", "", "“", "", "”", "", "\"", "").Replace(strings.ToLower(s))
	s = strings.NewReplacer("n't", " not", "cannot", "can not").Replace(s)
	s = strings.Join(strings.Fields(s), " ")
	s = reminder.ReplaceAllString(s, "")
	return notJustOne.ReplaceAllString(s, "more than $1")
}

// Negations that ask for the thing they seem to deny.
var (
	reminder   = regexp.MustCompile(`\b(do )?(not|never) (ever )?(hesitate|forget|neglect|fail|be afraid|be shy|omit) to `)
	notJustOne = regexp.MustCompile(`\bnot (?:just|only) (one|once)\b`)
)

// obey applies what one sentence asks for.
func (g *guidelines) obey(s string) {
	for i := range habits {
		if habits[i].says(s) {
			habits[i].set(g)
		}
	}
}
