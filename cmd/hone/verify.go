package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/honehq/hone/eval"
)

type evalVerifyCmd struct {
	Round string `arg:"" optional:"" help:"Show what was found on this round alone; all are checked, as each names the one before."`
}

// Run checks the certificates of all of an agent's rounds. It prints nothing of
// entries that are closed but that they hold.
func (c evalVerifyCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	rounds, err := a.store.Rounds(ctx, s.Agent, 0)
	if err != nil {
		return err
	}
	slices.Reverse(rounds)
	found := eval.Verify(rounds)
	wrong := 0
	for i, v := range found {
		report, err := eval.OpenReport(ctx, a.store, rounds[slices.IndexFunc(rounds, func(r eval.Round) bool { return r.ID == v.Round })])
		if err == nil && report.Gate == nil {
			found[i].Bets = 0 // how many there were stays closed
		}
		wrong += min(len(v.Problems), 1)
	}
	if c.Round != "" {
		found = slices.DeleteFunc(found, func(v eval.Verified) bool { return v.Round != c.Round })
		if len(found) == 0 {
			return fmt.Errorf("agent %s has no round %q that has ended; see hone eval rounds", s.Agent, c.Round)
		}
	}
	if s.JSON {
		err = printJSON(term.out, append([]eval.Verified{}, found...))
	} else {
		err = printVerified(term, found)
	}
	if err == nil && wrong > 0 {
		err = fmt.Errorf("the certificates of %d rounds do not hold", wrong)
	}
	return err
}

func printVerified(term terminal, found []eval.Verified) error {
	if len(found) == 0 {
		_, err := fmt.Fprintln(term.out, "No rounds yet; run one: hone improve")
		return err
	}
	p := newPainter(term.out)
	w := tabwriter.NewWriter(term.out, 0, 0, 2, ' ', 0)
	for _, v := range found {
		words := p.green("holds")
		if v.Bets > 0 {
			words += fmt.Sprintf(", %d e-values recomputed", v.Bets)
		}
		if len(v.Problems) > 0 {
			words = p.red("does not hold: " + clean(strings.Join(v.Problems, "; ")))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", v.Round, v.State, v.Hash, words)
	}
	return w.Flush()
}
