package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/traces"
)

type tracesShowCmd struct {
	ID  string `arg:"" help:"ID of a trace or its first six digits or more, or of an answer: of a run (run_…) or of a response of the API (resp_…)."`
	All bool   `help:"Show all spans, however many."`
}

func (c tracesShowCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return withTraces(ctx, s, func(store otel.SpanStore) error {
		spans, err := readTrace(ctx, s, store, c.ID)
		if err != nil {
			return err
		}
		accounts, err := accountsOf(ctx, s, term, spans)
		if err != nil {
			return err
		}
		if s.JSON {
			return printJSON(term.out, traces.ToTrace(spans, accounts))
		}
		for _, a := range accounts {
			printAccount(term, a)
		}
		most := mostRows
		if c.All {
			most = 0
		}
		printWaterfall(term.out, spans, most)
		return nil
	})
}

// accountsOf tells what became of the answers in a trace. What is kept beside
// the traces adds to it where it can be read.
func accountsOf(ctx context.Context, s *settings, term terminal, spans []otel.Span) (accounts []traces.Account, err error) {
	err = withBook(ctx, s, term, func(b traces.Book) (err error) {
		accounts, err = b.Accounts(ctx, spans)
		return err
	})
	return accounts, err
}

func withBook(ctx context.Context, s *settings, term terminal, f func(traces.Book) error) (err error) {
	b := traces.Book{}
	if b.Prices, err = s.priceList(); err != nil {
		return err
	}
	switch db, err := openKept(ctx, *s); {
	case err != nil:
		fmt.Fprintf(term.err, "hone: the texts of answers can't be read: %v\n", err)
	case db != nil:
		defer func() { err = errors.Join(err, db.Close()) }()
		b.Runs, b.Responses = db, db
	}
	return f(b)
}

// openKept opens the database, unless it would be a new one: a file of traces
// may stand alone.
func openKept(ctx context.Context, s settings) (store, error) {
	driver, location, err := s.database()
	if err != nil {
		return nil, err
	}
	if driver == "sqlite" {
		if _, err := os.Stat(location); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	return openStore(ctx, s)
}

// passagesShown is how many passages of an answer are worth a line each.
const passagesShown = 10

// printAccount says what an answer was made of.
func printAccount(term terminal, a traces.Account) {
	p := newPainter(term.out)
	say := func(what, format string, values ...any) {
		fmt.Fprintf(term.out, "%s %s\n", p.dim(fmt.Sprintf("%-9s", what)), clean(fmt.Sprintf(format, values...)))
	}
	fmt.Fprintln(term.out, p.bold("answer "+clean(a.ID)))
	if a.Question != "" {
		say("question", "%s", shorten(strings.Join(strings.Fields(a.Question), " "), 200))
	}
	status := a.Outcome()
	if a.Error != "" {
		status += ": " + shorten(strings.Join(strings.Fields(a.Error), " "), 200)
	}
	say("status", "%s", status)
	say("prompt", "%s", strings.TrimSpace(a.Prompt.Name()+" "+a.Prompt.ID))
	where := []string{a.Model}
	for _, part := range []struct{ word, value string }{{"agent ", a.Agent}, {"from ", a.Origin}, {"thread ", a.Thread}} {
		if part.value != "" {
			where = append(where, part.word+part.value)
		}
	}
	say("model", "%s", strings.Join(where, " · "))
	cost := "cost unknown: set HONE_PRICES"
	if a.Cost != nil {
		cost = traces.Dollars(a.Cost)
	}
	say("cost", "%d→%d tokens · %s · %s", a.Tokens.Input, a.Tokens.Output, cost, seconds(a.Seconds))
	for _, t := range a.Tools {
		outcome := ""
		if t.Passages > 0 {
			outcome = fmt.Sprintf(" → %d passages", t.Passages)
		}
		if t.Failed {
			outcome += " (failed)"
		}
		say("tool", "%s %s%s", t.Name, seconds(t.Seconds), outcome)
	}
	for i, passage := range a.Passages {
		if i == passagesShown {
			say("", "… %d more passages", len(a.Passages)-i)
			break
		}
		cited := ""
		if passage.Cited > 0 {
			cited = fmt.Sprintf("  [%d]", passage.Cited)
		}
		say("passage", "%.3f  %s%s", passage.Score, passage.Name(), cited)
	}
	fmt.Fprintln(term.out)
}

// printTrace shows a trace of this very process.
func (t *telemetry) printTrace(ctx context.Context, term terminal, id string) error {
	if t.spans == nil {
		fmt.Fprintln(term.out, "(No traces are kept here: OTEL_TRACES_EXPORTER doesn't name sqlite, or their database can't be opened.)")
		return nil
	}
	t.flush(ctx)
	spans, err := t.spans.Trace(ctx, id)
	if err != nil {
		t.log.Warn("no waterfall", "error", err)
		return nil
	}
	printWaterfall(term.out, spans, mostRows)
	return nil
}
