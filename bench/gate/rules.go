package main

import (
	"math"
	"sync"

	"github.com/honehq/hone/eval/gate"

	"gonum.org/v1/gonum/stat/distuv"
)

// rule decides on candidates, round after round, from the differences of sealed
// clusters. One rule lives as long as one agent.
type rule interface {
	promotes(differences []float64) bool
}

// byGate is what Hone does.
type byGate struct {
	ledger gate.Ledger
	bias   float64
}

func (g *byGate) promotes(differences []float64) bool {
	terms := gate.Terms{Alpha: must(g.ledger.Open()), Clusters: len(differences), Bias: g.bias}
	verdict := enter(terms, differences)
	if err := g.ledger.Close(verdict); err != nil {
		panic(err)
	}
	return verdict == gate.Promoted
}

// enter plays an entry until it is promoted, given up or through.
func enter(terms gate.Terms, differences []float64) gate.Verdict {
	entry := must(gate.Open(terms))
	for _, d := range differences {
		state := must(entry.Observe(d))
		if state.Decided() {
			return state.Verdict
		}
		if entry.Futile() {
			break
		}
	}
	return gate.Rejected
}

// byMixture is the same account of errors with the plain mixture of fixed bets.
type byMixture struct{ ledger gate.Ledger }

func (g *byMixture) promotes(differences []float64) bool {
	verdict := gate.Rejected
	if mixture(must(g.ledger.Open()), differences) {
		verdict = gate.Promoted
	}
	if err := g.ledger.Close(verdict); err != nil {
		panic(err)
	}
	return verdict == gate.Promoted
}

// mixture tells whether the mean of Π(1 + λd) over 64 λ ever reaches 1/α.
func mixture(alpha float64, differences []float64) bool {
	var wealth [64]float64
	for k := range wealth {
		wealth[k] = 1
	}
	for _, d := range differences {
		sum := 0.0
		for k := range wealth {
			wealth[k] *= 1 + (float64(k)+0.5)/64*d
			sum += wealth[k]
		}
		if sum/64 >= 1/alpha {
			return true
		}
	}
	return false
}

// fewest is how many clusters a rule that peeks waits for.
const fewest = 10

// byMean promotes what scored higher; peeking, as soon as it does.
type byMean struct{ peeks bool }

func (m byMean) promotes(differences []float64) bool {
	return looks(differences, m.peeks, func(n int, sum, _ float64) bool { return sum > 0 })
}

// byTest promotes where a one-sided t-test has p < alpha.
type byTest struct {
	alpha float64
	peeks bool
}

func (t byTest) promotes(differences []float64) bool {
	return looks(differences, t.peeks, func(n int, sum, squares float64) bool {
		return tStatistic(n, sum, squares) > critical(t.alpha, n)
	})
}

// looks asks at the end, or after each cluster.
func looks(differences []float64, peeks bool, better func(n int, sum, squares float64) bool) bool {
	sum, squares := 0.0, 0.0
	for i, d := range differences {
		sum, squares = sum+d, squares+d*d
		if (peeks && i+1 >= fewest || i+1 == len(differences)) && better(i+1, sum, squares) {
			return true
		}
	}
	return false
}

func tStatistic(n int, sum, squares float64) float64 {
	mean := sum / float64(n)
	variance := (squares - sum*mean) / float64(n-1)
	if variance < 1e-12 {
		switch {
		case mean > 1e-12:
			return math.Inf(1)
		case mean < -1e-12:
			return math.Inf(-1)
		}
		return 0
	}
	return mean / math.Sqrt(variance/float64(n))
}

type criticalKey struct {
	alpha float64
	n     int
}

var criticals sync.Map

// critical is the t-test's critical value.
func critical(alpha float64, n int) float64 {
	key := criticalKey{alpha, n}
	if v, ok := criticals.Load(key); ok {
		if c, ok := v.(float64); ok {
			return c
		}
	}
	c := distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}.Quantile(1 - alpha)
	criticals.Store(key, c)
	return c
}
