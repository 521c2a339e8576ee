package agents

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// RegistryConfig configures a Registry.
type RegistryConfig struct {
	Store Store
	// File, if set, is where the set comes from: it is read once, and the store
	// is not asked.
	File string
	// Default names the agent that answers who names none, and the only one as
	// long as there is no set.
	Default string
	// World gives what a set that is to be stored is checked against.
	World func(ctx context.Context) (World, error)
}

// Registry holds the set in force. It is safe for concurrent use.
type Registry struct {
	cfg  RegistryConfig
	file *Set // nil: the set comes from the store
}

// NewRegistry reads the file, if there is one. What is wrong with it in itself
// is an error that wraps Problems; sources and folders are not looked at.
func NewRegistry(cfg RegistryConfig) (*Registry, error) {
	r := &Registry{cfg: cfg}
	if !validName.MatchString(cfg.Default) {
		return nil, fmt.Errorf("%q can't be the name of an agent: small letters, digits, - and _, a letter first", shorten(cfg.Default))
	}
	if cfg.File == "" {
		return r, nil
	}
	draft, err := ReadFile(cfg.File)
	if err != nil {
		return nil, err
	}
	list, err := draft.Check(World{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(cfg.File), err)
	}
	r.file = &Set{From: FromFile, Agents: list}
	return r, nil
}

// ReadFile parses a file.
func ReadFile(path string) (Draft, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Draft{}, fmt.Errorf("agents: %w", err)
	}
	if info.Size() > maxFile {
		return Draft{}, fmt.Errorf("agents: %s has more than %d bytes", path, maxFile)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Draft{}, fmt.Errorf("agents: %w", err)
	}
	return Parse(data), nil
}

// Default names the agent that answers who names none.
func (r *Registry) Default() string { return r.cfg.Default }

// Set returns the set in force.
func (r *Registry) Set(ctx context.Context) (Set, error) {
	if r.file != nil {
		return *r.file, nil
	}
	s, err := r.cfg.Store.AgentSet(ctx)
	if err != nil {
		return Set{}, err
	}
	if s.Version == 0 {
		return Set{From: FromSettings, Agents: []Agent{{Name: r.cfg.Default}}}, nil
	}
	return s, nil
}

// Version returns the version of the set in force; it grows with each change.
func (r *Registry) Version(ctx context.Context) (int, error) {
	if r.file != nil {
		return 0, nil
	}
	return r.cfg.Store.AgentSetVersion(ctx)
}

// Check checks a draft against the world as it is.
func (r *Registry) Check(ctx context.Context, d Draft) ([]Agent, error) {
	w, err := r.cfg.World(ctx)
	if err != nil {
		return nil, err
	}
	w.Default = r.cfg.Default
	return d.Check(w)
}

// Replace puts another set in force, if the one in force has the version based.
// It returns ErrFixed, ErrStale or Problems if it doesn't.
func (r *Registry) Replace(ctx context.Context, d Draft, based int, author string) (Set, error) {
	if r.file != nil {
		return Set{}, fmt.Errorf("%w: %s", ErrFixed, filepath.Base(r.cfg.File))
	}
	list, err := r.Check(ctx, d)
	if err != nil {
		return Set{}, err
	}
	return r.cfg.Store.PutAgentSet(ctx, Set{Version: based, Agents: list, Author: author})
}

// Put adds an agent to the set or replaces it, and leaves the others as they
// are. The draft holds one agent, whose name, if it has one, must be name.
func (r *Registry) Put(ctx context.Context, name string, d Draft, author string) (Set, error) {
	if len(d.Agents) == 1 {
		if d.Agents[0].Name == "" {
			d.Agents[0].Name = name
		} else if d.Agents[0].Name != name {
			d.problems = append(d.problems, Problem{Line: d.lines[0]["name"], Text: fmt.Sprintf("name: it is %q here and %q in the address", shorten(d.Agents[0].Name), shorten(name))})
		}
	}
	return r.change(ctx, author, func(s Set) (Draft, error) {
		if len(d.Agents) != 1 {
			return d, nil // which Check refuses
		}
		return d.among(s.Agents), nil
	})
}

// among is a draft of one agent together with others, whose lines are not known.
func (d Draft) among(others []Agent) Draft {
	out := Draft{problems: d.problems, Agents: slices.Clone(others), lines: make([]map[string]int, len(others))}
	i := slices.IndexFunc(others, func(a Agent) bool { return a.Name == d.Agents[0].Name })
	if i < 0 {
		i = len(others)
		out.Agents, out.lines = append(out.Agents, Agent{}), append(out.lines, nil)
	}
	out.Agents[i], out.lines[i] = d.Agents[0], d.lines[0]
	return out
}

// Delete takes an agent out of the set. Its prompt, cases and rounds stay, for
// an agent that gets its name again.
func (r *Registry) Delete(ctx context.Context, name, author string) (Set, error) {
	return r.change(ctx, author, func(s Set) (Draft, error) {
		if _, ok := s.Named(name); !ok {
			return Draft{}, Missing(name, s)
		}
		if len(s.Agents) == 1 {
			return Draft{}, Problem{Agent: name, Text: "this is the only agent"}.err()
		}
		return Draft{Agents: slices.DeleteFunc(slices.Clone(s.Agents), func(a Agent) bool { return a.Name == name })}, nil
	})
}

// change derives a set from the one in force, again where somebody else was
// faster.
func (r *Registry) change(ctx context.Context, author string, derive func(Set) (Draft, error)) (Set, error) {
	for {
		now, err := r.Set(ctx)
		if err != nil {
			return Set{}, err
		}
		d, err := derive(now)
		if err != nil && r.file == nil {
			return Set{}, err
		}
		set, err := r.Replace(ctx, d, now.Version, author)
		if !errors.Is(err, ErrStale) || ctx.Err() != nil {
			return set, err
		}
	}
}

// Missing says that there is no agent of a name, and which there are. It wraps
// fs.ErrNotExist.
func Missing(name string, s Set) error { return missing{name, s.Names()} }

type missing struct {
	name  string
	there []string
}

func (m missing) Error() string {
	return fmt.Sprintf("there is no agent %q; there are: %s", shorten(m.name), strings.Join(m.there, ", "))
}

func (missing) Unwrap() error { return fs.ErrNotExist }
