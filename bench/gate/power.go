package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/honehq/hone/eval/gate"
)

// alphas returns what the ledger gives the k-th entry since a promotion.
func alphas(k int) float64 {
	var l gate.Ledger
	for {
		alpha := must(l.Open())
		if k--; k == 0 {
			return alpha
		}
		if err := l.Close(gate.Rejected); err != nil {
			panic(err)
		}
	}
}

func firstAlpha() float64 { return alphas(1) }

// powerRow is how often a candidate with a true gain is promoted.
type powerRow struct {
	even                     bool
	gain                     float64
	repeats, clusters, entry int
	alpha                    float64
	gate, mixture, tTest     share
	mean, holdout            share // without an account of errors
}

// holdout is how many clusters are in a fixed holdout, however many there are.
const holdout = 30

var powerEntries = []int{1, 5, 20}

func powerRows() []powerRow {
	var out []powerRow
	for _, even := range []bool{true, false} {
		for _, gain := range []float64{0.05, 0.10} {
			for _, repeats := range []int{1, 5} {
				for _, n := range []int{100, 200, 400} {
					for _, k := range powerEntries {
						out = append(out, powerRow{even: even, gain: gain, repeats: repeats, clusters: n, entry: k, alpha: alphas(k)})
					}
				}
			}
		}
	}
	return out
}

func (b bench) powers() []powerRow {
	out := powerRows()
	for i := range out {
		out[i] = b.power(out[i])
	}
	return out
}

func (b bench) power(row powerRow) powerRow {
	d := gaining(row.gain, row.repeats, row.even)
	type found struct{ gate, mixture, tTest, mean, holdout bool }
	all := each(b, fmt.Sprint("power ", row.even, row.gain, row.repeats, row.clusters, row.entry), b.histories, func(r *rand.Rand) found {
		differences := draws(r, d, row.clusters)
		return found{
			enter(gate.Terms{Alpha: row.alpha, Clusters: row.clusters}, differences) == gate.Promoted,
			mixture(row.alpha, differences),
			byTest{row.alpha, false}.promotes(differences),
			byMean{}.promotes(differences),
			byTest{0.05, false}.promotes(differences[:holdout]),
		}
	})
	for _, s := range []*share{&row.gate, &row.mixture, &row.tTest, &row.mean, &row.holdout} {
		s.of = b.histories
	}
	for _, f := range all {
		row.gate.hits += one(f.gate)
		row.mixture.hits += one(f.mixture)
		row.tTest.hits += one(f.tTest)
		row.mean.hits += one(f.mean)
		row.holdout.hits += one(f.holdout)
	}
	return row
}

func draws(r *rand.Rand, d draw, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = d(r)
	}
	return out
}

// forecastRow compares what is told before an entry, from the spread on dev,
// with what is true.
type forecastRow struct {
	clusters, questions, dev int
	gain                     float64
	truth                    share
	low, middle, high        float64 // deciles 1, 5 and 9 of what was told
}

// clustered is a candidate that does better on some documents and worse on
// others, on all their questions alike.
func clustered(gain float64, questions int) draw {
	return func(r *rand.Rand) float64 {
		swing, q, sum := 0.2*float64(2*r.IntN(2)-1), 0.3+0.3*r.Float64(), 0.0
		for range questions {
			sum += judged(r, q+swing+gain, 3) - judged(r, q, 3)
		}
		return sum / float64(questions)
	}
}

func (b bench) forecasts() []forecastRow {
	var out []forecastRow
	for _, row := range []forecastRow{
		{clusters: 60, questions: 1, dev: 20, gain: 0.2}, {clusters: 60, questions: 4, dev: 20, gain: 0.2},
		{clusters: 120, questions: 1, dev: 40, gain: 0.1}, {clusters: 120, questions: 4, dev: 40, gain: 0.1},
	} {
		terms := gate.Terms{Alpha: firstAlpha(), Clusters: row.clusters}
		name := fmt.Sprint("forecast ", row)
		d := clustered(row.gain, row.questions)
		row.truth = b.often(name, b.histories, func(r *rand.Rand) bool {
			return enter(terms, draws(r, d, row.clusters)) == gate.Promoted
		})
		told := each(b, name+" told", b.histories/10, func(r *rand.Rand) float64 {
			effect, err := gate.Empirical(draws(r, d, row.dev), row.gain*(sensitivity+specificity-1))
			if err != nil {
				return math.NaN()
			}
			return must(gate.Power(terms, effect, gate.Simulation{Histories: 200, Seed: r.Uint64()})).Probability
		})
		slices.Sort(told)
		row.low, row.middle, row.high = told[len(told)/10], told[len(told)/2], told[len(told)*9/10]
		out = append(out, row)
	}
	return out
}
