package eval

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/prices"
)

// Spend is what was spent, by role.
type Spend struct {
	Agent    Bill `json:"agent,omitzero"`
	Judge    Bill `json:"judge,omitzero"`
	Rewriter Bill `json:"rewriter,omitzero"`
}

// Bill is what one role spent. A call that does not tell its usage counts as
// the most that it can have used.
type Bill struct {
	Input  int64   `json:"input_tokens"`
	Output int64   `json:"output_tokens"`
	USD    float64 `json:"usd,omitempty"`
}

func (b *Bill) add(other Bill) {
	b.Input += other.Input
	b.Output += other.Output
	b.USD += other.USD
}

func (s Spend) plus(other Spend) Spend {
	s.Agent.add(other.Agent)
	s.Judge.add(other.Judge)
	s.Rewriter.add(other.Rewriter)
	return s
}

// less is what is left of a spend without a part of it.
func (s Spend) less(part Spend) Spend {
	for _, r := range []role{roleAgent, roleJudge, roleRewriter} {
		p := billOf(&part, r)
		billOf(&s, r).add(Bill{-p.Input, -p.Output, -p.USD})
	}
	return s
}

func (s Spend) total() amount {
	var b Bill
	for _, part := range []Bill{s.Agent, s.Judge, s.Rewriter} {
		b.add(part)
	}
	return amount{b.Input + b.Output, b.USD}
}

// String says the spend in words, role by role.
func (s Spend) String() string {
	var parts []string
	for _, r := range []struct {
		role role
		Bill
	}{{roleAgent, s.Agent}, {roleJudge, s.Judge}, {roleRewriter, s.Rewriter}} {
		if r.Bill == (Bill{}) {
			continue
		}
		part := fmt.Sprintf("%s %s tokens in, %s out", r.role, thousands(r.Input), thousands(r.Output))
		if r.USD > 0 {
			part += " (" + dollars(r.USD) + ")"
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return s.total().String() + ": " + strings.Join(parts, "; ")
}

// role says who spends.
type role string

const (
	roleAgent    role = "agent"
	roleJudge    role = "judge"
	roleRewriter role = "rewriter"
)

// billOf returns a role's part.
func billOf(s *Spend, r role) *Bill {
	switch r {
	case roleJudge:
		return &s.Judge
	case roleRewriter:
		return &s.Rewriter
	case roleAgent:
	}
	return &s.Agent
}

// tab adds up what one result costs. It is safe for concurrent use.
type tab struct {
	mu    sync.Mutex
	sum   Spend
	calls map[role]int
}

// openTab makes a context whose model calls are put on one tab.
func openTab(ctx context.Context) (context.Context, *tab) {
	t := &tab{calls: map[role]int{}}
	m := *meter(ctx)
	m.tab = t
	return context.WithValue(ctx, meterKey{}, &m), t
}

// spend is what was put on the tab so far.
func (t *tab) spend() Spend {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sum
}

func (t *tab) put(r role, b Bill) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	billOf(&t.sum, r).add(b)
	t.calls[r]++
}

func (t *tab) called(r role) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.calls[r] > 0
}

// charge counts what a recorded result cost when it was made.
func charge(ctx context.Context, s Spend) {
	m := meter(ctx)
	if m.purse != nil {
		m.purse.pay(s)
	}
	if m.tab != nil {
		for _, r := range []role{roleAgent, roleJudge, roleRewriter} {
			m.tab.put(r, *billOf(&s, r))
		}
	}
}

// chargeAnswer counts an answer as its run reports it, where the runner let no
// meter see its calls.
func chargeAnswer(ctx context.Context, t *tab, model string, u agent.Usage) {
	if t.called(roleAgent) {
		return
	}
	var list *prices.List
	if p := meter(ctx).purse; p != nil {
		list = p.prices
	}
	usd, _ := list.Cost(model, prices.Usage{Input: u.InputTokens, Output: u.OutputTokens})
	charge(ctx, Spend{Agent: Bill{int64(u.InputTokens), int64(u.OutputTokens), usd}})
}
