package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/calibrate"
	"github.com/honehq/hone/eval/stats"
)

type calibrateCmd struct {
	Show bool   `help:"Show the last calibration and whether the judge has drifted, without asking it."`
	Seed uint64 `default:"1" help:"Seed of the intervals and of the choice of fixed answers."`
}

func (c calibrateCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	judge, err := a.judge()
	if err != nil {
		return err
	}
	var report calibrate.Report
	if c.Show || judge.Describe().Exact {
		if report, err = calibrate.Show(ctx, a.store, s.Agent, judge.Describe()); err != nil {
			return err
		}
	} else {
		bar := newBar(term, s.JSON, false)
		made, err := calibrate.Run(ctx, calibrate.Config{
			Store: a.store, Judge: judge, Agent: s.Agent, Seed: c.Seed,
			Progress: func(done, total int) { bar.show("gradings", int64(done), int64(total)) },
		})
		bar.end()
		if errors.Is(err, calibrate.ErrNoLabels) {
			return fmt.Errorf("%w: hone eval label", err)
		}
		if err != nil {
			return err
		}
		report = made.Report(judge.Describe())
	}
	if s.JSON {
		return printJSON(term.out, report)
	}
	printJudge(term.out, report)
	return nil
}

func printJudge(w io.Writer, r calibrate.Report) {
	if r.Judge.Exact {
		fmt.Fprintln(w, "The judge grades by deterministic rules. It needs no calibration.")
		return
	}
	fmt.Fprintf(w, "Judge %s at %s, %s\n", r.Judge.Name, r.Judge.Provider, eval.Rubric)
	switch c := r.Calibration; {
	case c == nil:
	case c.Failed():
		fmt.Fprintf(w, "Not calibrated %s: the judge failed on %d of %d answers.\n", c.MadeAt.Local().Format(time.DateTime), c.Failures, c.Answers)
	default:
		printCalibration(w, r)
	}
	if r.Auto {
		fmt.Fprintln(w, "Mode auto: what passes the gate is put in use.")
	} else {
		fmt.Fprintf(w, "Mode auto acts as approve: %s.\n", r.Judge.Untrusted)
	}
}

// printCalibration tells of a calibration what it measured.
func printCalibration(w io.Writer, r calibrate.Report) {
	c := r.Calibration
	fmt.Fprintf(w, "Calibrated %s on %d answers, %d checks; the judge failed on %d of them.\n", c.MadeAt.Local().Format(time.DateTime), c.Answers, c.Checks, c.Failures)
	printInterval(w, "Cohen's kappa", c.Kappa, 1)
	printInterval(w, "Sensitivity", c.Sensitivity, 1)
	printInterval(w, "Specificity", c.Specificity, 1)
	printInterval(w, "Favours candidates by points", c.Bias, 100)
	if c.Bias != nil {
		fmt.Fprintf(w, "The gate subtracts %.1f points from each difference: the upper 95 %% limit over %d clusters.\n", 100*r.Judge.Bias, c.Clusters)
	}
	switch {
	case c.Wanted > 0:
		fmt.Fprintf(w, "Answers of both prompts in %d more clusters are wanted, if they are like these: hone eval label\n", c.Wanted)
	case c.Wanted < 0:
		fmt.Fprintln(w, "More labels would hardly help: the judge favours one side too much.")
	}
	if d := c.Drift; d != nil {
		fmt.Fprintf(w, "Looked at %s: %d of %d decisions on fixed answers are other ones than at calibration (p = %.2g).\n",
			d.At.Local().Format(time.DateTime), d.Flipped, d.Checks, d.P)
	}
}

func printInterval(w io.Writer, what string, i *stats.Interval, scale float64) {
	if i == nil {
		fmt.Fprintf(w, "%s: the labels have no such figure\n", what)
		return
	}
	digits := 2
	if scale == 100 {
		digits = 1
	}
	fmt.Fprintf(w, "%s: %.*f (%.*f to %.*f)\n", what, digits, scale*i.Estimate, digits, scale*i.Low, digits, scale*i.High)
}
