package eval

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/honehq/hone/prices"
)

// Budget bounds what a round may spend. Zero fields bound nothing.
type Budget struct {
	Tokens int64   `json:"tokens,omitempty"` // in and out, of agent, judge and rewriter
	USD    float64 `json:"usd,omitempty"`
}

// errBudget ends a stage: what is left does not cover the next call. It says
// nothing about the agent that was to be called.
var errBudget = errors.New("the round's budget does not cover the next call of a model")

func (b Budget) bounded() bool { return b.Tokens > 0 || b.USD > 0 }

// Check says what is wrong with a budget before anything is spent: in US dollars
// it needs the price of each model.
func (b Budget) Check(list *prices.List, models []string) error {
	if b.Tokens < 0 || b.USD < 0 || math.IsNaN(b.USD) || math.IsInf(b.USD, 0) {
		return fmt.Errorf("budget of %d tokens and %v US dollars: neither can be negative or endless", b.Tokens, b.USD)
	}
	if b.USD == 0 {
		return nil
	}
	if missing := list.Missing(models...); len(missing) > 0 {
		return fmt.Errorf("a budget of %s needs the price of each model; %s has none: add it to the file of prices (HONE_PRICES)",
			dollars(b.USD), strings.Join(missing, ", "))
	}
	return nil
}

// String says a budget in words.
func (b Budget) String() string {
	if !b.bounded() {
		return "unbounded"
	}
	return b.words(amount{b.Tokens, b.USD})
}

// words says an amount in what the budget bounds.
func (b Budget) words(a amount) string {
	var parts []string
	if b.Tokens > 0 {
		parts = append(parts, thousands(a.tokens)+" tokens")
	}
	if b.USD > 0 {
		parts = append(parts, dollars(a.usd))
	}
	return strings.Join(parts, " and ")
}

// within tells whether an amount fits into the budget.
func (b Budget) within(a amount) bool {
	return (b.Tokens == 0 || a.tokens <= b.Tokens) && (b.USD == 0 || a.usd <= b.USD)
}

// amount is tokens and what they cost.
type amount struct {
	tokens int64
	usd    float64
}

func (a amount) plus(b amount) amount { return amount{a.tokens + b.tokens, a.usd + b.usd} }

func (a amount) minus(b amount) amount { return amount{a.tokens - b.tokens, a.usd - b.usd} }

// times is the amount for n answers like this one.
func (a amount) times(n float64) amount {
	return amount{int64(math.Ceil(float64(a.tokens) * n)), a.usd * n}
}

// String says an amount in words; what costs nothing has no price in it.
func (a amount) String() string {
	if a.usd == 0 {
		return thousands(a.tokens) + " tokens"
	}
	return thousands(a.tokens) + " tokens, " + dollars(a.usd)
}

// dollars says a sum with the digits that matter.
func dollars(usd float64) string {
	if usd != 0 && usd < 0.1 {
		return fmt.Sprintf("$%.2g", usd)
	}
	return fmt.Sprintf("$%.2f", usd)
}

// thousands writes a number with commas.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
