package main

import (
	"context"
	"iter"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/prices"
)

// metered is a model whose calls are held to the budget of the round that they
// belong to.
type metered struct{ openresponses.Completer }

// meteredModels are models for an evaluation.
func meteredModels(models []openresponses.Model) []openresponses.Model {
	var out []openresponses.Model
	for _, m := range models {
		m.Completer = metered{m.Completer}
		out = append(out, m)
	}
	return out
}

const (
	// maxMeteredOutput is the limit that a call gets which has none.
	maxMeteredOutput = 8192
	// messageTokens is what providers add to a message or a tool at most.
	messageTokens = 32
)

// Complete implements openresponses.Completer. A call that fails counts as the
// most that it may have used: nobody knows what the provider charges for it.
func (m metered) Complete(ctx context.Context, c *openresponses.Completion) iter.Seq2[openresponses.Delta, error] {
	return func(yield func(openresponses.Delta, error) bool) {
		limited := *c
		if limited.MaxOutputTokens == 0 {
			limited.MaxOutputTokens = maxMeteredOutput
		}
		held, err := eval.MeterFrom(ctx).Reserve(ctx, c.Model, mostInput(c), limited.MaxOutputTokens)
		if err != nil {
			yield(nil, err)
			return
		}
		var used prices.Usage
		defer func() { held.Settle(used) }()
		for d, err := range m.Completer.Complete(ctx, &limited) {
			if f, ok := d.(openresponses.Finish); ok {
				used = prices.Usage{Input: f.Usage.InputTokens, Cached: f.Usage.CachedTokens, Output: f.Usage.OutputTokens}
			}
			if !yield(d, err) {
				return
			}
		}
	}
}

// mostInput bounds the tokens of a request: a token is a byte at least.
func mostInput(c *openresponses.Completion) int {
	n := messageTokens * (1 + len(c.Messages) + len(c.Tools))
	for _, m := range c.Messages {
		n += len(m.Text) + len(m.ToolCallID) + len(m.ToolName)
		for _, call := range m.ToolCalls {
			n += messageTokens + len(call.ID) + len(call.Name) + len(call.Arguments)
		}
	}
	for _, t := range c.Tools {
		n += len(t.Name) + len(t.Description) + len(t.Parameters)
	}
	if c.Format != nil {
		n += len(c.Format.Name) + len(c.Format.Schema)
	}
	return n
}
