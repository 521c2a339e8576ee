package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/roundpage"
)

type roundsPlotCmd struct {
	File string `arg:"" help:"Where to; ends in .svg, .png or .html." type:"path"`
	ID   string `arg:"" optional:"" help:"A round, for its page (.html) or how its evidence grew (.svg, .png); default: the learning curve over all rounds."`
}

func (c roundsPlotCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	format := strings.TrimPrefix(strings.ToLower(filepath.Ext(c.File)), ".")
	if !slices.Contains([]string{"svg", "png", "html"}, format) {
		return usagef("%s: the name must end in .svg, .png or .html", c.File)
	}
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	draw := a.plotRounds
	if c.ID != "" {
		draw = func(ctx context.Context, w io.Writer, format string) error { return a.plotRound(ctx, w, format, c.ID) }
	}
	if err := writeFile(c.File, func(w io.Writer) error { return draw(ctx, w, format) }); err != nil {
		return err
	}
	_, err = fmt.Fprintf(term.out, "Written to %s\n", c.File)
	return err
}

// writeFile writes a file whole or not at all.
func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".hone-*")
	if err != nil {
		return fmt.Errorf("can't write %s: %w", path, errors.Unwrap(err)) // it names a file that nobody asked for
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(write(f), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// plotRounds draws the learning curve, alone or on a page.
func (a *app) plotRounds(ctx context.Context, w io.Writer, format string) error {
	rounds, err := a.store.Rounds(ctx, a.settings.Agent, 0)
	if err != nil {
		return err
	}
	var reports []eval.RoundReport
	for _, r := range slices.Backward(rounds) {
		report, err := eval.OpenReport(ctx, a.store, r)
		if err != nil {
			return err
		}
		reports = append(reports, report)
	}
	if len(reports) == 0 {
		return errors.New("there are no rounds yet; run one: hone improve")
	}
	if format == "html" {
		return roundpage.Rounds(w, a.settings.Agent, reports, func(id string) string { return id + ".html" })
	}
	p, err := roundpage.Learning(reports)
	if err != nil {
		return err
	}
	return roundpage.Write(w, p, format)
}

// plotRound draws how the evidence of a round grew, or its page.
func (a *app) plotRound(ctx context.Context, w io.Writer, format, id string) error {
	round, err := a.store.Round(ctx, id)
	if err != nil {
		return missing(err, "round", id, seeRounds)
	}
	report, err := eval.OpenReport(ctx, a.store, round)
	if err != nil {
		return err
	}
	if format == "html" {
		questions, err := eval.OpenQuestions(ctx, a.store, round.Agent)
		if err != nil {
			return err
		}
		return roundpage.Round(w, report, questions)
	}
	if report.Gate == nil {
		return fmt.Errorf("round %s shows no evidence: it did not ask the gate, or the sealed cases that it used have not retired", id)
	}
	p, err := roundpage.Evidence(*report.Gate)
	if err != nil {
		return err
	}
	return roundpage.Write(w, p, format)
}
