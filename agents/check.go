package agents

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/robfig/cron/v3"

	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/prompts"
)

// World is what a set is checked against.
type World struct {
	Default string   // the agent that answers who names none; empty: not checked
	Sources []string // names and IDs that there are; nil: not checked
	Local   []string // the process's local folders; nil: not checked
}

// maxAgents and maxAsking bound a set: how many agents it has, and how many ask
// one another in a row.
const (
	maxAgents = 100
	maxAsking = 4
)

// Variables are those that a prompt of an agent may hold as {{ name }}.
var Variables = []string{"agent", "today"}

var (
	validName  = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
	validModel = regexp.MustCompile(`^[[:graph:]]{1,200}$`)
)

// Check returns the agents of a draft, or Problems: all that is wrong with it.
func (d Draft) Check(w World) ([]Agent, error) {
	c := checker{draft: d, world: w, named: map[string]Agent{}, problems: slices.Clone(d.problems)}
	if len(d.Agents) > maxAgents {
		c.wrong(-1, "", "there are %d agents; at most %d are possible", len(d.Agents), maxAgents)
		return nil, c.problems
	}
	for i, a := range d.Agents {
		c.name(i, a)
	}
	for i, a := range d.Agents {
		c.own(i, a)
		c.reach(i, a)
	}
	c.asking()
	if _, ok := c.named[w.Default]; w.Default != "" && !ok && len(d.Agents) > 0 {
		c.wrong(-1, "", "no agent is called %s, which answers who names none; call one so, or name another one with HONE_AGENT", w.Default)
	}
	if len(c.problems) > 0 {
		slices.SortStableFunc(c.problems, func(x, y Problem) int { return cmp.Compare(x.Line, y.Line) })
		return nil, c.problems
	}
	return d.Agents, nil
}

type checker struct {
	draft    Draft
	world    World
	named    map[string]Agent
	problems Problems
}

// wrong notes a problem of an agent's field; of the set if i is below 0.
func (c *checker) wrong(i int, field, format string, args ...any) {
	p := Problem{Text: fmt.Sprintf(format, args...)}
	if i >= 0 {
		p.Agent = shorten(c.draft.Agents[i].Name)
		if i < len(c.draft.lines) {
			lines := c.draft.lines[i]
			p.Line = cmp.Or(lines[field], lines[""])
		}
	}
	if !slices.Contains(c.problems, p) {
		c.problems = append(c.problems, p)
	}
}

func (c *checker) name(i int, a Agent) {
	switch _, twice := c.named[a.Name]; {
	case a.Name == "":
		c.wrong(i, "name", "it has no name")
		return
	case !validName.MatchString(a.Name):
		c.wrong(i, "name", "a name is at most 40 small letters, digits, - and _, and begins with a letter")
	case twice:
		c.wrong(i, "name", "there is another agent of this name")
		return
	}
	c.named[a.Name] = a
}

// own checks what hangs on nothing else.
func (c *checker) own(i int, a Agent) {
	for _, m := range []struct{ field, name string }{{"model", a.Model}, {"judge_model", a.JudgeModel}, {"rewrite_model", a.RewriteModel}} {
		if m.name != "" && !validModel.MatchString(m.name) {
			c.wrong(i, m.field, "%s: %q can't be the name of a model", m.field, shorten(m.name))
		}
	}
	switch a.Mode {
	case "", Auto, Approve, Off:
	default:
		c.wrong(i, "mode", "mode: %q is not one; it is auto, approve or off", shorten(string(a.Mode)))
	}
	if a.Cron != "" && a.Cron != NoCron {
		if _, err := cron.ParseStandard(a.Cron); err != nil {
			c.wrong(i, "cron", "cron: %q can't be read (%v); five fields are wanted, such as 0 4 * * 1 for Mondays at 4, or off", shorten(a.Cron), err)
		}
	}
	if a.Every < Never {
		c.wrong(i, "every", "every: %d; it is a number of questions, or %d for never", a.Every, Never)
	}
	if !(a.Canary >= 0 && a.Canary <= 1) {
		c.wrong(i, "canary", "canary: %g; it is a share above 0 and at most 1", a.Canary)
	}
	for _, t := range []struct{ field, text string }{{"description", a.Description}, {"prompt", a.Prompt}} {
		if !utf8.ValidString(t.text) || strings.Contains(t.text, "\x00") {
			c.wrong(i, t.field, "%s: this is not text", t.field)
		} else if len(t.text) > prompts.MaxText {
			c.wrong(i, t.field, "%s: %d bytes; at most %d are possible", t.field, len(t.text), prompts.MaxText)
		}
	}
	for _, name := range prompts.Variables(a.Prompt) {
		if !slices.Contains(Variables, name) {
			c.wrong(i, "prompt", "prompt: {{ %s }} has no value; there are {{ %s }}", name, strings.Join(Variables, " }} and {{ "))
		}
	}
}

