package gate

import "math"

const (
	// futilityFrom is how many clusters are seen before anything is given up.
	futilityFrom = 8
	// hope is how many standard errors above what was seen the rest is assumed
	// to be, and luck how many standard deviations above that it may come out.
	// Together they give up what has a chance of about one in a hundred under
	// an effect that is itself as good as the data allow.
	hope, luck = 2.0, 2.0
)

// Futile reports whether an entry that is still open has almost no chance left
// to promote: whether the conditional power is below about 2 % even if the gain
// is two standard errors above the mean seen so far. To give up only loses
// power, never validity: an entry that ends early spends its α and promotes
// nothing. What it loses is measured in docs/gate.md.
func (e *Entry) Futile() bool {
	return !e.State().Decided() && e.wealth.futile(e.terms.Alpha, e.terms.Clusters)
}

// futile compares what the bets still need with what the rest could bring. The
// bet of S reaches its target A in the m steps left if they add up to about
// √(2 m v ln A), v being the mean square: then λΣx - λ²mv/2 = ln A for the λ that
// bet gives. What m steps could bring is m (μ + hope se) + luck s √m, μ and s
// being mean and deviation of what was seen, with one full win thrown in, so
// that a row of ties says little while it is short.
func (w *wealth) futile(alpha float64, n int) bool {
	left := float64(n - w.seen)
	e := w.e()
	if e >= 1/alpha {
		return false
	}
	if left == 0 || math.Log(e)+left*math.Ln2 < -math.Log(alpha) {
		return true // no bet more than doubles
	}
	if w.seen < futilityFrom {
		return false
	}
	logA := math.Log((1/alpha-fixedShare*w.mean)/(1-fixedShare)) - w.logTarget
	if logA <= 0 {
		return false
	}
	t := float64(w.seen + 1)
	mean := (w.total + 1) / t
	variance := max((w.squares+1)/t-mean*mean, 0)
	needed := math.Sqrt(2 * left * (1.25 + w.squares) / (t + 4) * logA)
	return left*(mean+hope*math.Sqrt(variance/t))+luck*math.Sqrt(variance*left) < needed
}
