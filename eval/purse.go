package eval

import (
	"context"
	"sync"

	"github.com/honehq/hone/prices"
)

// purse holds a round to its budget: what was spent, what calls under way may
// still spend, and what is set aside for later never add up to more. It is safe
// for concurrent use.
type purse struct {
	budget Budget
	prices *prices.List

	mu    sync.Mutex
	spent Spend
	held  amount
	under int           // calls under way
	aside amount        // for the gate
	freed chan struct{} // closed when a call is settled
}

func newPurse(b Budget, list *prices.List) *purse {
	return &purse{budget: b, prices: list, freed: make(chan struct{})}
}

// hold reserves an amount. It waits for calls under way before it refuses, so
// that what is refused does not depend on how fast they are.
func (p *purse) hold(ctx context.Context, a amount) error {
	for {
		wait, err := p.try(a)
		if wait == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-wait:
		}
	}
}

// try reserves an amount, refuses it, or returns what to wait for.
func (p *purse) try(a amount) (wait <-chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.budget.within(p.spent.total().plus(p.held).plus(p.aside).plus(a)) {
		p.held = p.held.plus(a)
		p.under++
		return nil, nil
	}
	if p.under > 0 {
		return p.freed, nil
	}
	return nil, errBudget
}

// settle gives a reservation back and pays what was spent.
func (p *purse) settle(held amount, s Spend) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = p.held.minus(held)
	p.spent = p.spent.plus(s)
	if p.under--; p.under == 0 {
		p.held = amount{} // what floating point left over
	}
	close(p.freed)
	p.freed = make(chan struct{})
}

// pay counts what was spent without a reservation: by a recorded result, or by
// a runner that no meter sees.
func (p *purse) pay(s Spend) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spent = p.spent.plus(s)
}

// setAside keeps an amount for later.
func (p *purse) setAside(a amount) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.aside = a
}

// covers tells whether an amount is left beside what is set aside.
func (p *purse) covers(a amount) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.budget.within(p.spent.total().plus(p.held).plus(p.aside).plus(a))
}

// total is what was spent so far.
func (p *purse) total() Spend {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spent
}

// left is what the budget still has, in words; "" where it has no bound.
func (p *purse) left() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	spent := p.spent.total()
	return p.budget.words(amount{max(p.budget.Tokens-spent.tokens, 0), max(p.budget.USD-spent.usd, 0)})
}
