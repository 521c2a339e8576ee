package gate

import "math"

// gamma returns γ(k), the share of the wealth that goes to the k-th entry
// since the last promotion, k ≥ 1: γ(k) ∝ 1/((k + 1) ln²(k + 1)), Σγ = 1. It
// falls about as slowly as a summable sequence can, so that late entries keep
// some power.
func gamma(k int) float64 { return gammaTerm(float64(k+gammaOffset)) / gammaSum }

// gammaOffset sets how the wealth is divided between early and late entries: a
// smaller one gives the first entry more. The claim holds with any. With 1, the
// smallest, the first entry gets about half of the budget (α = 0.0247) and the
// second a quarter of that; with 3 it would be 0.0082 and 0.0049. Most agents have
// some tens to hundreds of clusters, where 0.0082 misses what 0.0247 finds; and
// after a promotion the next entry is a first one again. Certificates rest on it.
const gammaOffset = 1

func gammaTerm(x float64) float64 {
	l := math.Log(x)
	return 1 / (x * l * l)
}

// gammaSum is Σ f(m) over m ≥ 2 for f(m) = 1/(m ln² m), 2.10974280123....
// The sum converges so slowly that a thousand terms still leave out 0.14; the
// tail comes from the Euler-Maclaurin formula, whose integral is exact here:
//
//	Σ_{m≥M} f(m) = ∫_M^∞ f + f(M)/2 - f′(M)/12 + …,  ∫_M^∞ f = 1/ln M
//
// At M = 1000 the next term, with the third derivative, is below 1e-15.
var gammaSum = func() float64 {
	const from, tail = 1 + gammaOffset, 1000.0
	l := math.Log(tail)
	slope := -gammaTerm(tail) / tail * (1 + 2/l)
	sum := 1/l + gammaTerm(tail)/2 - slope/12
	for m := tail - 1; m >= from; m-- { // small terms first
		sum += gammaTerm(m)
	}
	return sum
}()
