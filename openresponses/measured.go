package openresponses

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/prices"
)

// Measured is a completer whose calls are measured: by provider, and at what
// they cost where the list, which may be nil, has the model's price.
func Measured(c Completer, provider string, list *prices.List) Completer {
	return measured{c, provider, list}
}

type measured struct {
	Completer
	provider string
	prices   *prices.List
}

// Complete implements Completer.
func (m measured) Complete(ctx context.Context, c *Completion) iter.Seq2[Delta, error] {
	return func(yield func(Delta, error) bool) {
		defer otel.StartModelCall(ctx, m.provider, c.Model)()
		start := time.Now()
		// A caller that breaks off before the end has cancelled the call.
		call := otel.ModelCall{Operation: "chat", Provider: m.provider, Model: c.Model, Error: "canceled"}
		defer func() {
			call.Duration = time.Since(start)
			otel.RecordModelCall(ctx, call)
		}()
		for d, err := range m.Completer.Complete(ctx, c) {
			if call.FirstChunk == 0 && err == nil {
				call.FirstChunk = time.Since(start)
			}
			switch f, ok := d.(Finish); {
			case err != nil:
				if !errors.Is(err, context.Canceled) {
					call.Error = string(asError(err).Code)
				}
			case ok:
				m.finish(&call, f.Usage)
			}
			if !yield(d, err) {
				return
			}
		}
	}
}

func (m measured) finish(call *otel.ModelCall, u Usage) {
	call.Error, call.Input, call.Output = "", u.InputTokens, u.OutputTokens
	call.USD, _ = m.prices.Cost(call.Model, prices.Usage{Input: u.InputTokens, Cached: u.CachedTokens, Output: u.OutputTokens})
}
