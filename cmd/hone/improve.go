package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/honehq/hone/eval"
)

type improveCmd struct {
	Cases string `help:"Case file to add to the agent's cases first." type:"path"`
	Mode  string `enum:"auto,approve,off" default:"auto" help:"What happens when a prompt passes the gate."`
	Seed  uint64 `help:"Seed of the round; 0: random."`
}

func (c improveCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	if c.Cases != "" {
		entered, err := a.enterFile(ctx, term, c.Cases)
		if err != nil {
			return err
		}
		if !s.JSON {
			printEntered(term.out, entered)
		}
	}
	round, err := a.improve(ctx, term, s.JSON, eval.Mode(c.Mode), c.Seed)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there are no cases yet: hone improve --cases FILE: %w", err)
	case errors.Is(err, eval.ErrWaiting):
		return fmt.Errorf("%w: hone eval rounds approve ID, or decline ID", err)
	case err != nil:
		return err
	}
	report, err := round.Report()
	if err != nil {
		return err
	}
	if s.JSON {
		return printJSON(term.out, report)
	}
	printRound(term.out, news(report))
	return nil
}

// news is what of a report was not said while the round ran.
func news(r eval.RoundReport) eval.RoundReport {
	r.Forecast, r.Candidates = "", nil
	return r
}

// improve runs one round and shows how it goes.
func (a *app) improve(ctx context.Context, term terminal, quiet bool, mode eval.Mode, seed uint64) (eval.Round, error) {
	improver, err := a.improver(mode)
	if err != nil {
		return eval.Round{}, err
	}
	bar := newBar(term, quiet, false)
	defer bar.end()
	p := newPainter(term.out)
	return improver.Round(ctx, eval.RoundRequest{
		Agent: a.settings.Agent, PromptID: a.promptID, Cause: "demand", Seed: seed,
		Progress: func(e eval.Progress) {
			bar.show(string(e.Stage), int64(e.Done), int64(e.Total))
			if e.Text != "" && e.Stage != eval.StageDone && !quiet { // the caller prints the verdict
				fmt.Fprintln(term.out, p.dim("· "+clean(strings.TrimRight(e.Text, "\n"))))
			}
		},
	})
}
