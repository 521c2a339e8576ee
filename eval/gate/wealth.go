package gate

import "math"

// fixedShare is the part of an entry's stake on the fixed bets, M; the rest is
// on the bet that aims at the target, S.
const fixedShare = 0.1

// fixedBets are the λ of M: the midpoints of 64 equal parts of (0, 1).
var fixedBets = func() (bets [64]float64) {
	for k := range bets {
		bets[k] = (float64(k) + 0.5) / float64(len(bets))
	}
	return bets
}()

// wealth is what 1 has become by betting on differences x in [-1, 1].
//
// Each factor 1 + λx has a λ in [0, 0.999] that depends on the past alone, so
// it is never negative and, where the mean of x given the past is at most 0,
// its mean is at most 1. So E is a nonnegative supermartingale that starts at
// 1, and by Ville's inequality reaches 1/α at any time with probability at
// most α.
type wealth struct {
	fixed     [len(fixedBets)]float64 // Π(1 + λx) per fixed λ
	mean      float64                 // M, the mean of fixed
	logTarget float64                 // ln S
	squares   float64                 // Σx²
	total     float64                 // Σx
	seen      int
}

func newWealth() wealth {
	w := wealth{mean: 1}
	for k := range w.fixed {
		w.fixed[k] = 1
	}
	return w
}

// e returns E = 0.1 M + 0.9 S, always finite.
func (w *wealth) e() float64 {
	return fixedShare*w.mean + (1-fixedShare)*math.Exp(w.logTarget)
}

// bet returns the λ of S for the next of n differences: what makes S grow by
// the factor A that is missing to E = 1/α in the n - seen steps left, if x has
// the variance seen so far. These are target-recalculating bets (after
// V. Voráček and F. Orabona, arXiv:2505.22422):
//
//	A = (1/α - 0.1 M) / (0.9 S)
//	v = (1.25 + Σx²) / (t + 4), before the t-th difference
//	λ = min(0.999, √(2 ln A / ((n - t + 1) v))), and 0 if A ≤ 1
func (w *wealth) bet(alpha float64, n int) float64 {
	missing := 1/alpha - fixedShare*w.mean
	if missing <= 0 {
		return 0
	}
	logA := math.Log(missing/(1-fixedShare)) - w.logTarget
	if logA <= 0 {
		return 0
	}
	t := float64(w.seen + 1)
	variance := (1.25 + w.squares) / (t + 4)
	return min(0.999, math.Sqrt(2*logA/((float64(n)-t+1)*variance)))
}

// take settles the bets on x, λ being the bet of S.
func (w *wealth) take(x, bet float64) {
	var sum float64
	for k, b := range fixedBets {
		w.fixed[k] = bounded(w.fixed[k] * (1 + b*x))
		sum += w.fixed[k]
	}
	w.mean = sum / float64(len(w.fixed))
	w.logTarget += math.Log1p(bet * x)
	w.squares += x * x
	w.total += x
	w.seen++
}

// bounded keeps products in the range where floating point is exact to its
// last digits. Both ends only lower E: a tiny wealth is given up, and a huge
// one, by far beyond any 1/α, stops growing.
func bounded(w float64) float64 {
	if w < 1e-280 {
		return 0
	}
	return min(w, 1e280)
}
