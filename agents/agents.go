// Package agents says which agents there are: each with its own sources, tools,
// first prompt, schedule, budget and mode, and whom it may ask. It reads sets of
// agents from a file or from a store, and checks them as a whole. It stores
// sets, each a version of its own.
package agents

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Agent describes an agent. What is left out is as the process's settings have
// it.
type Agent struct {
	Name string `json:"name"`
	// Description says to the agents that may ask this one what it knows.
	Description string `json:"description,omitzero"`

	Model        string `json:"model,omitzero"`
	JudgeModel   string `json:"judge_model,omitzero"`
	RewriteModel string `json:"rewrite_model,omitzero"`
	Prompt       string `json:"prompt,omitzero"` // the first one; rounds and people go on from it

	// Sources are names or IDs of what it searches beside what it indexed
	// itself. Nil: all, but for what other agents indexed.
	Sources []string `json:"sources,omitzero"`
	// Local names folders of the process that its local-file tools may read.
	// Nil: all.
	Local []string `json:"local,omitzero"`
	Asks  []string `json:"asks,omitzero"` // agents that it may ask

	Mode   Mode    `json:"mode,omitzero"`
	Every  int     `json:"every,omitzero"`  // a round after so many questions; Never
	Cron   string  `json:"cron,omitzero"`   // when rounds are due; NoCron
	Canary float64 `json:"canary,omitzero"` // the share of threads that get a new prompt first; 1: all at once
	Budget Budget  `json:"budget,omitzero"`
	Limits Limits  `json:"limits,omitzero"`
}

// What switches off what the process's settings have.
const (
	Never  = -1    // as Every
	NoCron = "off" // as Cron
)

// Mode says what happens when a prompt passes the gate.
type Mode string

// The modes.
const (
	Auto    Mode = "auto"
	Approve Mode = "approve"
	Off     Mode = "off"
)

// Budget is what a round may spend; zero: as the settings have it.
type Budget struct {
	Tokens int64   `json:"tokens,omitzero"`
	USD    float64 `json:"usd,omitzero"`
}

// Limits bound a run; zero: as the settings have it.
type Limits struct {
	Turns     int      `json:"turns,omitzero"`
	ToolCalls int      `json:"tool_calls,omitzero"`
	Tokens    int      `json:"tokens,omitzero"`
	Time      Duration `json:"time,omitzero"`
}

// Duration is written as 90s or 2m.
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// Set is the agents of a Hone.
type Set struct {
	Version int       `json:"version"` // of the store, from 1; 0: not from the store
	From    Origin    `json:"from"`
	Agents  []Agent   `json:"agents"`
	Author  string    `json:"author,omitzero"`
	At      time.Time `json:"at,omitzero"`
}

// Origin says where a set came from.
type Origin string

// The origins.
const (
	FromSettings Origin = "settings" // the one agent that there is without a set
	FromFile     Origin = "file"
	FromStore    Origin = "store"
)

// Named returns the agent of a name.
func (s Set) Named(name string) (Agent, bool) {
	for _, a := range s.Agents {
		if a.Name == name {
			return a, true
		}
	}
	return Agent{}, false
}

// Names returns the names, in the set's order.
func (s Set) Names() []string {
	names := make([]string, len(s.Agents))
	for i, a := range s.Agents {
		names[i] = a.Name
	}
	return names
}

// Errors on which callers branch. A missing agent wraps fs.ErrNotExist.
var (
	// ErrStale says that the set changed since the caller read it.
	ErrStale = errors.New("the agents were changed in the meantime; read them again")
	// ErrFixed says that the set comes from a file.
	ErrFixed = errors.New("the agents come from a file and are changed there")
)

// Store keeps sets of agents.
type Store interface {
	// AgentSet returns the newest set, FromStore; one of version 0 without
	// agents if none was stored.
	AgentSet(ctx context.Context) (Set, error)
	// AgentSetVersion returns its version alone.
	AgentSetVersion(ctx context.Context) (int, error)
	// PutAgentSet stores a set as the version after s.Version, which must be
	// the newest, else ErrStale, and returns it.
	PutAgentSet(ctx context.Context, s Set) (Set, error)
}

// Problem is something that is wrong with a set, in plain words.
type Problem struct {
	Line  int    `json:"line,omitzero"`  // in the text that was read; 0: not known
	Agent string `json:"agent,omitzero"` // empty: the set
	Text  string `json:"text"`
}

func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", p.Line)
	}
	if p.Agent != "" {
		fmt.Fprintf(&b, "agent %s: ", p.Agent)
	}
	return b.String() + p.Text
}

// Problems are all that is wrong with a set, by line.
type Problems []Problem //nolint:errname // a list that is an error, read as a list

func (p Problems) Error() string {
	if len(p) == 1 {
		return p[0].String()
	}
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = "\n  " + problem.String()
	}
	return fmt.Sprintf("%d things are wrong:%s", len(p), strings.Join(lines, ""))
}