// reach checks what the agent gets at: sources, folders, other agents.
func (c *checker) reach(i int, a Agent) {
	c.known(i, "sources", "source", a.Sources, c.world.Sources, c.isLocal)
	c.known(i, "local", "local folder", a.Local, c.world.Local, nil)
	for n, name := range a.Asks {
		asked, ok := c.named[name]
		switch {
		case slices.Contains(a.Asks[:n], name):
			c.wrong(i, "asks", "asks: %s is there twice", name)
		case !ok:
			c.wrong(i, "asks", "asks: there is no agent %q", shorten(name))
		case name != a.Name && strings.TrimSpace(asked.Description) == "":
			c.wrong(i, "asks", "asks: %s has no description; whoever asks an agent must know what that one knows", name)
		}
	}
}

// known checks a list of names against those that there are.
func (c *checker) known(i int, field, what string, names, there []string, also func(string) bool) {
	for n, name := range names {
		switch {
		case slices.Contains(names[:n], name):
			c.wrong(i, field, "%s: %q is there twice", field, shorten(name))
		case there == nil || slices.Contains(there, name) || also != nil && also(name):
		case len(there) == 0:
			c.wrong(i, field, "%s: there is no %s %q; there is none at all", field, what, shorten(name))
		default:
			c.wrong(i, field, "%s: there is no %s %q; there are %s", field, what, shorten(name), strings.Join(visible(there), ", "))
		}
	}
}

// visible leaves out IDs where there are names.
func visible(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(s string) bool { return strings.HasPrefix(s, "vs_") })
}

// isLocal tells whether a source is what an agent of the set indexes itself,
// which may have happened or not.
func (c *checker) isLocal(source string) bool {
	for name := range c.named {
		if knowledge.LocalSourceOf(name) == source {
			return true
		}
	}
	return false
}

// asking looks for agents that end up asking themselves, and for long rows.
func (c *checker) asking() {
	done := map[string]int{} // how many agents ask one another in a row from here
	var follow func(name string, row []string) int
	follow = func(name string, row []string) int {
		if at := slices.Index(row, name); at >= 0 {
			circle := append(slices.Clone(row[at:]), name)
			c.wrong(c.index(row[at]), "asks", "asks: %s would ask itself: %s", row[at], strings.Join(circle, " → "))
			return 1
		}
		if n, ok := done[name]; ok {
			return n
		}
		longest := 0
		for _, next := range c.named[name].Asks {
			longest = max(longest, follow(next, append(row, name)))
		}
		done[name] = 1 + longest
		return done[name]
	}
	for i, a := range c.draft.Agents {
		if n := follow(a.Name, nil); n > maxAsking {
			c.wrong(i, "asks", "asks: %d agents would ask one another in a row; at most %d may", n, maxAsking)
		}
	}
}

func (c *checker) index(name string) int {
	return slices.IndexFunc(c.draft.Agents, func(a Agent) bool { return a.Name == name })
}
