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

func (c casesProposedCmd) Run(ctx context.Context, s *settings, term terminal) error {
	if c.ID != "" {
		return onDesk(ctx, s, term, func(desk *harvest.Desk) (eval.Case, error) {
			p, err := desk.Proposal(ctx, c.ID)
			return p.Case, missing(err, proposal, c.ID, seeProposed)
		}, func(w io.Writer, c eval.Case) error { return printJSON(w, c) })
	}
	return onDesk(ctx, s, term, func(desk *harvest.Desk) ([]harvest.Proposal, error) {
		waiting, err := desk.Proposed(ctx)
		return append([]harvest.Proposal{}, waiting...), err
	}, func(w io.Writer, waiting []harvest.Proposal) error {
		for _, p := range waiting {
			printProposal(w, p)
		}
		_, err := fmt.Fprintf(w, "%d cases wait: hone eval cases accept ID, or decline ID.\n", len(waiting))
		return err
	})
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

func (c casesAcceptCmd) Run(ctx context.Context, s *settings, term terminal) error {
	edited, err := c.edited(term)
	if err != nil {
		return err
	}
	return onDesk(ctx, s, term, func(desk *harvest.Desk) (eval.Admitted, error) {
		entered, err := desk.Accept(ctx, c.ID, edited)
		switch {
		case errors.Is(err, harvest.ErrUnfit):
			err = usageError{fmt.Errorf("%w (hone eval cases proposed %s > case.json, edit it, and accept it with --case case.json)", err, c.ID)}
		case errors.Is(err, eval.ErrLeftOut):
			err = fmt.Errorf("%w; put it away: hone eval cases decline %s", err, c.ID)
		default:
			err = missing(err, proposal, c.ID, seeProposed)
		}
		return entered, err
	}, func(w io.Writer, entered eval.Admitted) error {
		printEntered(w, entered)
		return nil
	})
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

type declined struct {
	ID string `json:"declined"`
}

func (c casesDeclineCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return onDesk(ctx, s, term, func(desk *harvest.Desk) (declined, error) {
		return declined(c), missing(desk.Decline(ctx, c.ID), proposal, c.ID, seeProposed)
	}, func(w io.Writer, d declined) error {
		_, err := fmt.Fprintf(w, "Declined %s.\n", d.ID)
		return err
	})
}
