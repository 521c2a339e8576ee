package offline

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/honehq/hone/openresponses"
)

// askPrefix begins the names of tools by which an agent asks other agents. What
// those cite comes back as the results of a search.
const askPrefix = "ask_"

// maxAsked is how many other agents are asked for one question.
const maxAsked = 3

// isColleague tells whether a tool asks another agent: by its name, and by what
// it takes, a question.
func isColleague(t openresponses.FunctionTool) bool {
	var schema objectSchema
	return strings.HasPrefix(t.Name, askPrefix) && json.Unmarshal(t.Parameters, &schema) == nil &&
		slices.Equal(schema.Required, []string{"question"}) && len(schema.Properties) == 1
}

// isOwn tells whether this package knows a tool.
func (v *conversation) isOwn(name string) bool {
	return isOwnTool(name) || isColleague(v.tools[name])
}

// fromColleague tells whether an exchange is an answer of another agent.
func (e exchange) fromColleague() bool {
	var said struct {
		Agent  string `json:"agent"`
		Status string `json:"status"`
	}
	return strings.HasPrefix(e.name, askPrefix) && json.Unmarshal([]byte(e.result), &said) == nil && said.Agent != "" && said.Status != ""
}

// askedColleagues tells whether another agent was asked for this question: the
// searches of its own are over then.
func (v *conversation) askedColleagues() bool {
	return slices.ContainsFunc(v.exchanges, func(e exchange) bool { return e.fromColleague() || isColleague(v.tools[e.name]) })
}

// askColleague asks the next other agent, the one first whose name and
// description share most with the question. False if enough were asked.
func (v *conversation) askColleague(question string) (turn, bool) {
	asked := 0
	var left []string
	for _, name := range slices.Sorted(maps.Keys(v.tools)) {
		switch {
		case !isColleague(v.tools[name]):
		case v.did(name) > 0:
			asked++
		default:
			left = append(left, name)
		}
	}
	if len(left) == 0 || asked >= maxAsked || !hasContent(question) {
		return turn{}, false
	}
	want := termSet(question)
	fit := func(name string) float64 {
		t := v.tools[name]
		return contained(want, termSet(strings.TrimPrefix(name, askPrefix)+" "+t.Description))
	}
	slices.SortStableFunc(left, func(a, b string) int { return cmp.Compare(fit(b), fit(a)) })
	return v.call(left[0], map[string]string{"question": question}), true
}
