package eval

import (
	"fmt"
	"strings"

	"github.com/honehq/hone/eval/gate"
)

// raise ends the verdicts of rounds whose budget did not suffice.
const raise = "Raise the budget."

// OutOfBudget tells whether the round ended because its budget did not suffice
// to go on. Of one that entered the gate it tells nothing.
func (r Round) OutOfBudget() bool {
	return r.State == NoBetter && strings.HasSuffix(r.Verdict, raise)
}

// BudgetLeft is the share of the round's budget that its search had left when
// the round was last stored, the smaller one of tokens and US dollars; 1 without
// a bound. What the gate spent of the rest is not in it.
func (r Round) BudgetLeft() (float64, error) {
	c, err := r.certificate()
	if err != nil {
		return 0, err
	}
	spent, left := c.Spend.total(), 1.0
	if b := c.Budget.Tokens; b > 0 {
		left = min(left, 1-float64(spent.tokens)/float64(b))
	}
	if b := c.Budget.USD; b > 0 {
		left = min(left, 1-spent.usd/b)
	}
	return max(0, left), nil
}

// ErrorBudgetLeft is the share of the error budget that an agent's entries,
// oldest first, have left.
func ErrorBudgetLeft(entries []Entered) (float64, error) {
	ledger, err := history{entries: entries}.ledger()
	if err != nil {
		return 0, fmt.Errorf("error budget: %w", err)
	}
	return ledger.Remaining() / gate.Budget, nil
}
