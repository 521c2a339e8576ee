package offline

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/honehq/hone/openresponses"
)

// demanded is the call that ToolChoice asks for, if it was not made yet.
func (v *conversation) demanded() (turn, bool) {
	switch v.choice {
	case "", "auto", "none":
		return turn{}, false
	case "required":
		if len(v.exchanges) > 0 || len(v.tools) == 0 || v.canSearch() && hasContent(v.standalone()) {
			return turn{}, false
		}
		return v.fillCall(v.closestTool()), true
	}
	if _, ok := v.tools[v.choice]; !ok || v.did(v.choice) > 0 {
		return turn{}, false
	}
	if v.choice == openresponses.FileSearchName {
		return v.search([]string{v.question}), true
	}
	return v.fillCall(v.choice), true
}

// foreignCall calls a tool that this package doesn't know, once, where the
// question speaks of what its name says.
func (v *conversation) foreignCall() (turn, bool) {
	name := v.closestTool()
	if name == "" || v.did(name) > 0 || v.toolAffinity(name) == 0 {
		return turn{}, false
	}
	return v.fillCall(name), true
}

// closestTool is the unknown tool whose name shares most with the question,
// else the first by name; empty if there is none.
func (v *conversation) closestTool() string {
	best := ""
	for _, name := range slices.Sorted(maps.Keys(v.tools)) {
		if v.isOwn(name) {
			continue
		}
		if best == "" || v.toolAffinity(name) > v.toolAffinity(best) {
			best = name
		}
	}
	if best == "" {
		for _, name := range slices.Sorted(maps.Keys(v.tools)) {
			return name
		}
	}
	return best
}

func isOwnTool(name string) bool {
	switch name {
	case openresponses.FileSearchName, listTool, readTool, indexTool:
		return true
	}
	return false
}

// toolAffinity counts the words of an unknown tool's name in the question.
func (v *conversation) toolAffinity(name string) int {
	if v.isOwn(name) {
		return 0
	}
	n := 0
	asked := termSet(v.question)
	for _, t := range distinct(terms(name)) {
		if asked[t] {
			n++
		}
	}
	return n
}

// fillCall calls a tool with arguments made up from its schema and the
// question.
func (v *conversation) fillCall(name string) turn {
	if name == openresponses.FileSearchName {
		return v.search([]string{v.question})
	}
	args := fillSchema(v.tools[name].Parameters, subject(v.question))
	if !strings.HasPrefix(args, "{") {
		args = "{}"
	}
	return v.call(name, json.RawMessage(args))
}

// argument is the name of a tool's only or first required string argument.
func (v *conversation) argument(tool, otherwise string) string {
	var schema objectSchema
	if json.Unmarshal(v.tools[tool].Parameters, &schema) != nil {
		return otherwise
	}
	if _, ok := schema.Properties[otherwise]; ok || len(schema.Properties) == 0 {
		return otherwise
	}
	for _, name := range append(schema.Required, slices.Sorted(maps.Keys(schema.Properties))...) {
		if strings.Contains(name, "path") || strings.Contains(name, "file") {
			return name
		}
	}
	return otherwise
}

// quoteTools answers from what unknown tools returned, by quoting it.
func (v *conversation) quoteTools() (string, bool) {
	for _, e := range slices.Backward(v.exchanges) {
		if !v.isOwn(e.name) && !e.fromColleague() && e.answered && strings.TrimSpace(e.result) != "" {
			text, _ := cutText(strings.TrimSpace(e.result), answerChars)
			return e.name + " answered: " + text, true
		}
	}
	return "", false
}

func keys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }
