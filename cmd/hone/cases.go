package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/honehq/hone/eval"
)

type casesCmd struct {
	Add casesAddCmd `cmd:"" help:"Add the cases of a file; their splits are decided for good."`
	Ls  casesLsCmd  `cmd:"" default:"1" help:"Count the cases, and list those that may be seen."`
}

type casesAddCmd struct {
	File string `arg:"" help:"JSONL, one case a line; - for standard input." type:"path"`
}

func (c casesAddCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	entered, err := a.enterFile(ctx, term, c.File)
	if err != nil {
		return err
	}
	if s.JSON {
		return printJSON(term.out, entered)
	}
	printEntered(term.out, entered)
	return nil
}

// loadCases reads a case file.
func loadCases(term terminal, path string) ([]eval.Case, error) {
	var r io.Reader = term.in
	if filepath.Base(path) != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, usageError{err}
		}
		defer f.Close()
		r = f
	}
	cases, err := eval.LoadCases(r, filepath.Base(path))
	if err != nil {
		return nil, usageError{err}
	}
	return cases, nil
}

// enterFile adds the cases of a file to the agent's.
func (a *app) enterFile(ctx context.Context, term terminal, path string) (eval.Admitted, error) {
	cases, err := loadCases(term, path)
	if err != nil {
		return eval.Admitted{}, err
	}
	return a.enter(ctx, cases, "file "+filepath.Base(path))
}

func printEntered(w io.Writer, e eval.Admitted) {
	fmt.Fprintf(w, "%d cases added, %d known already", e.Added, e.Known)
	if n := len(e.LeftOut); n > 0 {
		fmt.Fprintf(w, ", %d left out (%s: %s …)", n, e.LeftOut[0].ID, e.LeftOut[0].Reason)
	}
	fmt.Fprintln(w, ".")
}

func (a *app) enter(ctx context.Context, cases []eval.Case, from string) (eval.Admitted, error) {
	return eval.Enter(ctx, a.store, eval.Admission{Agent: a.settings.Agent, From: from, Cases: cases})
}

type casesLsCmd struct{}

func (casesLsCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	stored, err := a.store.Cases(ctx, eval.CaseFilter{Agent: s.Agent, Retired: true})
	if err != nil {
		return err
	}
	type line struct {
		ID       string     `json:"id"`
		Split    eval.Split `json:"split"`
		Retired  bool       `json:"retired"`
		Question string     `json:"question"`
	}
	visible := []line{}
	sealed := 0
	for _, c := range stored {
		if c.Split == eval.Sealed && c.Retired.IsZero() {
			sealed++ // nobody reads these before they retire
			continue
		}
		visible = append(visible, line{c.ID, c.Split, !c.Retired.IsZero(), c.Question})
	}
	if s.JSON {
		return printJSON(term.out, struct {
			Cases  []line `json:"cases"`
			Sealed int    `json:"sealed"`
		}{visible, sealed})
	}
	w := tabwriter.NewWriter(term.out, 0, 0, 2, ' ', 0)
	for _, l := range visible {
		fmt.Fprintf(w, "%s\t%s\t%s\n", l.ID, l.Split, shorten(clean(l.Question), 100))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(term.out, "%d cases may be seen; %d are sealed: only the gate uses them.\n", len(visible), sealed)
	return nil
}
