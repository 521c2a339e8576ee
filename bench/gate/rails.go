package main

import (
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

// candidates for the guardrails, one metric at a time.
var railCandidates = []struct {
	name   string
	null   bool // worse by the margin: to be held as seldom as GuardError
	shares bool
	draw   metric
}{
	{"at the margin, losses only", true, true, func(r *rand.Rand, m float64) gate.Pair { return flips(m, 0)(r, m) }},
	{"at the margin, 5 % better too", true, true, func(r *rand.Rand, m float64) gate.Pair { return flips(m+0.05, 0.05)(r, m) }},
	{"at the margin, small losses", true, true, func(r *rand.Rand, m float64) gate.Pair {
		return gate.Pair{Champion: 1, Candidate: 1 - 2*m*bernoulli(r, 0.5)}
	}},
	{"identical", false, true, flips(0, 0)},
	{"harmless, 2 % change either way", false, true, flips(0.02, 0.02)},
	{"harmless, 5 % change either way", false, true, flips(0.05, 0.05)},
	{"a little better, 10 % up, 5 % down", false, true, flips(0.05, 0.10)},
	{"twice the time, spread 0.3", true, false, times(2, 0.3)},
	{"twice the time, spread 1", true, false, times(2, 1)},
	{"same time, spread 0.3", false, false, times(1, 0.3)},
	{"same time, spread 1", false, false, times(1, 1)},
	{"half more, spread 0.3", false, false, times(1.5, 0.3)},
}

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
			g := gate.Guardrail{Name: "refusal", Margin: 0.05}
			if !c.shares {
				g = gate.Guardrail{Name: "latency", LowerBetter: true, Relative: true, Margin: 1}
			}
			margin := must(g.Watch(n)).Finding().Allowed
			row := railRow{candidate: c.name, null: c.null, shares: c.shares, clusters: n, margin: margin}
			type passed struct{ bets, boot, tTest bool }
			found := each(b, fmt.Sprint("rail ", c.name, n), b.histories, func(r *rand.Rand) passed {
				watch := must(g.Watch(n))
				var spare []float64
				for range n {
					p := c.draw(r, margin)
					f := must(watch.Observe([]gate.Pair{p}))
					spare = append(spare, margin-*f.Differences[len(f.Differences)-1])
				}
				return passed{watch.Finding().Result == gate.Held, bootstrapped(spare, r.Uint64()), byTest{gate.GuardError, false}.promotes(spare)}
			})
			row.bets, row.boot, row.tTests = share{of: b.histories}, share{of: b.histories}, share{of: b.histories}
			for _, p := range found {
				row.bets.hits += one(p.bets)
				row.boot.hits += one(p.boot)
				row.tTests.hits += one(p.tTest)
			}
			out = append(out, row)
		}
	}
	return out
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

// play plays an entry with guardrails.
func play(terms gate.Terms, differences []float64, pair func(rail string) gate.Pair, how handling) bool {
	entry := must(gate.Open(terms))
	var watches []*gate.Watch
	if how != without {
		for _, g := range gate.Guardrails() {
			watches = append(watches, must(g.Watch(terms.Clusters)))
		}
	}
	for _, d := range differences {
		state := must(entry.Observe(d))
		for i, g := range gate.Guardrails()[:len(watches)] {
			must(watches[i].Observe([]gate.Pair{pair(g.Name)}))
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
		pair func(*rand.Rand) func(string) gate.Pair
	}{{"identical in all four", identical}, {"harmless", harmless}, {"declines 20 points more often wrongly", careless}} {
		for _, n := range []struct {
			clusters int
			gain     float64
		}{{30, 0.3}, {45, 0.25}, {60, 0.2}, {100, 0.15}} {
			row := entryRow{candidate: c.name, clusters: n.clusters, gain: n.gain}
			for how, into := range map[handling]*share{without: &row.without, atOnce: &row.atOnce, goOn: &row.settled} {
				// The same name, and so the same candidates, each time.
				*into = b.often(fmt.Sprint("entry ", c.name, n), b.histories, func(r *rand.Rand) bool {
					d := make([]float64, n.clusters)
					for i := range d {
						d[i] = gaining(n.gain, 3, false)(r)
					}
					return play(gate.Terms{Alpha: firstAlpha(), Clusters: n.clusters}, d, c.pair(r), how)
				})
			}
			out = append(out, row)
		}
	}
	return out
}
