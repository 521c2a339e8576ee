package offline

import (
	"encoding/json"

	"github.com/honehq/hone/openresponses"
)

// liveRequest is what the judge of live answers reads in the user's message of a
// request with LiveFormat.
type liveRequest struct {
	Question string   `json:"question"`
	Quotes   []string `json:"quotes"`
	Passages []struct {
		Path string `json:"path"`
		Text string `json:"text"`
	} `json:"passages"`
	Check string `json:"check"` // "answers" or "declined"
}

type liveVerdict struct {
	Pass   bool   `json:"pass"`
	Reason string `json:"reason"`
}

// plainlyAnswers is the confidence from which passages plainly answer a
// question. One that quotes them answers it from half of that: it was written,
// and the quotes leave out what stands around them.
const plainlyAnswers = 0.5

// gradeLive tells how well passages cover a question: what an answer quotes, or
// what was found for one that was declined.
func gradeLive(request string) string {
	var q liveRequest
	if json.Unmarshal([]byte(jsonObject(request)), &q) != nil {
		return string(mustJSON(liveVerdict{Reason: "The request could not be read."}))
	}
	var found, quoted []openresponses.FoundPassage
	for i, p := range q.Passages {
		found = append(found, openresponses.FoundPassage{Ref: i + 1, Path: p.Path, Text: p.Text})
	}
	for i, text := range q.Quotes {
		quoted = append(quoted, openresponses.FoundPassage{Ref: i + 1, Text: text})
	}
	if q.Check == "declined" {
		pass := rank(q.Question, found).confidence(q.Question) < plainlyAnswers
		return string(mustJSON(liveVerdict{pass, because(pass, "No passage plainly answers.", "A passage plainly answers, and yet it was declined.")}))
	}
	pass := rank(q.Question, quoted).confidence(q.Question) >= plainlyAnswers/2
	return string(mustJSON(liveVerdict{pass, because(pass, "What is quoted covers the question.", "What is quoted does not cover the question.")}))
}
