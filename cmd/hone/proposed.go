package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/harvest"
)

type casesProposedCmd struct {
	ID string `arg:"" optional:"" help:"Only this one, as JSON that accept --case takes back."`
}

func (c casesProposedCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	desk, err := a.desk(0)
	if err != nil {
		return err
	}
	waiting, err := desk.Proposed(ctx)
	if err != nil {
		return err
	}
	if c.ID != "" {
		p, err := desk.Proposal(ctx, c.ID)
		if err != nil {
			return missing(err, proposal, c.ID, seeProposed)
		}
		return printJSON(term.out, p.Case)
	}
	if s.JSON {
		return printJSON(term.out, append([]harvest.Proposal{}, waiting...))
	}
	for _, p := range waiting {
		printProposal(term.out, p)
	}
	fmt.Fprintf(term.out, "%d cases wait: hone eval cases accept ID, or decline ID.\n", len(waiting))
	return nil
}

const proposal, seeProposed = "proposed case", "hone eval cases proposed"

func printProposal(w io.Writer, p harvest.Proposal) {
	fmt.Fprintf(w, "%s, from %s %s\n  question: %s\n", p.ID, p.Kind, p.Run, shorten(clean(p.Case.Question), 300))
	if p.Case.Answer != "" {
		fmt.Fprintf(w, "  answer:   %s\n", shorten(clean(p.Case.Answer), 300))
	}
	if p.Case.Type == eval.Unanswerable {
		fmt.Fprintln(w, "  the documents don't answer it")
	}
	for _, n := range p.Case.Nuggets {
		fmt.Fprintf(w, "  fact:     %s (known by: %s)\n", shorten(clean(n.Text), 200), clean(strings.Join(n.AnyOf, " | ")))
	}
	for _, d := range p.Case.Docs {
		fmt.Fprintf(w, "  document: %s\n", clean(d))
	}
	if p.Note != "" {
		fmt.Fprintf(w, "  note:     %s\n", p.Note)
	}
	fmt.Fprintln(w)
}

type casesAcceptCmd struct {
	ID   string `arg:"" help:"ID of the proposal."`
	Case string `help:"File with the case as edited, as JSON; - for standard input." type:"path"`
}

func (c casesAcceptCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	edited, err := c.edited(term)
	if err != nil {
		return err
	}
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	desk, err := a.desk(0)
	if err != nil {
		return err
	}
	entered, err := desk.Accept(ctx, c.ID, edited)
	if errors.Is(err, harvest.ErrUnfit) {
		return usageError{fmt.Errorf("%w (hone eval cases proposed %s > case.json, edit it, and accept it with --case case.json)", err, c.ID)}
	}
	if errors.Is(err, eval.ErrLeftOut) {
		return fmt.Errorf("%w; put it away: hone eval cases decline %s", err, c.ID)
	}
	if err != nil {
		return missing(err, proposal, c.ID, seeProposed)
	}
	if s.JSON {
		return printJSON(term.out, entered)
	}
	printEntered(term.out, entered)
	return nil
}

// edited reads the case as a person edited it; nil if it was not.
func (c casesAcceptCmd) edited(term terminal) (*eval.Case, error) {
	if c.Case == "" {
		return nil, nil
	}
	in := term.in
	if filepath.Base(c.Case) != "-" {
		f, err := os.Open(c.Case)
		if err != nil {
			return nil, usageError{err}
		}
		defer f.Close()
		in = f
	}
	d := json.NewDecoder(io.LimitReader(in, 1<<20))
	d.DisallowUnknownFields()
	var edited eval.Case
	if err := d.Decode(&edited); err != nil {
		return nil, usagef("%s is not a case as JSON: %w", filepath.Base(c.Case), err)
	}
	return &edited, nil
}

type casesDeclineCmd struct {
	ID string `arg:"" help:"ID of the proposal."`
}

func (c casesDeclineCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	desk, err := a.desk(0)
	if err != nil {
		return err
	}
	if err := desk.Decline(ctx, c.ID); err != nil {
		return missing(err, proposal, c.ID, seeProposed)
	}
	if s.JSON {
		return printJSON(term.out, struct {
			Declined string `json:"declined"`
		}{c.ID})
	}
	fmt.Fprintf(term.out, "Declined %s.\n", c.ID)
	return nil
}
