package offline

import (
	"encoding/json"
	"hash/fnv"
	"strings"

	"github.com/honehq/hone/openresponses"
)

// CaseFormat asks for a case: a question with its answer, evidence and facts.
const CaseFormat = "hone_case"

// caseRequest is what the writer of cases reads in the user's message.
type caseRequest struct {
	Task     string        `json:"task"` // "ask", "answer" or "cut"
	Document string        `json:"document"`
	Title    string        `json:"title"`
	Section  string        `json:"section"`
	Text     string        `json:"text"`
	Question string        `json:"question"`
	Passages []casePassage `json:"passages"`
}

type casePassage struct {
	Document string `json:"document"`
	Title    string `json:"title"`
	Section  string `json:"section"`
	Text     string `json:"text"`
}

// caseReply is what it says.
type caseReply struct {
	Answerable bool           `json:"answerable"`
	Question   string         `json:"question"`
	Answer     string         `json:"answer"`
	Evidence   []caseEvidence `json:"evidence"`
	Facts      []caseFact     `json:"facts"`
}

type caseEvidence struct {
	Document string `json:"document"`
	Quote    string `json:"quote"`
}

type caseFact struct {
	Text  string   `json:"text"`
	AnyOf []string `json:"any_of"`
}

// writeCase plays the writer. To "ask" it turns a line of one of a few plain
// forms (a named value, a table's cell, a command under its heading, what a flag
// does, when something happened) into a question about the document, and asks
// nothing of other text. To "answer" it quotes what answers best, or says that
// nothing does. It cuts no prose into facts: rules would guess.
func writeCase(request string) string {
	var q caseRequest
	reply := caseReply{Evidence: []caseEvidence{}, Facts: []caseFact{}}
	if err := json.Unmarshal([]byte(jsonObject(request)), &q); err == nil {
		switch q.Task {
		case "ask":
			if made := askOf(q); made != nil {
				reply = *made
			}
		case "answer":
			reply = answerOf(q, reply)
		}
	}
	return string(mustJSON(reply))
}

// answerOf quotes the segment that answers best, if that is plainly about the
// question and stands in its passage word for word.
func answerOf(q caseRequest, none caseReply) caseReply {
	var plainly guidelines
	none.Question = q.Question
	var passages []openresponses.FoundPassage
	for i, p := range q.Passages {
		passages = append(passages, openresponses.FoundPassage{Ref: i + 1, Path: p.Document, Title: p.Title, Section: p.Section, Text: p.Text})
	}
	r := rank(q.Question, passages)
	if len(r.segments) == 0 || r.confidence(q.Question) < plainly.refuse() {
		return none
	}
	best := -1
	for i := range r.segments {
		if (best < 0 || r.score[i] > r.score[best]) && strings.Contains(r.passages[r.segments[i].passage].Text, r.segments[i].text) {
			best = i
		}
	}
	if best < 0 {
		return none
	}
	text := r.segments[best].text
	said := keyOf(text, q.Question)
	if said == "" {
		return none
	}
	return caseReply{
		Answerable: true, Question: q.Question, Answer: text,
		Evidence: []caseEvidence{{r.passages[r.segments[best].passage].Path, text}},
		Facts:    []caseFact{{text, []string{said}}},
	}
}

// keyOf is what of a sentence an answer can be told by: its first identifier,
// quantity or time that the question lacks, else its first words.
func keyOf(text, question string) string {
	asked := strings.ToLower(question)
	news := func(s string) bool {
		return len(s) > 2 && !strings.Contains(asked, strings.ToLower(s))
	}
	for _, s := range identifier.FindAllString(text, 6) {
		if s = strings.Trim(s, "`.,;:"); news(s) {
			return s
		}
	}
	for _, s := range quantity.FindAllString(text, 6) {
		if s = strings.Trim(s, " .,;:("); news(s) {
			return s
		}
	}
	words := strings.Fields(text)
	if s := strings.Trim(strings.Join(words[:min(6, len(words))], " "), ".,;:"); news(s) {
		return s
	}
	return ""
}

// pick chooses one of n by a text alone.
func pick(n int, text string) int {
	h := fnv.New64a()
	h.Write([]byte(text))
	return int(h.Sum64() % uint64(n))
}
