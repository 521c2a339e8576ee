package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/honehq/hone/eval"
)

type casesCmd struct {
	Add      casesAddCmd      `cmd:"" help:"Add the cases of a file; their splits are decided for good."`
	Ls       casesLsCmd       `cmd:"" default:"1" help:"Count the cases, and list those that may be seen."`
	Rm       casesRmCmd       `cmd:"" help:"Delete cases; those that an entry to the gate may have used stay."`
	Make     casesMakeCmd     `cmd:"" help:"Make cases of documents that have none yet."`
	Proposed casesProposedCmd `cmd:"" help:"Show the cases that wait for a person: from corrections and live questions."`
	Accept   casesAcceptCmd   `cmd:"" help:"Let a proposed case in."`
	Decline  casesDeclineCmd  `cmd:"" help:"Decline a proposed case; it is not proposed again."`
}

type casesAddCmd struct {
	File   string      `arg:"" help:"JSONL, one case a line, or CSV with a header of id, question, answer, kind, type, style, docs and nuggets; - for standard input." type:"path"`
	Format eval.Format `enum:",jsonl,csv" default:"" help:"Format of the file: jsonl or csv. Default: by its extension, else by how it begins."`
}

func (c casesAddCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	entered, err := a.enterFile(ctx, term, c.File, c.Format)
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
func loadCases(term terminal, path string, format eval.Format) ([]eval.Case, error) {
	var r io.Reader = term.in
	if filepath.Base(path) != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, usageError{err}
		}
		defer f.Close()
		r = f
	}
	cases, err := eval.Load(r, filepath.Base(path), format)
	if err != nil {
		return nil, usageError{err}
	}
	return cases, nil
}

// enterFile adds the cases of a file to the agent's.
func (a *app) enterFile(ctx context.Context, term terminal, path string, format eval.Format) (eval.Admitted, error) {
	cases, err := loadCases(term, path, format)
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

// enter lets cases in, knowing which documents are copies of one another.
func (a *app) enter(ctx context.Context, cases []eval.Case, from string) (eval.Admitted, error) {
	desk, err := a.desk(0)
	if err != nil {
		return eval.Admitted{}, err
	}
	return desk.Enter(ctx, eval.Admission{From: from, Cases: cases})
}

type casesRmCmd struct {
	IDs []string `arg:"" name:"id" help:"IDs of cases."`
}

func (c casesRmCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	before, err := a.caseIDs(ctx)
	if err != nil {
		return err
	}
	for _, id := range c.IDs {
		if !before[id] {
			return missing(fs.ErrNotExist, "case", id, "hone eval cases")
		}
	}
	n, err := a.store.DeleteCases(ctx, s.Agent, c.IDs)
	if err != nil {
		return err
	}
	after, err := a.caseIDs(ctx)
	if err != nil {
		return err
	}
	var stay []string
	for _, id := range c.IDs {
		if after[id] {
			stay = append(stay, id)
		}
	}
	if s.JSON {
		err = printJSON(term.out, struct {
			Deleted int      `json:"deleted"`
			Stay    []string `json:"stay,omitempty"`
		}{n, stay})
	} else {
		fmt.Fprintf(term.out, "%d cases deleted.\n", n)
	}
	if err == nil && len(stay) > 0 {
		err = fmt.Errorf("%s: an entry to the gate may have used it, so it stays", strings.Join(stay, ", "))
	}
	return err
}

func (a *app) caseIDs(ctx context.Context) (map[string]bool, error) {
	cases, err := a.store.Cases(ctx, eval.CaseFilter{Agent: a.settings.Agent, Retired: true})
	ids := map[string]bool{}
	for _, c := range cases {
		ids[c.ID] = true
	}
	return ids, err
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
