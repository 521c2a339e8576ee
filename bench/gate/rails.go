package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/honehq/hone/eval/gate"
	"github.com/honehq/hone/eval/stats"
)

// metric draws one cluster's values under both prompts; margin is that of the
// guardrail.
type metric func(r *rand.Rand, margin float64) gate.Pair

// flips is a share that is right or wrong: some clusters get worse, some better.
func flips(worse, better float64) metric {
	return func(r *rand.Rand, _ float64) gate.Pair {
		switch u := r.Float64(); {
		case u < worse:
			return gate.Pair{Champion: 1, Candidate: 0}
		case u < worse+better:
			return gate.Pair{Champion: 0, Candidate: 1}
		}
		return gate.Pair{Champion: 1, Candidate: 1}
	}
}

// times are amounts with a ratio of factor in the mean of logarithms, and a
// spread.
func times(factor, spread float64) metric {
	return func(r *rand.Rand, _ float64) gate.Pair {
		base := math.Exp(r.NormFloat64())
		return gate.Pair{Champion: base, Candidate: base * factor * math.Exp(spread*r.NormFloat64())}
	}
}

// railCandidate is a candidate for one guardrail.
type railCandidate struct {
	name   string
	null   bool // worse by the margin: to be held as seldom as GuardError
	shares bool
	draw   metric
	margin float64 // finer than any valid test can tell; 0: the guardrail's own
}

var railCandidates = []railCandidate{
	{name: lossesOnly, null: true, shares: true, draw: losses},
	{name: "at the margin, 5 % better too", null: true, shares: true, draw: func(r *rand.Rand, m float64) gate.Pair { return flips(m+0.05, 0.05)(r, m) }},
	{name: "at the margin, small losses", null: true, shares: true, draw: func(r *rand.Rand, m float64) gate.Pair {
		return gate.Pair{Champion: 1, Candidate: 1 - 2*m*bernoulli(r, 0.5)}
	}},
	{name: "at a margin too fine, losses only", null: true, shares: true, draw: losses, margin: 0.05},
	{name: "identical", shares: true, draw: flips(0, 0)},
	{name: "harmless, 2 % change either way", shares: true, draw: flips(0.02, 0.02)},
	{name: "harmless, 5 % change either way", shares: true, draw: flips(0.05, 0.05)},
	{name: "a little better, 10 % up, 5 % down", shares: true, draw: flips(0.05, 0.10)},
	{name: "twice the time, spread 0.3", null: true, draw: times(2, 0.3)},
	{name: "twice the time, spread 1", null: true, draw: times(2, 1)},
	{name: "same time, spread 0.3", draw: times(1, 0.3)},
	{name: "same time, spread 1", draw: times(1, 1)},
	{name: "half more, spread 0.3", draw: times(1.5, 0.3)},
}

const lossesOnly = "at the margin, losses only"

func losses(r *rand.Rand, m float64) gate.Pair { return flips(m, 0)(r, m) }

// railRow is how often a guardrail's test called a candidate not worse.
type railRow struct {
	candidate          string
	null, shares       bool
	clusters           int
	margin             float64
	bets, boot, tTests share
}

func (b bench) rails() []railRow {
	var out []railRow
	for _, c := range railCandidates {
		for _, n := range []int{30, 45, 60} {
			out = append(out, b.rail(c.name, n))
		}
	}
	return out
}

// rail measures the candidate of this name.
func (b bench) rail(name string, n int) railRow {
	c := railCandidates[slices.IndexFunc(railCandidates, func(c railCandidate) bool { return c.name == name })]
	g := gate.Guardrail{Name: "refusal", Margin: 0.05}
	if !c.shares {
		g = gate.Guardrail{Name: "latency", LowerBetter: true, Relative: true, Margin: 1}
	}
	margin := cmp.Or(c.margin, must(g.Watch(n)).Finding().Allowed)
	type passed struct{ bets, boot, tTest bool }
	found := each(b, fmt.Sprint("rail ", c.name, n), b.histories, func(r *rand.Rand) passed {
		watch := must(g.Watch(n))
		var spare []float64
		for range n {
			f := must(watch.Observe([]gate.Pair{c.draw(r, margin)}))
			spare = append(spare, margin-*f.Differences[len(f.Differences)-1])
		}
		return passed{watch.Finding().Result == gate.Held, bootstrapped(spare, r.Uint64()), byTest{gate.GuardError, false}.promotes(spare)}
	})
	row := railRow{candidate: c.name, null: c.null, shares: c.shares, clusters: n, margin: margin}
	row.boot.of, row.tTests.of = b.histories, b.histories
	if c.margin == 0 {
		row.bets.of = b.histories
	}
	for _, p := range found {
		row.bets.hits += one(p.bets)
		row.boot.hits += one(p.boot)
		row.tTests.hits += one(p.tTest)
	}
	return row
}

