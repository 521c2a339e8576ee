package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/honehq/hone/agents"
)

type agentsCmd struct {
	Ls    agentsLsCmd    `cmd:"" default:"1" help:"List the agents."`
	Show  agentsShowCmd  `cmd:"" help:"Print an agent as it would stand in a file."`
	Apply agentsApplyCmd `cmd:"" help:"Put the agents of a file into the database, in place of those that are there."`
	Check agentsCheckCmd `cmd:"" help:"Say all that is wrong with a file of agents."`
}

// withFleet runs f on the agents. A set that is not fit to run can be looked at
// and replaced all the same: no agent is wired.
func withFleet(ctx context.Context, s settings, term terminal, f func(*fleet) error) (err error) {
	h, err := openHouse(ctx, s, term)
	defer func() { err = errors.Join(err, h.Close()) }()
	if err != nil {
		return err
	}
	fleet, err := h.openFleet(ctx)
	if err != nil {
		return err
	}
	return f(fleet)
}

type agentsLsCmd struct{}

func (agentsLsCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return withFleet(ctx, *s, term, func(f *fleet) error {
		set, err := f.Set(ctx)
		if err != nil {
			return err
		}
		if s.JSON {
			return printJSON(term.out, set)
		}
		w := tabwriter.NewWriter(term.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "NAME\tMODEL\tSOURCES\tLOCAL FOLDERS\tASKS\tMODE\tEVERY\tCRON")
		for _, a := range set.Agents {
			every := ""
			if a.Every != 0 {
				every = strconv.Itoa(a.Every)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.Name, s.with(a).Model, names(a.Sources, "all"), names(a.Local, "all"),
				names(a.Asks, "–"), orDash(string(a.Mode)), orDash(every), orDash(a.Cron))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		switch set.From {
		case agents.FromFile:
			fmt.Fprintf(term.out, "They come from %s.\n", filepath.Base(s.Agents))
		case agents.FromStore:
			fmt.Fprintf(term.out, "Version %d, by %s.\n", set.Version, clean(set.Author))
		case agents.FromSettings:
			fmt.Fprintln(term.out, "It is the only one; several are described in a file: hone agents apply FILE")
		}
		return nil
	})
}

// names is a list for people; nil means what is there without one.
func names(list []string, without string) string {
	switch {
	case list == nil:
		return without
	case len(list) == 0:
		return "none"
	}
	return clean(strings.Join(list, ", "))
}

// orDash marks what is as the settings of hone serve have it.
func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

type agentsShowCmd struct {
	Name string `arg:"" optional:"" help:"Default: the one that --agent names."`
}

func (c agentsShowCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return withFleet(ctx, *s, term, func(f *fleet) error {
		set, err := f.Set(ctx)
		if err != nil {
			return err
		}
		name := c.Name
		if name == "" {
			name = s.Agent
		}
		a, ok := set.Named(name)
		if !ok {
			return agents.Missing(name, set)
		}
		if s.JSON {
			return printJSON(term.out, a)
		}
		text, err := a.YAML()
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(term.out, clean(string(text)))
		return err
	})
}

type agentsApplyCmd struct {
	File string `arg:"" help:"YAML or JSON." type:"path"`
}

func (c agentsApplyCmd) Run(ctx context.Context, s *settings, term terminal) error {
	draft, err := readAgents(c.File)
	if err != nil {
		return err
	}
	return withFleet(ctx, *s, term, func(f *fleet) error {
		based, err := f.Version(ctx)
		if err != nil {
			return err
		}
		if draft.Based != nil {
			based = *draft.Based
		}
		set, err := f.Registry.Replace(ctx, draft, based, author())
		if err != nil {
			return aboutFile(c.File, err)
		}
		if s.JSON {
			return printJSON(term.out, set)
		}
		fmt.Fprintf(term.out, "Version %d is in force: %s.\n", set.Version, strings.Join(set.Names(), ", "))
		return nil
	})
}

type agentsCheckCmd struct {
	File string `arg:"" help:"YAML or JSON." type:"path"`
}

func (c agentsCheckCmd) Run(ctx context.Context, s *settings, term terminal) error {
	draft, err := readAgents(c.File)
	if err != nil {
		return err
	}
	at := *s
	at.Agents = "" // the file to be checked may be the one in use
	return withFleet(ctx, at, term, func(f *fleet) error {
		list, err := f.Check(ctx, draft)
		if err != nil {
			return aboutFile(c.File, err)
		}
		if s.JSON {
			return printJSON(term.out, agents.Set{From: agents.FromFile, Agents: list})
		}
		fmt.Fprintf(term.out, "%s is fine: %s.\n", filepath.Base(c.File), strings.Join(agents.Set{Agents: list}.Names(), ", "))
		return nil
	})
}

func readAgents(path string) (agents.Draft, error) {
	draft, err := agents.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = usageError{err}
	}
	return draft, err
}

// aboutFile says which file is wrong.
func aboutFile(path string, err error) error {
	if errors.As(err, new(agents.Problems)) {
		return usageError{fmt.Errorf("%s: %w", filepath.Base(path), err)}
	}
	return err
}
