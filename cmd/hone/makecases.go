package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/harvest"
)

type casesMakeCmd struct {
	Source string `help:"Name or ID of the source whose documents are read. Default: all that the agent searches."`
	Cases  int    `short:"n" default:"50" help:"How many cases are wanted."`
	Calls  int    `help:"Calls of the model at most. Default: four for each case wanted."`
	Tokens int64  `help:"Tokens that models may take at most. Default: no bound."`
	Yes    bool   `short:"y" help:"Don't ask first."`
}

func (c casesMakeCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	if c.Cases < 1 || c.Calls < 0 || c.Tokens < 0 {
		return usagef("at least one case must be wanted, and no bound can be below zero")
	}
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	desk, err := a.desk(0)
	if err != nil {
		return err
	}
	order := harvest.Order{Cases: c.Cases, Calls: c.Calls}
	if c.Source != "" {
		source, err := a.base.Source(ctx, c.Source)
		if err != nil {
			return missing(err, "source", c.Source, "hone sources")
		}
		order.Source = source.ID
	}
	if ok, err := c.confirm(ctx, a, desk, order, term); err != nil || !ok {
		return err
	}
	bar := newBar(term, s.JSON, false)
	order.Progress = func(done, total, made int) {
		bar.show(fmt.Sprintf("%d cases of %d documents", made, total), int64(done), int64(total))
	}
	ctx, _ = eval.WithBudget(ctx, eval.Budget{Tokens: c.Tokens}, nil)
	made, err := desk.Make(ctx, order)
	bar.end()
	if err != nil {
		return fmt.Errorf("after %d cases, which stay: %w", made.Cases, err)
	}
	if s.JSON {
		return printJSON(term.out, made)
	}
	printMade(term.out, made)
	return nil
}

// confirm says what is about to happen and asks, unless it was told not to.
func (c casesMakeCmd) confirm(ctx context.Context, a *app, desk *harvest.Desk, o harvest.Order, term terminal) (bool, error) {
	if c.Yes {
		return true, nil
	}
	waiting, err := desk.Waiting(ctx, o.Source)
	if err != nil {
		return false, err
	}
	fmt.Fprintf(term.err, "%d documents have no cases. Up to %d cases will be made of them by the model %s and enter without anybody having read them;\n"+
		"what becomes sealed is shown to nobody. Go on? [y/N] ", waiting, c.Cases, a.settings.rewriter())
	answer, err := bufio.NewReader(term.in).ReadString('\n')
	if err != nil && strings.TrimSpace(answer) == "" {
		return false, usagef("nobody answered: say --yes to go on without being asked")
	}
	return strings.EqualFold(strings.TrimSpace(answer), "y") || strings.EqualFold(strings.TrimSpace(answer), "yes"), nil
}

func printMade(w io.Writer, m harvest.Made) {
	fmt.Fprintf(w, "%d cases were made of %d documents (new clusters: %d train, %d dev, %d sealed).\n",
		m.Cases, m.Documents, m.Clusters[eval.Train], m.Clusters[eval.Dev], m.Clusters[eval.Sealed])
	for _, why := range slices.Sorted(maps.Keys(m.Refused)) {
		fmt.Fprintf(w, "%5d drafts were dropped: %s\n", m.Refused[why], why)
	}
	if m.Stopped != "" {
		fmt.Fprintf(w, "It ended early: %s.\n", m.Stopped)
	}
	if m.Documents == 0 && m.Left == 0 {
		fmt.Fprintln(w, "There are no documents without cases. Bring more with hone ingest DIR, or write cases yourself: hone eval cases add FILE")
	}
	if m.Left > 0 {
		fmt.Fprintf(w, "%d documents without cases are left.\n", m.Left)
	}
}
