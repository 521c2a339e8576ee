package main

import (
	"cmp"
	"slices"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prices"
)

// rewriting are the settings of how prompts are rewritten, and for how much.
type rewriting struct {
	Rewriter     string  `name:"rewriter" env:"HONE_REWRITER" enum:"reflect,rewrite,stock" default:"reflect" help:"How candidates are made: reflect (on failures, over a pool of prompts), rewrite (one prompt from all reviews, as a baseline), stock (guidelines of a list, one at a time; needs no model)."`
	BudgetTokens int64   `name:"budget-tokens" env:"HONE_BUDGET_TOKENS" placeholder:"N" help:"Tokens that a round may use, in and out; 0: no bound."`
	BudgetUSD    float64 `name:"budget-usd" env:"HONE_BUDGET_USD" placeholder:"USD" help:"US dollars that a round may cost, by the file of prices; 0: no bound."`
	Prices       string  `name:"prices" env:"HONE_PRICES" type:"path" placeholder:"FILE" help:"Prices of models: JSON, {\"MODEL\": {\"input\": 2.5, \"output\": 10, \"cached\": 1.25}}, in US dollars per million tokens; MODEL* means all that begin so."`
}

// priceList reads the file of prices; nil where none is named.
func (r rewriting) priceList() (*prices.List, error) {
	if r.Prices == "" {
		return nil, nil
	}
	list, err := prices.Read(r.Prices)
	if err != nil {
		return nil, usageError{err}
	}
	return list, nil
}

// rewriter makes the rewriter that the settings name.
func (u *unit) rewriter() (eval.Rewriter, error) {
	model := u.settings.rewriter()
	client, err := u.served("rewriter", model, u.settings.rewriteProvider())
	if err != nil {
		return nil, err
	}
	c := eval.ReflectConfig{Client: client, Model: model}
	switch u.settings.Rewriter {
	case "stock":
		return eval.Stock{}, nil
	case "rewrite":
		return eval.NewOneShot(c)
	}
	return eval.NewReflect(c)
}

// budgeted puts what a round may spend into an improver's configuration.
func (u *unit) budgeted(c eval.ImproverConfig) (eval.ImproverConfig, error) {
	s := u.settings
	c.Budget = eval.Budget{
		Tokens: cmp.Or(u.spec.Budget.Tokens, s.BudgetTokens),
		USD:    cmp.Or(u.spec.Budget.USD, s.BudgetUSD),
	}
	c.Prices = u.prices
	c.Models = []string{s.Model, s.judge()}
	if s.Rewriter != "stock" {
		c.Models = append(c.Models, s.rewriter())
	}
	for _, other := range u.reach() {
		c.Models = append(c.Models, other.settings.Model)
	}
	slices.Sort(c.Models)
	c.Models = slices.Compact(c.Models)
	if err := c.Budget.Check(c.Prices, c.Models); err != nil {
		return c, usageError{err}
	}
	return c, nil
}
