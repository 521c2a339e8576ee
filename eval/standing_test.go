package eval_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/gate"
)

func TestBudgetLeft(t *testing.T) {
	for name, test := range map[string]struct {
		budget eval.Budget
		spent  eval.Bill
		want   float64
	}{
		"none":            {eval.Budget{}, eval.Bill{Input: 1e6, USD: 9}, 1},
		"untouched":       {eval.Budget{Tokens: 1000}, eval.Bill{}, 1},
		"tokens":          {eval.Budget{Tokens: 1000}, eval.Bill{Input: 200, Output: 50}, 0.75},
		"dollars are few": {eval.Budget{Tokens: 1000, USD: 2}, eval.Bill{Input: 100, USD: 1.5}, 0.25},
		"more than all":   {eval.Budget{USD: 2}, eval.Bill{USD: 3}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			// What the gate spends of the rest is not told.
			c := eval.Certificate{Budget: test.budget, Spend: eval.Spend{Judge: test.spent}, Entry: &eval.EntryRecord{Spend: eval.Spend{Agent: eval.Bill{Input: 1e9, USD: 1e9}}}}
			b, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			got, err := eval.Round{ID: "rnd_1", Certificate: b}.BudgetLeft()
			if err != nil || math.Abs(got-test.want) > 1e-9 {
				t.Errorf("%v, %v; want %v", got, err, test.want)
			}
		})
	}
	if left, err := (eval.Round{}).BudgetLeft(); err != nil || left != 1 {
		t.Errorf("of a round without a certificate: %v, %v", left, err)
	}
}

func TestErrorBudgetLeft(t *testing.T) {
	if left, err := eval.ErrorBudgetLeft(nil); err != nil || left != 1 {
		t.Errorf("before the first entry: %v, %v", left, err)
	}
	var ledger gate.Ledger
	alpha, err := ledger.Open()
	if err != nil {
		t.Fatal(err)
	}
	lost := eval.Entered{ID: "rnd_1", State: eval.Rejected, Alpha: alpha}
	left, err := eval.ErrorBudgetLeft([]eval.Entered{lost})
	if want := 1 - alpha/gate.Budget; err != nil || math.Abs(left-want) > 1e-9 {
		t.Errorf("after one entry in vain: %v, %v; want %v", left, err, want)
	}
	lost.Alpha = 1
	if _, err := eval.ErrorBudgetLeft([]eval.Entered{lost}); err == nil {
		t.Error("a ledger that does not add up is no error")
	}
}
