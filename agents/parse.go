package agents

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Draft is a set that was read and is still to be checked.
type Draft struct {
	Agents []Agent
	// Based is the version that the draft says it started from; nil if it
	// doesn't say.
	Based    *int
	problems Problems
	lines    []map[string]int // of each agent's fields
}

// Parse reads a set, in YAML or JSON: an object with the list agents and, for a
// set that goes into a store, the version that it is based on. What is wrong
// with it, Check says.
func Parse(data []byte) Draft {
	var d Draft
	root, err := tree(data)
	if errors.As(err, &d.problems) {
		return d
	}
	r := reader{draft: &d}
	r.object(root, fields{
		"version": func(n *yaml.Node) { v := r.number(n, 0, 1<<31-1); d.Based = &v },
		"agents": func(n *yaml.Node) {
			for _, item := range r.list(n) {
				r.agent(item)
			}
		},
	})
	if len(d.Agents) == 0 && len(d.problems) == 0 {
		r.wrong(root, "there are no agents: it takes a list, agents")
	}
	return d
}

// ParseAgent reads one agent, in YAML or JSON.
func ParseAgent(data []byte) Draft {
	var d Draft
	root, err := tree(data)
	if errors.As(err, &d.problems) {
		return d
	}
	(&reader{draft: &d}).agent(root)
	return d
}

// reader turns nodes into a draft and collects what is wrong with them.
type reader struct {
	draft *Draft
	name  string // of the agent that is read
}

// fields are what an object may hold.
type fields map[string]func(*yaml.Node)

func (r *reader) wrong(n *yaml.Node, format string, args ...any) {
	r.draft.problems = append(r.draft.problems, Problem{Line: n.Line, Agent: r.name, Text: fmt.Sprintf(format, args...)})
}

func (r *reader) agent(n *yaml.Node) {
	var a Agent
	lines := map[string]int{"": n.Line}
	r.name = nameIn(n)
	text := func(to *string) func(*yaml.Node) { return func(n *yaml.Node) { *to = r.text(n) } }
	names := func(to *[]string) func(*yaml.Node) { return func(n *yaml.Node) { *to = r.texts(n) } }
	r.object(n, fields{
		"name": text(&a.Name), "description": text(&a.Description), "prompt": text(&a.Prompt),
		"model": text(&a.Model), "judge_model": text(&a.JudgeModel), "rewrite_model": text(&a.RewriteModel),
		"sources": names(&a.Sources), "local": names(&a.Local), "asks": names(&a.Asks),
		"mode":   func(n *yaml.Node) { a.Mode = Mode(r.text(n)) },
		"cron":   func(n *yaml.Node) { a.Cron = r.text(n) },
		"every":  func(n *yaml.Node) { a.Every = r.every(n) },
		"canary": func(n *yaml.Node) { a.Canary = r.amount(n, 1) },
		"budget": func(n *yaml.Node) {
			r.object(n, fields{
				"tokens": func(n *yaml.Node) { a.Budget.Tokens = int64(r.number(n, 1, 1<<53)) },
				"usd":    func(n *yaml.Node) { a.Budget.USD = r.amount(n, 1e9) },
			})
		},
		"limits": func(n *yaml.Node) {
			r.object(n, fields{
				"turns":      func(n *yaml.Node) { a.Limits.Turns = r.number(n, 1, 1000) },
				"tool_calls": func(n *yaml.Node) { a.Limits.ToolCalls = r.number(n, 1, 1000) },
				"tokens":     func(n *yaml.Node) { a.Limits.Tokens = r.number(n, 1, 1<<40) },
				"time":       func(n *yaml.Node) { a.Limits.Time = r.duration(n) },
			})
		},
	})
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		lines[n.Content[i].Value] = n.Content[i].Line
	}
	r.name = ""
	if n.Kind != yaml.MappingNode {
		return
	}
	r.draft.Agents = append(r.draft.Agents, a)
	r.draft.lines = append(r.draft.lines, lines)
}

// nameIn is the name that an agent's node gives it, to speak of it.
func nameIn(n *yaml.Node) string {
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		if v := n.Content[i+1]; n.Content[i].Value == "name" && v.Kind == yaml.ScalarNode {
			return shorten(v.Value)
		}
	}
	return ""
}

// object reads an object that holds nothing but the fields, each once.
func (r *reader) object(n *yaml.Node, known fields) {
	if n.Kind != yaml.MappingNode {
		r.wrong(n, "an object is wanted here, with some of the fields %s; this is %s", list(known), kindOf(n))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := known[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || !ok:
			r.wrong(key, "there is no field %q; the fields are %s", shorten(key.Value), list(known))
		case seen[key.Value]:
			r.wrong(key, "%s is here twice", key.Value)
		case value.Tag != "!!null":
			r.at(key.Value, value, read)
		}
		seen[key.Value] = true
	}
}

// at reads a field; what is wrong with it begins with its name.
func (r *reader) at(field string, n *yaml.Node, read func(*yaml.Node)) {
	before := len(r.draft.problems)
	read(n)
	if field == "agents" && n.Kind == yaml.SequenceNode {
		return // its agents speak for themselves
	}
	for i := range r.draft.problems[before:] {
		p := &r.draft.problems[before+i]
		p.Text = field + ": " + p.Text
	}
}

func (r *reader) list(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		r.wrong(n, "must be a list, not %s", kindOf(n))
		return nil
	}
	return n.Content
}

// text reads a string. What YAML would take for a number or a date is one, too:
// so a model may be called 4.
func (r *reader) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!bool" {
		r.wrong(n, "must be a text, not %s", kindOf(n))
		return ""
	}
	return n.Value
}

// texts reads a list of strings; never nil.
func (r *reader) texts(n *yaml.Node) []string {
	out := []string{}
	for _, item := range r.list(n) {
		if item.Tag == "!!null" {
			r.wrong(item, "an entry of the list is empty")
			continue
		}
		out = append(out, r.text(item))
	}
	return out
}

func (r *reader) number(n *yaml.Node, least, most int) int {
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil || v < least || v > most {
		r.wrong(n, "must be a whole number from %d to %d, not %s", least, most, kindOf(n))
		return least
	}
	return v
}

func (r *reader) every(n *yaml.Node) int {
	if n.Value == strconv.Itoa(Never) {
		return Never
	}
	if v, err := strconv.Atoi(n.Value); n.Kind == yaml.ScalarNode && err == nil && v >= 1 {
		return v
	}
	r.wrong(n, "must be a number of questions, or %d for never, not %s", Never, kindOf(n))
	return 0
}

// amount reads a number above 0.
func (r *reader) amount(n *yaml.Node, most float64) float64 {
	v, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || err != nil || !(v > 0 && v <= most) {
		r.wrong(n, "must be a number above 0 and at most %g, not %s", most, kindOf(n))
		return 0
	}
	return v
}

func (r *reader) duration(n *yaml.Node) Duration {
	v, err := time.ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || v < time.Second || v > time.Hour {
		r.wrong(n, "must be a time from 1s to 1h, such as 90s, not %s", kindOf(n))
		return 0
	}
	return Duration(v)
}

// kindOf says what a node is.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "an object"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias, which is not read"
	case yaml.ScalarNode, yaml.DocumentNode:
	}
	if n.Tag == "!!null" {
		return "nothing"
	}
	return strconv.Quote(shorten(n.Value))
}

func list(known fields) string {
	return strings.Join(slices.Sorted(maps.Keys(known)), ", ")
}

// shorten keeps what others wrote from filling a message.
func shorten(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
