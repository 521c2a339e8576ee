package eval

import (
	"context"
	"errors"

	"github.com/honehq/hone/prices"
)

// Meter counts what calls of models spend and holds them to the round's
// budget. Whoever calls a model for a Runner asks the meter in the context
// first. It is safe for concurrent use.
type Meter struct {
	purse *purse // nil: counted only
	tab   *tab   // nil: on nobody's
	role  role
	stop  context.CancelCauseFunc // ends the stage when a call is refused; may be nil
}

type meterKey struct{}

// MeterFrom returns the meter of a round, or one that lets everything through.
func MeterFrom(ctx context.Context) *Meter { return meter(ctx) }

func meter(ctx context.Context) *Meter {
	if m, ok := ctx.Value(meterKey{}).(*Meter); ok {
		return m
	}
	return &Meter{role: roleAgent}
}

// On tells whether calls are counted at all.
func (m *Meter) On() bool { return m.purse != nil || m.tab != nil }

// withPurse makes a context whose model calls are paid from a purse.
func withPurse(ctx context.Context, p *purse) context.Context {
	m := *meter(ctx)
	m.purse = p
	return context.WithValue(ctx, meterKey{}, &m)
}

// withRole makes a context whose model calls are a role's.
func withRole(ctx context.Context, r role) context.Context {
	m := *meter(ctx)
	m.role = r
	return context.WithValue(ctx, meterKey{}, &m)
}

// endedByBudget makes a context that ends, with errBudget as its cause, when a
// model call in it is refused: what a runner makes of the refusal is no answer.
func endedByBudget(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancelCause(ctx)
	m := *meter(ctx)
	m.stop = stop
	return context.WithValue(ctx, meterKey{}, &m), func() { stop(nil) }
}

// unmetered makes a context for a call that was metered already.
func unmetered(ctx context.Context) context.Context {
	return context.WithValue(ctx, meterKey{}, (&Meter{role: roleAgent}))
}

// Reservation is the most that one call may take, until it is settled.
type Reservation struct {
	meter *Meter
	model string
	most  prices.Usage
	held  amount
}

// Reserve asks for the most that a call may take, in tokens: of the input no
// more than it has bytes, of the output what the model is told as its limit.
// It waits while calls under way may still give something back, and returns an
// error where what is left does not cover the call, which then must not be
// made. A reservation must be settled.
func (m *Meter) Reserve(ctx context.Context, model string, input, output int) (*Reservation, error) {
	r := &Reservation{meter: m, model: model, most: prices.Usage{Input: input, Output: output}}
	if m.purse == nil {
		return r, nil
	}
	usd, _ := m.purse.prices.Most(model, input, output)
	r.held = amount{int64(input) + int64(output), usd}
	if err := m.purse.hold(ctx, r.held); err != nil {
		if errors.Is(err, errBudget) && m.stop != nil {
			m.stop(err)
		}
		return nil, err
	}
	return r, nil
}

// Settle says what the call took. A zero usage means that nobody knows: a call
// that failed, or a provider that doesn't tell. Then all that was reserved
// counts.
func (r *Reservation) Settle(u prices.Usage) {
	if u.Tokens() <= 0 {
		u = r.most
	}
	var list *prices.List
	if r.meter.purse != nil {
		list = r.meter.purse.prices
	}
	usd, _ := list.Cost(r.model, u)
	b := Bill{int64(u.Input), int64(u.Output), usd}
	r.meter.tab.put(r.meter.role, b)
	if r.meter.purse != nil {
		var s Spend
		billOf(&s, r.meter.role).add(b)
		r.meter.purse.settle(r.held, s)
	}
}

// Refund says that the call was not made, or that it was turned away unread.
func (r *Reservation) Refund() {
	if r.meter.purse != nil {
		r.meter.purse.settle(r.held, Spend{})
	}
}
