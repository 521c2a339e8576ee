package main

import (
	"context"
	"fmt"
	"io"

	"github.com/honehq/hone/eval"
)

type roundsCancelCmd struct {
	ID string `arg:"" help:"The round's ID."`
}

func (c roundsCancelCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return onRounds(ctx, s, term, func(_ *app, im *eval.Improver) (eval.Round, error) {
		round, err := im.Cancel(ctx, c.ID, author())
		return round, missing(err, "round", c.ID, seeRounds)
	}, func(w io.Writer, round eval.Round) error {
		text := clean(round.Verdict)
		if round.State == eval.Running {
			text = "The process that works on the round ends it within seconds."
		}
		_, err := fmt.Fprintln(w, text)
		return err
	})
}

// held says whether an agent's rounds are paused.
type held struct {
	Agent  string `json:"agent"`
	Paused bool   `json:"paused"`
}

type roundsPauseCmd struct{}

func (roundsPauseCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return hold(ctx, s, term, true, "Rounds of agent %s are paused; one that runs stops within seconds. Go on: hone eval rounds resume\n")
}

type roundsResumeCmd struct{}

func (roundsResumeCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return hold(ctx, s, term, false, "Rounds of agent %s may go on: hone serve takes up the one that stopped, and so does hone improve.\n")
}

// hold pauses an agent's rounds or lets them go on, and says so.
func hold(ctx context.Context, s *settings, term terminal, pause bool, says string) error {
	return onRounds(ctx, s, term, func(a *app, im *eval.Improver) (held, error) {
		steer := im.Resume
		if pause {
			steer = im.Pause
		}
		return held{a.settings.Agent, pause}, steer(ctx, a.settings.Agent)
	}, func(w io.Writer, h held) error {
		_, err := fmt.Fprintf(w, says, clean(h.Agent))
		return err
	})
}
