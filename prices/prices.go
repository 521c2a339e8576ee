// Package prices knows what models cost: a list of prices per model and million
// tokens, as a person keeps it in a file. It stores nothing.
package prices

import (
	"math"
	"slices"
	"strings"
)

// Price is what a model costs, in US dollars per million tokens.
type Price struct {
	Input  float64
	Output float64
	Cached float64 // of input tokens that the provider had cached; Input where the file has none
}

// Usage is what a call of a model took.
type Usage struct {
	Input  int // tokens, the cached ones included
	Cached int // of the input
	Output int
}

// Tokens are all tokens, in and out.
func (u Usage) Tokens() int { return u.Input + u.Output }

// List holds prices by model. The zero List is empty; it is safe for
// concurrent use, as nothing changes it.
type List struct {
	exact    map[string]Price
	prefixes []prefix // longest first
}

// prefix is a price of all models whose name begins so.
type prefix struct {
	name string
	Price
}

// free are the models that cost nothing, because no provider runs them.
const free = "offline"

// Of returns a model's price: its own, else that of the longest "name*" in the
// list that its name begins with. The offline model is free unless the list
// says otherwise.
func (l *List) Of(model string) (Price, bool) {
	if l != nil {
		if p, ok := l.exact[model]; ok {
			return p, true
		}
		for _, p := range l.prefixes {
			if strings.HasPrefix(model, p.name) {
				return p.Price, true
			}
		}
	}
	return Price{}, model == free
}

// Cost says what a call cost, in US dollars; known is false if the list has no
// price for the model.
func (l *List) Cost(model string, u Usage) (usd float64, known bool) {
	p, known := l.Of(model)
	if !known {
		return 0, false
	}
	cached := min(max(u.Cached, 0), u.Input)
	return (float64(u.Input-cached)*p.Input + float64(cached)*p.Cached + float64(u.Output)*p.Output) / 1e6, true
}

// Most is the most that a call of so many tokens can cost: nothing is cached,
// unless the cache costs more.
func (l *List) Most(model string, input, output int) (usd float64, known bool) {
	p, known := l.Of(model)
	return (float64(input)*math.Max(p.Input, p.Cached) + float64(output)*p.Output) / 1e6, known
}

// Missing returns those of the models that have no price, sorted, once each.
func (l *List) Missing(models ...string) []string {
	var out []string
	for _, m := range models {
		if _, known := l.Of(m); !known {
			out = append(out, m)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
