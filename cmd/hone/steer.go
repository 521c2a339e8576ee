package main

import (
	"context"
	"fmt"

	"github.com/honehq/hone/eval"
)

type roundsCancelCmd struct {
	ID string `arg:"" help:"The round's ID."`
}

func (c roundsCancelCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return steer(ctx, s, term, func(a *app, im *eval.Improver) error {
		round, err := im.Cancel(ctx, c.ID, author())
		switch {
		case err != nil:
			return missing(err, "round", c.ID, seeRounds)
		case s.JSON:
			return printJSON(term.out, round)
		case round.State == eval.Running:
			fmt.Fprintln(term.out, "The process that works on the round ends it within seconds.")
		default:
			fmt.Fprintln(term.out, clean(round.Verdict))
		}
		return nil
	})
}

type roundsPauseCmd struct{}

func (roundsPauseCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return steer(ctx, s, term, func(a *app, im *eval.Improver) error {
		if err := im.Pause(ctx, a.settings.Agent); err != nil {
			return err
		}
		fmt.Fprintf(term.out, "Rounds of agent %s are paused; one that runs stops within seconds. Go on: hone eval rounds resume\n", clean(a.settings.Agent))
		return nil
	})
}

type roundsResumeCmd struct{}

func (roundsResumeCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return steer(ctx, s, term, func(a *app, im *eval.Improver) error {
		if err := im.Resume(ctx, a.settings.Agent); err != nil {
			return err
		}
		fmt.Fprintf(term.out, "Rounds of agent %s may go on: hone serve takes up the one that stopped, and so does hone improve.\n", clean(a.settings.Agent))
		return nil
	})
}

// steer opens what it takes to steer rounds.
func steer(ctx context.Context, s *settings, term terminal, how func(*app, *eval.Improver) error) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	improver, err := a.improver(eval.Approve)
	if err != nil {
		return err
	}
	return how(a, improver)
}
