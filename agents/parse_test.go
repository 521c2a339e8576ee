package agents_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/agents"
)

// everything is a world in which the example of the document is fine.
var everything = agents.World{
	Default: "default", Sources: []string{"runbooks", "handbook", "payments", "network", "vs_1"}, Local: []string{"payments-notes", "wiki"},
}

// example is the file in docs/agents.md.
func example(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile("../docs/agents.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```yaml\n")
	file, _, ended := strings.Cut(rest, "```\n")
	if !ok || !ended {
		t.Fatal("docs/agents.md holds no file")
	}
	return []byte(file)
}

func TestExampleOfTheDocument(t *testing.T) {
	got, err := agents.Parse(example(t)).Check(everything)
	if err != nil {
		t.Fatal(err)
	}
	want := []agents.Agent{
		{
			Name: "default", Description: "Knows the shop's runbooks and whom to ask about the rest.",
			Sources: []string{"runbooks", "handbook"}, Asks: []string{"payments", "network"},
		},
		{
			Name: "payments", Description: "Knows the payment services, their postmortems and their alerts.",
			Model: "gpt-5", JudgeModel: "o4", Sources: []string{"payments"}, Local: []string{"payments-notes"},
			Prompt: "You help the payments team on call: search, then answer with the exact\ncommands and thresholds. Today is {{ today }}.\n",
			Mode:   agents.Approve, Every: 100, Cron: "CRON_TZ=Europe/Berlin 0 4 * * 1", Canary: 0.2,
			Budget: agents.Budget{Tokens: 2_000_000, USD: 5},
			Limits: agents.Limits{Turns: 8, ToolCalls: 12, Tokens: 200_000, Time: agents.Duration(90 * time.Second)},
		},
		{Name: "network", Description: "Knows the network's design documents.", Sources: []string{"network", "local:payments"}, Mode: agents.Off},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What an agent is written as is read back as the same, and JSON as YAML is.
func TestRoundTrip(t *testing.T) {
	list, err := agents.Parse(example(t)).Check(everything)
	if err != nil {
		t.Fatal(err)
	}
	list = append(list, agents.Agent{Name: "bare", Local: []string{}, Asks: nil, Every: agents.Never, Cron: agents.NoCron})
	for _, a := range list {
		text, err := a.YAML()
		if err != nil {
			t.Fatal(err)
		}
		d := agents.ParseAgent(text)
		if len(d.Agents) != 1 {
			t.Fatalf("%s\nread as %+v", text, d)
		}
		if diff := cmp.Diff(a, d.Agents[0]); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
}

func TestProblems(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"nothing":       {"", []string{"there is nothing in it"}},
		"no agents":     {"agents: []", []string{"line 1: there are no agents: it takes a list, agents"}},
		"a list":        {"- name: default", []string{"line 1: an object is wanted here, with some of the fields agents, version; this is a list"}},
		"broken YAML":   {"agents:\n  - name: [", []string{"line 2: this is not YAML: did not find expected node content"}},
		"broken JSON":   {"{\"agents\": [\n{\"name\": }]}", []string{"line 2: this is not JSON: invalid character '}' looking for beginning of value"}},
		"half of JSON":  {"{\"agents\": [", []string{"line 1: this is not JSON: unexpected EOF"}},
		"two documents": {"agents: [{name: default}]\n---\nagents: []", []string{"line 2: a second document begins here; one is read"}},
		"text as agent": {"agents: [default]", []string{"line 1: an object is wanted here, with some of the fields asks, budget, canary, cron, description, every, judge_model, limits, local, mode, model, name, prompt, rewrite_model, sources; this is \"default\""}},
		"all at once": {`agents:
  - name: default
    sorces: [runbooks]
    sources: [runbooks, wikis, runbooks]
    local: [attic]
    asks: [payments, billing, quiet]
  - name: payments
    description: Pays.
    mode: sometimes
    every: 0
    cron: 61 * * * *
    canary: 2
    asks: [default]
    budget: {tokens: many, euro: 5}
    limits: {time: 2 days}
    prompt: Hello {{ name }}.
  - name: payments
  - name: Quiet Place
  - name: quiet
    description: ""
  - model: a b
`, []string{
			`line 3: agent default: there is no field "sorces"; the fields are asks, budget, canary, cron, description, every, judge_model, limits, local, mode, model, name, prompt, rewrite_model, sources`,
			`line 4: agent default: sources: there is no source "wikis"; there are runbooks, handbook, payments, network`,
			`line 4: agent default: sources: "runbooks" is there twice`,
			`line 5: agent default: local: there is no local folder "attic"; there are payments-notes, wiki`,
			`line 6: agent default: asks: there is no agent "billing"`,
			`line 6: agent default: asks: quiet has no description; whoever asks an agent must know what that one knows`,
			`line 6: agent default: asks: default would ask itself: default → payments → default`,
			`line 9: agent payments: mode: "sometimes" is not one; it is auto, approve or off`,
			`line 10: agent payments: every: must be a number of questions, or -1 for never, not "0"`,
			`line 11: agent payments: cron: "61 * * * *" can't be read (end of range (61) above maximum (59): 61); five fields are wanted, such as 0 4 * * 1 for Mondays at 4, or off`,
			`line 12: agent payments: canary: must be a number above 0 and at most 1, not "2"`,
			`line 13: agent payments: asks: default has no description; whoever asks an agent must know what that one knows`,
			`line 14: agent payments: budget: tokens: must be a whole number from 1 to 9007199254740992, not "many"`,
			`line 14: agent payments: budget: there is no field "euro"; the fields are tokens, usd`,
			`line 15: agent payments: limits: time: must be a time from 1s to 1h, such as 90s, not "2 days"`,
			`line 16: agent payments: prompt: {{ name }} has no value; there are {{ agent }} and {{ today }}`,
			`line 17: agent payments: there is another agent of this name`,
			`line 18: agent Quiet Place: a name is at most 40 small letters, digits, - and _, and begins with a letter`,
			`line 21: it has no name`,
			`line 21: model: "a b" can't be the name of a model`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := agents.Parse([]byte(c.text)).Check(everything)
			var problems agents.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v", err)
			}
			var got []string
			for _, p := range problems {
				got = append(got, p.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAsking(t *testing.T) {
	chain := func(n int) []agents.Agent {
		var list []agents.Agent
		for i := range n {
			a := agents.Agent{Name: fmt.Sprint("a", i), Description: "d"}
			if i+1 < n {
				a.Asks = []string{fmt.Sprint("a", i+1)}
			}
			list = append(list, a)
		}
		return list
	}
	if err := check(chain(4), agents.World{}); err != nil {
		t.Error(err)
	}
	if err := check(chain(5), agents.World{}); err == nil || !strings.Contains(err.Error(), "5 agents would ask one another in a row") {
		t.Error(err)
	}
	circle := chain(3)
	circle[2].Asks = []string{"a1"}
	if err := check(circle, agents.World{}); err == nil || !strings.Contains(err.Error(), "a1 would ask itself: a1 → a2 → a1") {
		t.Error(err)
	}
	self := []agents.Agent{{Name: "a", Asks: []string{"a"}}}
	if err := check(self, agents.World{}); err == nil || !strings.Contains(err.Error(), "a → a") {
		t.Error(err)
	}
	shared := []agents.Agent{{Name: "top", Asks: []string{"x", "y"}}, {Name: "x", Description: "d", Asks: []string{"z"}},
		{Name: "y", Description: "d", Asks: []string{"z"}}, {Name: "z", Description: "d"}}
	if err := check(shared, agents.World{}); err != nil {
		t.Errorf("two that ask the same one: %v", err)
	}
}

func TestDefaultIsWanted(t *testing.T) {
	err := check([]agents.Agent{{Name: "payments"}}, agents.World{Default: "default"})
	if err == nil || !strings.Contains(err.Error(), "no agent is called default") {
		t.Error(err)
	}
}

// FuzzParse holds the parser to never panic, and to this: what it takes can be
// written down and read back.
func FuzzParse(f *testing.F) {
	f.Add(example(f))
	for _, s := range []string{
		"{", `{"agents":[{"name":"a","every":1e9}]}`, "agents: &a [*a]", "agents: [{<<: {name: a}}]", "? [a]\n: b", "agents:\n\t- name: x",
		`{"version":1,"agents":[{"name":"a","sources":[null],"budget":{"usd":1e-9}}]}`, "agents: [{name: 1, cron: '@every 1ns'}]", "!!binary aGk=",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := agents.Parse(data).Check(agents.World{})
		if err != nil {
			if err.Error() == "" {
				t.Error("a mistake without words")
			}
			return
		}
		for _, a := range list {
			text, err := a.YAML()
			if err != nil {
				t.Fatal(err)
			}
			again := agents.ParseAgent(text)
			if len(again.Agents) != 1 || !cmp.Equal(a, again.Agents[0]) {
				t.Errorf("%+v was written as\n%s\nand read as %+v", a, text, again.Agents)
			}
		}
	})
}

// check checks agents that were not read from a text.
func check(list []agents.Agent, w agents.World) error {
	_, err := agents.Draft{Agents: list}.Check(w)
	return err
}
