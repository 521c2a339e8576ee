package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// bettor is another test by betting: E = share M + (1 - share) S, with bets of S
// of its own. Each is valid by the same argument: a bet depends on the past.
type bettor struct {
	name string
	// share of the fixed mixture.
	share float64
	// bet from: what S must still grow by, the steps left, and the mean square.
	bet func(missing float64, left int, square float64) float64
	// weight of the square assumed beforehand, in clusters; from dev if fromDev.
	weight  float64
	fromDev bool
	// lottery: what is left at the end buys a chance of α E (see document).
	lottery bool
}

// target is the bet of the gate.
func target(missing float64, left int, square float64) float64 {
	return min(0.999, math.Sqrt(2*math.Log(missing)/(float64(left)*square)))
}

// hedge is the bet that a normal walk's most powerful test at its last step
// makes at each step before: its wealth is the chance to end above the critical
// value. It aims above the target by a tenth, since steps are no walk.
func hedge(missing float64, left int, square float64) float64 {
	p := 1 / (1.1 * missing)
	z := distuv.UnitNormal.Quantile(p)
	return min(0.999, distuv.UnitNormal.Prob(z)/p/math.Sqrt(float64(left)*square))
}

var bettors = []bettor{
	{name: "the gate: 0.1 M + 0.9 S", share: 0.1, bet: target, weight: 5},
	{name: "S alone", bet: target, weight: 5},
	{name: "0.3 M + 0.7 S", share: 0.3, bet: target, weight: 5},
	{name: "variance from dev", share: 0.1, bet: target, weight: 5, fromDev: true},
	{name: "bets of the most powerful normal test", bet: hedge, weight: 5},
	{name: "the same, variance from dev", bet: hedge, weight: 10, fromDev: true},
	{name: "half one, half the other", bet: func(m float64, l int, s float64) float64 { return (target(m, l, s) + hedge(m, l, s)) / 2 }, weight: 5},
	{name: "the gate, and a lottery at the end", share: 0.1, bet: target, weight: 5, lottery: true},
}

// promotes plays one entry; dev is the mean square of differences on dev.
func (t bettor) promotes(alpha float64, differences []float64, dev float64, r *rand.Rand) bool {
	promoted, _ := t.play(alpha, differences, dev, r)
	return promoted
}

// play also returns how many clusters were used.
func (t bettor) play(alpha float64, differences []float64, dev float64, r *rand.Rand) (promoted bool, used int) {
	var fixed [64]float64
	for k := range fixed {
		fixed[k] = 1
	}
	m, s, squares := 1.0, 1.0, 0.25*t.weight
	if t.fromDev {
		squares = dev * t.weight
	}
	for i, d := range differences {
		bet := 0.0
		if missing := (1/alpha - t.share*m) / ((1 - t.share) * s); missing > 1 {
			bet = t.bet(missing, len(differences)-i, squares/(t.weight+float64(i)))
		}
		m = 0
		for k := range fixed {
			fixed[k] *= 1 + (float64(k)+0.5)/64*d
			m += fixed[k] / 64
		}
		s *= 1 + bet*d
		squares += d * d
		if t.share*m+(1-t.share)*s >= 1/alpha {
			return true, i + 1
		}
	}
	return t.lottery && r.Float64() < alpha*(t.share*m+(1-t.share)*s), len(differences)
}

// sooner returns how many of 400 clusters the gate and S alone use in the mean
// to find a gain of 20 points.
func (b bench) sooner() (gate, alone float64) {
	d := gaining(0.2, 5, true)
	for _, used := range each(b, "sooner", b.histories, func(r *rand.Rand) [2]int {
		differences := draws(r, d, 400)
		_, x := bettors[0].play(firstAlpha(), differences, 0, r)
		_, y := bettors[1].play(firstAlpha(), differences, 0, r)
		return [2]int{x, y}
	}) {
		gate += float64(used[0]) / float64(b.histories)
		alone += float64(used[1]) / float64(b.histories)
	}
	return gate, alone
}

// triedRow is the power of each test, and how often it promotes without a gain.
type triedRow struct {
	candidate string
	clusters  int
	entry     int
	null      bool
	power     []share // in the order of bettors
}

// tests are the candidates and sizes on which tests are compared.
func tests() []triedRow {
	var out []triedRow
	for _, size := range []struct{ clusters, entry int }{{40, 1}, {100, 1}, {200, 1}, {100, 5}} {
		for _, c := range triedCandidates {
			out = append(out, triedRow{candidate: c.name, clusters: size.clusters, entry: size.entry, null: c.null})
		}
	}
	return out
}

var triedCandidates = []struct {
	name string
	null bool
	draw draw
}{
	{"no gain, 20 % change", true, threePoint(0, 0.2)},
	{"+5 points, r = 5", false, gaining(0.05, 5, false)},
	{"+10 points, r = 5", false, gaining(0.1, 5, false)},
	{"+10 points, r = 1", false, gaining(0.1, 1, false)},
	{"+20 points, 40 % change", false, threePoint(0.2, 0.4)},
	{"+15 points, 15 % change", false, threePoint(0.15, 0.15)},
}

func (b bench) others() []triedRow {
	out := tests()
	for i := range out {
		row := &out[i]
		c := triedCandidates[i%len(triedCandidates)]
		alpha := alphas(row.entry)
		found := each(b, fmt.Sprint("tried ", row.candidate, row.clusters, row.entry), b.histories, func(r *rand.Rand) []bool {
			dev := 0.0
			for range 20 {
				d := c.draw(r)
				dev += d * d / 20
			}
			differences := draws(r, c.draw, row.clusters)
			hits := make([]bool, len(bettors))
			for k, t := range bettors {
				hits[k] = t.promotes(alpha, differences, max(dev, 0.01), r)
			}
			return hits
		})
		row.power = make([]share, len(bettors))
		for k := range bettors {
			row.power[k].of = b.histories
			for _, hits := range found {
				row.power[k].hits += one(hits[k])
			}
		}
	}
	return out
}