// bootstrapped tells whether the lower 95 % limit of the mean is above 0.
func bootstrapped(values []float64, seed uint64) bool {
	i, err := stats.Bootstrap{Level: 0.90, Resamples: 1000, Seed: seed}.Mean(values, nil)
	return err == nil && !errors.Is(err, stats.ErrTooFew) && i.Low > 0
}

// harmless are the four default metrics of a candidate that is as good.
func harmless(r *rand.Rand) func(rail string) gate.Pair {
	return func(rail string) gate.Pair {
		switch rail {
		case "refusal":
			return flips(0.05, 0.05)(r, 0)
		case "citations":
			return flips(0.02, 0.02)(r, 0)
		case "cost":
			return times(1.1, 0.2)(r, 0)
		}
		return times(1, 0.5)(r, 0)
	}
}

// identical is a candidate whose metrics are the champion's.
func identical(*rand.Rand) func(rail string) gate.Pair {
	return func(string) gate.Pair { return gate.Pair{Champion: 1, Candidate: 1} }
}

// careless declines wrongly in a fifth of the clusters, well beyond the margin.
func careless(r *rand.Rand) func(rail string) gate.Pair {
	return func(rail string) gate.Pair {
		if rail == "refusal" {
			return flips(0.25, 0.05)(r, 0)
		}
		return harmless(r)(rail)
	}
}

// how an entry deals with its guardrails.
type handling int

const (
	without handling = iota // no guardrails
	atOnce                  // decided when the score is
	goOn                    // through the remaining clusters until they are settled
)

// drawn draws all values of an entry.
func drawn(pair func(rail string) gate.Pair, clusters int) []map[string]gate.Pair {
	values := make([]map[string]gate.Pair, clusters)
	for i := range values {
		values[i] = map[string]gate.Pair{}
		for _, g := range gate.Guardrails() {
			values[i][g.Name] = pair(g.Name)
		}
	}
	return values
}

// play plays an entry with guardrails, whose values are given by cluster.
func play(terms gate.Terms, differences []float64, values []map[string]gate.Pair, how handling) bool {
	entry := must(gate.Open(terms))
	var watches []*gate.Watch
	if how != without {
		for _, g := range gate.Guardrails() {
			watches = append(watches, must(g.Watch(terms.Clusters)))
		}
	}
	for c, d := range differences {
		state := must(entry.Observe(d))
		for i, g := range gate.Guardrails()[:len(watches)] {
			must(watches[i].Observe([]gate.Pair{values[c][g.Name]}))
		}
		if entry.Futile() || slices.ContainsFunc(watches, (*gate.Watch).Futile) {
			return false
		}
		if state.Verdict == gate.Promoted {
			if !slices.ContainsFunc(watches, func(w *gate.Watch) bool { return w.Finding().Result != gate.Held }) {
				return true
			}
			if how == atOnce {
				return false
			}
		}
	}
	return false
}

// entryRow is how often entries of a candidate that gains are promoted.
type entryRow struct {
	candidate                string
	clusters                 int
	gain                     float64
	without, atOnce, settled share
}

func (b bench) entries() []entryRow {
	var out []entryRow
	for _, c := range []struct {
		name string
		pair manner
	}{{"identical in all four", identical}, {"harmless", harmless}, {"declines 20 points more often wrongly", careless}} {
		out = append(out, b.entry(c.name, c.pair, 30, 0.3), b.entry(c.name, c.pair, 45, 0.25), b.entry(c.name, c.pair, 60, 0.2), b.entry(c.name, c.pair, 100, 0.15))
	}
	return out
}

// manner draws a candidate's values by guardrail.
type manner func(r *rand.Rand) func(rail string) gate.Pair

// entry plays the same candidates with guardrails and without.
func (b bench) entry(name string, pair manner, clusters int, gain float64) entryRow {
	type found struct{ without, atOnce, settled bool }
	row := entryRow{candidate: name, clusters: clusters, gain: gain}
	row.without.of, row.atOnce.of, row.settled.of = b.histories, b.histories, b.histories
	terms := gate.Terms{Alpha: firstAlpha(), Clusters: clusters}
	for _, f := range each(b, fmt.Sprint("entry ", name, clusters), b.histories, func(r *rand.Rand) found {
		d := draws(r, gaining(gain, 3, false), clusters)
		values := drawn(pair(r), clusters)
		return found{play(terms, d, values, without), play(terms, d, values, atOnce), play(terms, d, values, goOn)}
	}) {
		row.without.hits += one(f.without)
		row.atOnce.hits += one(f.atOnce)
		row.settled.hits += one(f.settled)
	}
	return row
}
