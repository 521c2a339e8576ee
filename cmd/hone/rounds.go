package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

type roundsCmd struct {
	Ls      roundsLsCmd      `cmd:"" default:"withargs" help:"List rounds."`
	Show    roundsShowCmd    `cmd:"" help:"Show a round: candidates, scores, verdict."`
	Plot    roundsPlotCmd    `cmd:"" help:"Draw the learning curve, or a round: SVG, PNG, or a page."`
	Approve roundsApproveCmd `cmd:"" help:"Put the prompt of a waiting round in use."`
	Decline roundsDeclineCmd `cmd:"" help:"Turn the prompt of a waiting round down."`
	Cancel  roundsCancelCmd  `cmd:"" help:"End a running round. What it spent of the error budget stays spent."`
	Pause   roundsPauseCmd   `cmd:"" help:"Hold the agent's rounds: none begins, and one that runs stops, to be resumed."`
	Resume  roundsResumeCmd  `cmd:"" help:"Let the agent's rounds go on."`
}

type roundsLsCmd struct {
	Limit int `short:"n" default:"20" help:"How many."`
}

func (c roundsLsCmd) Run(ctx context.Context, s *settings, term terminal) error {
	if c.Limit < 1 {
		return usagef("--limit %d: at least 1", c.Limit)
	}
	paused := false
	return onApp(ctx, s, term, func(a *app) ([]eval.Round, error) {
		signals, err := a.store.Signals(ctx, s.Agent, "")
		if err != nil {
			return nil, err
		}
		paused = signals.Paused
		rounds, err := a.store.Rounds(ctx, s.Agent, c.Limit)
		return append([]eval.Round{}, rounds...), err
	}, func(w io.Writer, rounds []eval.Round) error { return printRounds(w, rounds, paused) })
}

func printRounds(out io.Writer, rounds []eval.Round, paused bool) error {
	if len(rounds) == 0 {
		_, err := fmt.Fprintln(out, "No rounds yet; run one: hone improve")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "STARTED\tSTATE\tPROMPT\tWHY\tID")
	for _, r := range rounds {
		version := fmt.Sprintf("v%d", r.Champion)
		if r.Promoted > 0 {
			version += fmt.Sprintf(" → v%d", r.Promoted)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Started.Local().Format(time.DateTime), stateOf(r), version, r.Cause, r.ID)
	}
	if paused {
		fmt.Fprintln(w, "Rounds are paused; let them go on: hone eval rounds resume")
	}
	return w.Flush()
}

// stateOf says a round's state, and of one that runs how far it is.
func stateOf(r eval.Round) string {
	switch p := r.Progress; {
	case r.State != eval.Running || p.Stage == "":
		return string(r.State)
	case p.Total > 0:
		return fmt.Sprintf("%s (%s %d/%d)", r.State, p.Stage, p.Done, p.Total)
	default:
		return fmt.Sprintf("%s (%s)", r.State, p.Stage)
	}
}

// seeRounds lists the rounds that there are.
const seeRounds = "hone eval rounds"

type roundsShowCmd struct {
	ID          string `arg:"" help:"The round's ID."`
	Certificate bool   `help:"Print its certificate, canonical JSON, as far as it may be seen."`
}

func (c roundsShowCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	round, err := a.store.Round(ctx, c.ID)
	if err != nil {
		return missing(err, "round", c.ID, seeRounds)
	}
	if c.Certificate {
		certificate, err := eval.OpenCertificate(ctx, a.store, round)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(term.out, "%s\n", certificate)
		return err
	}
	report, err := eval.OpenReport(ctx, a.store, round)
	if err != nil {
		return err
	}
	if s.JSON {
		return printJSON(term.out, report)
	}
	printRound(term.out, report)
	if report.After != nil {
		printDiff(term.out, prompts.Prompt{Version: round.Champion, Text: report.Before.Text},
			prompts.Prompt{Version: round.Promoted, Text: report.After.Text})
	}
	return nil
}

type roundsApproveCmd struct {
	ID string `arg:"" help:"The round's ID."`
}

func (c roundsApproveCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return settleRound(ctx, s, term, c.ID, func(im *eval.Improver) (eval.Round, error) { return im.Approve(ctx, c.ID, author()) })
}

type roundsDeclineCmd struct {
	ID string `arg:"" help:"The round's ID."`
}

func (c roundsDeclineCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return settleRound(ctx, s, term, c.ID, func(im *eval.Improver) (eval.Round, error) { return im.Decline(ctx, c.ID, author()) })
}

func settleRound(ctx context.Context, s *settings, term terminal, id string, settle func(*eval.Improver) (eval.Round, error)) error {
	return onRounds(ctx, s, term, func(_ *app, improver *eval.Improver) (eval.Round, error) {
		round, err := settle(improver)
		if errors.Is(err, eval.ErrBusy) {
			return round, fmt.Errorf("%w: try again when it has ended", err)
		}
		return round, missing(err, "round", id, seeRounds)
	}, func(w io.Writer, round eval.Round) error {
		_, err := fmt.Fprintln(w, clean(round.Verdict))
		return err
	})
}

// printRound says a round's report in lines, the verdict last.
func printRound(w io.Writer, r eval.RoundReport) {
	p := newPainter(w)
	if r.State == eval.Running {
		for line := range strings.Lines(r.Progress.Text) {
			fmt.Fprintln(w, p.dim("· "+clean(strings.TrimRight(line, "\n"))))
		}
		fmt.Fprintln(w, p.yellow("… "+stateOf(r.Round)))
		return
	}
	words := r.Words()
	for i, line := range words {
		switch {
		case i < len(words)-1:
			fmt.Fprintln(w, clean(line))
		case r.State == eval.Promoted:
			fmt.Fprintln(w, p.green("✓ "+clean(line)))
		case r.State == eval.Waiting:
			fmt.Fprintln(w, p.yellow("… "+clean(line)))
			fmt.Fprintf(w, "Put it in use, or turn it down: hone eval rounds approve %s, or decline %[1]s\n", r.ID)
		default:
			fmt.Fprintln(w, p.yellow("✗ "+clean(line)))
		}
	}
}

// printComparison prints what changed between two evaluations of the same cases.
func printComparison(w io.Writer, c eval.Comparison) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(title string, ch eval.Change) {
		fmt.Fprintf(t, "%s\t%.3f\t%.3f\t%+.3f (%+.2f to %+.2f)\t\n", title, ch.Before, ch.After,
			ch.Difference.Estimate, ch.Difference.Low, ch.Difference.High)
	}
	fmt.Fprintln(t, "\tbefore\tafter\tdifference\t")
	line("score, a cluster weighing as any other", c.ByCluster)
	for _, m := range shown {
		if ch, ok := c.Change(m); ok {
			line(m.Words()+", a case as any other", ch)
		}
	}
	return t.Flush()
}
