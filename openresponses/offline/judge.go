package offline

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// gradeRequest is what the judge reads in the user's message of a request with
// GradeFormat. Fields that are missing are zero.
type gradeRequest struct {
	Question     string            `json:"question"`
	Status       string            `json:"status"` // answered, not_found or degraded
	Answer       string            `json:"answer"`
	Expected     string            `json:"expected"`
	Nuggets      []nugget          `json:"nuggets"`
	Citations    []json.RawMessage `json:"citations"`
	Unanswerable bool              `json:"unanswerable"`
	Checks       []gradeCheck      `json:"checks"`
}

// gradeCheck is a yes/no question about an answer.
type gradeCheck struct {
	ID       string `json:"id"`
	Question string `json:"question"`
	// A check about one fact may bring its wordings, and the sentences of the
	// answer to look for them in.
	Wordings  []string `json:"wordings"`
	Sentences []string `json:"sentences"`
}

// verdict answers a check.
type verdict struct {
	ID     string `json:"id"`
	Pass   bool   `json:"pass"`
	Reason string `json:"reason"`
}

type verdicts struct {
	Checks []verdict `json:"checks"`
}

// grade answers each check by a deterministic metric, chosen by what the check
// asks about.
func grade(request string) string {
	var g gradeRequest
	out := verdicts{Checks: []verdict{}}
	if err := json.Unmarshal([]byte(jsonObject(request)), &g); err == nil {
		for _, c := range g.Checks {
			pass, reason := g.check(c)
			out.Checks = append(out.Checks, verdict{c.ID, pass, reason})
		}
	}
	return string(mustJSON(out))
}

// What checks ask about, by words of their ID and question.
var (
	aboutRefusal  = regexp.MustCompile(`(?i)refus|not[_ ]found|unanswer|abstain|say[s]? so|does(n't| not) know|not known|declin|status`)
	aboutCitation = regexp.MustCompile(`(?i)cit(e|ation)|source|reference|attribut`)
	aboutLength   = regexp.MustCompile(`(?i)concis|brief|short|length|too long|padding|to the point`)
	aboutAll      = regexp.MustCompile(`(?i)complete|every|all (the )?(nuggets|facts)`)
	citationMark  = regexp.MustCompile(`【\d+】|\[\d+\]`)
)

// check answers one check, and says why.
func (g *gradeRequest) check(c gradeCheck) (bool, string) {
	if len(c.Wordings) > 0 && len(c.Sentences) > 0 {
		ok := holds(strings.Join(c.Sentences, " "), c.Wordings)
		return ok, because(ok, "The sentences state it.", "The sentences don't state it.")
	}
	about := c.ID + " " + c.Question
	refused := g.Status == "not_found" || strings.HasPrefix(g.Answer, notFoundLine)
	n := g.nuggetOf(c)
	switch {
	case n == nil && aboutRefusal.MatchString(about):
		return g.checkRefusal(refused)
	case g.Unanswerable:
		return refused, because(refused, "The documents don't answer, and the answer says so.", "The documents don't answer, but an answer was given.")
	case refused:
		return false, "The answer says that nothing was found, but the documents answer."
	case n != nil:
		ok := n.in(g.Answer)
		return ok, because(ok, "The answer holds: "+n.Text, "The answer lacks: "+n.Text)
	case aboutCitation.MatchString(about):
		ok := len(g.Citations) > 0 || citationMark.MatchString(g.Answer)
		return ok, because(ok, "The answer has citations.", "The answer has no citation.")
	case aboutLength.MatchString(about):
		length := utf8.RuneCountInString(g.Answer)
		return length <= answerChars*5/4, fmt.Sprintf("The answer has %d characters.", length)
	}
	return g.checkFacts(aboutAll.MatchString(about))
}

func (g *gradeRequest) checkRefusal(refused bool) (bool, string) {
	if g.Unanswerable {
		return refused, because(refused, "Rightly says that the documents don't answer.", "Answers although the documents don't.")
	}
	return !refused, because(!refused, "Rightly gives an answer.", "Says that nothing was found although the documents answer.")
}

// checkFacts compares the answer with the vital nuggets: all of them, or half.
func (g *gradeRequest) checkFacts(all bool) (bool, string) {
	vital, held := 0, 0
	var missed []string
	for _, n := range g.Nuggets {
		if !n.Vital {
			continue
		}
		vital++
		if n.in(g.Answer) {
			held++
		} else {
			missed = append(missed, n.Text)
		}
	}
	if vital == 0 {
		n := nugget{Text: g.Expected}
		ok := n.in(g.Answer)
		return ok, because(ok, "The answer says what is expected.", "The answer doesn't say what is expected.")
	}
	ok := held == vital || !all && 2*held >= vital
	reason := fmt.Sprintf("The answer holds %d of %d vital facts", held, vital)
	if len(missed) > 0 {
		reason += "; it lacks: " + strings.Join(missed, "; ")
	}
	return ok, reason + "."
}

// nuggetOf is the nugget that a check is about: one whose text the check
// quotes, or whose number, from 0, ends the ID behind "nugget".
func (g *gradeRequest) nuggetOf(c gradeCheck) *nugget {
	question := fold(c.Question)
	for i := range g.Nuggets {
		if text := fold(g.Nuggets[i].Text); text != "" && strings.Contains(question, text) {
			return &g.Nuggets[i]
		}
	}
	for i := range g.Nuggets {
		for _, join := range []string{"", "_", "-", ":", " ", "."} {
			if c.ID == fmt.Sprintf("nugget%s%d", join, i) {
				return &g.Nuggets[i]
			}
		}
	}
	return nil
}

func because(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}

// jsonObject is the outermost object in a text that may have words or a fence
// around it.
func jsonObject(text string) string {
	start, end := strings.IndexByte(text, '{'), strings.LastIndexByte(text, '}')
	if start < 0 || end < start {
		return text
	}
	return text[start : end+1]
}
