package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/traces"
)

type tracesCompareCmd struct {
	A string `arg:"" help:"An answer (run_… or resp_…), or a trace, of which the first answer is meant."`
	B string `arg:"" help:"The other."`
}

func (c tracesCompareCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return withTraces(ctx, s, func(store otel.SpanStore) error {
		return withBook(ctx, s, term, func(book traces.Book) error {
			var spans [2][]otel.Span
			var accounts [2]traces.Account
			for i, id := range []string{c.A, c.B} {
				var err error
				if spans[i], err = readTrace(ctx, s, store, id); err != nil {
					return err
				}
				accounts[i], err = book.Account(ctx, spans[i], id)
				if errors.Is(err, fs.ErrNotExist) {
					return fmt.Errorf("trace %s holds no answer", id)
				}
				if err != nil {
					return err
				}
			}
			result := traces.Compare(accounts[0], accounts[1], spans[0], spans[1])
			if s.JSON {
				return printJSON(term.out, result)
			}
			newSideBySide(term).compare(result)
			return nil
		})
	})
}

// sideBySide prints a comparison in two columns.
type sideBySide struct {
	terminal
	painter
	width int // of a column
}

// whatColumn is how wide the column of words before both is.
const whatColumn = 14

func newSideBySide(term terminal) sideBySide {
	return sideBySide{term, newPainter(term.out), max(12, (columns(term.out)-whatColumn-2)/2)}
}

// line prints what both say; a mark after it tells that they differ.
func (v sideBySide) line(what, a, b string) {
	cell := func(s string) string {
		s = shorten(strings.Join(strings.Fields(clean(s)), " "), v.width-1)
		return s + strings.Repeat(" ", v.width-runes(s))
	}
	left, right := cell(a), cell(b)
	if a != b {
		right = v.yellow(strings.TrimRight(right, " "))
	}
	fmt.Fprintln(v.out, strings.TrimRight(v.dim(fmt.Sprintf("%-*s", whatColumn, what))+left+"  "+right, " "))
}

func (v sideBySide) compare(c traces.Comparison) {
	v.line("", c.A.ID, c.B.ID)
	v.line("question", c.A.Question, c.B.Question)
	v.line("status", c.A.Outcome(), c.B.Outcome())
	v.line("agent", c.A.Agent, c.B.Agent)
	v.line("prompt", c.A.Prompt.Name(), c.B.Prompt.Name())
	v.line("model", c.A.Model, c.B.Model)
	if c.A.Error+c.B.Error != "" {
		v.line("error", c.A.Error, c.B.Error)
	}
	for _, n := range c.Changes {
		both := n.Text()
		if n.Share != 0 {
			both[1] += fmt.Sprintf(" (%+.0f %%)", 100*n.Share)
		}
		v.line(n.What, both[0], both[1])
	}
	v.printAnswer(c)
	v.printPassages(c)
	v.printSteps(c)
}

func (v sideBySide) printAnswer(c traces.Comparison) {
	if c.A.Answer == c.B.Answer {
		fmt.Fprintln(v.out, v.bold("\nThe answers are the same."))
		return
	}
	fmt.Fprintln(v.out, v.bold("\nAnswer"))
	for _, l := range c.Words {
		fmt.Fprintln(v.out, v.marked(l.Kind, l.Kind+" "+clean(l.Text)))
	}
}

// marked colours a line by its kind.
func (v sideBySide) marked(kind, line string) string {
	switch kind {
	case "-":
		return v.red(line)
	case "+":
		return v.green(line)
	case "~":
		return v.yellow(line)
	}
	return line
}

func (v sideBySide) printPassages(c traces.Comparison) {
	if len(c.Passages) == 0 {
		return
	}
	fmt.Fprintln(v.out, v.bold("\nPassages"))
	fmt.Fprintln(v.out, v.dim("      A       B"))
	score := func(s *float64) string {
		if s == nil {
			return "–"
		}
		return fmt.Sprintf("%.3f", *s)
	}
	for _, p := range c.Passages {
		kind := " "
		switch {
		case p.ScoreB == nil:
			kind = "-"
		case p.ScoreA == nil:
			kind = "+"
		}
		fmt.Fprintln(v.out, v.marked(kind, fmt.Sprintf("%s %5s   %5s  %s", kind, score(p.ScoreA), score(p.ScoreB), clean(p.Name()))))
	}
}

func (v sideBySide) printSteps(c traces.Comparison) {
	differ := 0
	for _, st := range c.Steps {
		if st.Kind == " " {
			continue
		}
		if differ++; differ == 1 {
			fmt.Fprintln(v.out, v.bold("\nSteps that differ"))
		}
		fmt.Fprintln(v.out, v.marked(st.Kind, clean(fmt.Sprintf("%s %s  %s", st.Kind, st.Label, sides(st)))))
	}
	if differ == 0 {
		fmt.Fprintln(v.out, v.bold("\nThe steps are the same."))
	}
}

func sides(st traces.StepPair) string {
	one := func(s *traces.Side) string {
		return strings.Join(append([]string{seconds(s.Seconds)}, s.Facts...), ", ")
	}
	switch {
	case st.B == nil:
		return one(st.A)
	case st.A == nil:
		return one(st.B)
	}
	return one(st.A) + "  |  " + one(st.B)
}
