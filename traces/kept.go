package traces

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/openai/openai-go/v3/responses"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/otel"
)

// addRun adds what was kept of a run.
func (a *Account) addRun(r agent.Run) {
	a.Question, a.Answer, a.Error = r.Question, r.Answer.Answer, cmp.Or(r.Error, a.Error)
	a.Model = cmp.Or(r.Model, a.Model)
	var items []json.RawMessage
	_ = json.Unmarshal(r.Items, &items) // what was deleted leaves none
	if found := retrieved(items); len(found) > 0 {
		a.Passages = found
	}
	for _, c := range r.Citations {
		for i := range a.Passages {
			if p := &a.Passages[i]; p.File == c.FileID && p.Section == c.Section && p.Cited == 0 {
				p.Cited = c.N
				break
			}
		}
	}
}

// addResponse adds what was kept of a response of the API.
func (a *Account) addResponse(r openresponses.StoredResponse) {
	var response struct {
		Output []json.RawMessage `json:"output"`
	}
	_ = json.Unmarshal(r.Response, &response) // as above
	a.Answer = spoken(response.Output, "assistant")
	var input []json.RawMessage
	_ = json.Unmarshal(r.Input, &input)
	a.Question = spoken(input, "user")
	if found := retrieved(response.Output); len(found) > 0 {
		a.Passages = found
	}
}

// spoken is the text of the last message of a role.
func spoken(items []json.RawMessage, role string) string {
	for _, raw := range slices.Backward(items) {
		var m struct {
			Type    string          `json:"type"`
			Role    string          `json:"role"`
			Content json.RawMessage `json:"content"`
		}
		if json.Unmarshal(raw, &m) != nil || m.Type != "message" || m.Role != role {
			continue
		}
		var text string
		if json.Unmarshal(m.Content, &text) == nil {
			return text
		}
		var parts []struct {
			Text string `json:"text"`
		}
		_ = json.Unmarshal(m.Content, &parts) // a part without text says nothing
		for _, p := range parts {
			text += p.Text
		}
		return text
	}
	return ""
}

// retrieved are the passages that searches among the items gave.
func retrieved(items []json.RawMessage) []Passage {
	var list []Passage
	for _, raw := range items {
		var call responses.ResponseFileSearchToolCall
		if json.Unmarshal(raw, &call) != nil || call.Type != "file_search_call" {
			continue
		}
		for _, r := range call.Results {
			list = append(list, Passage{
				File: r.FileID, Path: r.Filename, Section: r.Attributes[knowledge.AttrSection].OfString,
				Line: int(r.Attributes[knowledge.AttrFirstLine].OfFloat), Score: r.Score,
			})
		}
	}
	return best(list)
}

// passagesOf is what the span of a search tells of its results.
func passagesOf(s otel.Span) []Passage {
	files, _ := s.Attributes["hone.search.files"].([]string)
	scores, _ := s.Attributes["hone.search.scores"].([]float64)
	var list []Passage
	for i, file := range files {
		p := Passage{File: file}
		if i < len(scores) {
			p.Score = scores[i]
		}
		list = append(list, p)
	}
	return list
}

// best puts each passage once, with its best score, the best first.
func best(list []Passage) []Passage {
	slices.SortStableFunc(list, func(x, y Passage) int { return cmp.Compare(y.Score, x.Score) })
	out := []Passage{}
	for _, p := range list {
		same := func(q Passage) bool { return q.key() == p.key() }
		if p.Path == "" { // a span knows files only, of which several passages may be
			same = func(q Passage) bool { return q == p }
		}
		if !slices.ContainsFunc(out, same) {
			out = append(out, p)
		}
	}
	return out
}

// key tells passages apart, also in two answers.
func (p Passage) key() passageKey { return passageKey{p.File, p.Section, p.Line} }

type passageKey struct {
	file, section string
	line          int
}

// Name says for people which passage it is.
func (p Passage) Name() string {
	return strings.TrimSuffix(cmp.Or(p.Path, p.File)+"  "+p.Section, "  ")
}
