package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/traces"
)

type tracesTailCmd struct {
	Limit int `short:"n" default:"10" help:"Traces of before to show first."`
	traceFilter
}

// tailEvery is how often it is looked for new traces.
const tailEvery = 500 * time.Millisecond

// Run shows traces until it is interrupted, which is its usual end.
func (c tracesTailCmd) Run(ctx context.Context, s *settings, term terminal) error {
	if c.Limit < 0 {
		return usagef("--limit %d: at least 0", c.Limit)
	}
	f, err := c.filter(time.Now())
	if err != nil {
		return err
	}
	err = withTraces(ctx, s, func(store otel.SpanStore) error { return c.follow(ctx, s, term, store, f) })
	if ctx.Err() == nil || !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func (c tracesTailCmd) follow(ctx context.Context, s *settings, term terminal, store otel.SpanStore, f otel.TraceFilter) error {
	_, mark, err := store.TracesAfter(ctx, f, -1)
	if err != nil {
		return err
	}
	if c.Limit > 0 {
		before := f
		before.Limit = c.Limit
		list, err := store.Traces(ctx, before)
		if err != nil {
			return err
		}
		slices.Reverse(list)
		if err := tailed(s, term, list); err != nil {
			return err
		}
	}
	tick := time.NewTicker(tailEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		var list []otel.TraceSummary
		if list, mark, err = store.TracesAfter(ctx, f, mark); err != nil {
			return err
		}
		if err := tailed(s, term, list); err != nil {
			return err
		}
	}
}

// tailed prints a line for each trace, without waiting for more to align them.
func tailed(s *settings, term terminal, list []otel.TraceSummary) error {
	p := newPainter(term.out)
	for _, t := range list {
		if s.JSON {
			e := json.NewEncoder(term.out)
			e.SetEscapeHTML(false)
			if err := e.Encode(traces.ToLine(t)); err != nil {
				return err
			}
			continue
		}
		failed := ""
		if t.Errors > 0 {
			failed = "  " + p.red(fmt.Sprintf("%d failed", t.Errors))
		}
		_, err := fmt.Fprintf(term.out, "%.12s  %s  %8s  %-9s  %-10s  %-4s  %s%s\n", t.TraceID, t.Start.Local().Format(time.DateTime),
			traces.Took(t.Duration), statusOf(t), clean(t.First.Agent), promptOf(t), whatOf(t), failed)
		if err != nil {
			return err
		}
	}
	return nil
}
