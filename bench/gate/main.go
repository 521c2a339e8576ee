// Command gate simulates the gate of package eval/gate and writes down what it
// found: docs/gate.md and the plots beside it. All figures of that document come
// from here, and the same figures on every run.
//
//	go run ./bench/gate           all histories; some minutes
//	go run ./bench/gate -quick    a tenth of them, into a folder to look at
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

func main() {
	quick := flag.Bool("quick", false, "simulate a tenth of the histories")
	out := flag.String("out", "docs", "folder of gate.md and its plots")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *quick, *out, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gate:", err)
		os.Exit(1)
	}
}

// full is the number of histories, or entries, behind each figure.
const full = 2000

// bench is one run of the program.
type bench struct {
	context.Context //nolint:containedctx // one run of a program, passed down as what it is
	histories       int
	progress        io.Writer
}

func (b bench) say(what string, since time.Time) {
	fmt.Fprintf(b.progress, "%6.1f s  %s\n", time.Since(since).Seconds(), what)
}

func run(ctx context.Context, quick bool, out string, progress io.Writer) error {
	b := bench{ctx, full, progress}
	if quick {
		b.histories = full / 10
	}
	found, err := b.measure()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o750); err != nil {
		return err
	}
	plots, err := found.plots()
	if err != nil {
		return err
	}
	for name, svg := range plots {
		if err := os.WriteFile(filepath.Join(out, name), svg, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(out, "gate.md"), found.document(), 0o600)
}

// findings are all figures.
type findings struct {
	histories int
	nulls     []nullRow
	powers    []powerRow
	forecasts []forecastRow
	rails     []railRow
	entries   []entryRow
	futile    []futileRow
	tried     []triedRow
	sooner    [2]float64 // clusters used by the gate, and by S alone
}

func (b bench) measure() (findings, error) {
	f := findings{histories: b.histories}
	start := time.Now()
	steps := []struct {
		what string
		do   func()
	}{
		{"power", func() { f.powers = b.powers() }},
		{"forecasts", func() { f.forecasts = b.forecasts() }},
		{"guardrails", func() { f.rails = b.rails() }},
		{"entries with guardrails", func() { f.entries = b.entries() }},
		{"futility", func() { f.futile = b.futility() }},
		{"other tests", func() { f.tried = b.others(); f.sooner[0], f.sooner[1] = b.sooner() }},
		{"false promotions", func() { f.nulls = b.nulls(start) }},
	}
	for _, s := range steps {
		s.do()
		if err := b.Err(); err != nil {
			return findings{}, err
		}
		b.say(s.what, start)
	}
	return f, nil
}
