package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// orders is over how many orders of the values the bet is averaged: the limit
// depends less on the luck of one, and an average of e-values is one.
const orders = 16

// UpperLimit returns a limit that the mean of independent values in [low, high]
// exceeds with a probability of at most alpha, however few they are and however
// they are distributed; seeing nothing go wrong does not make it 0. The price
// is that about (high-low) ln(1/alpha)/(2n) is always added.
//
// A mean m is refused if a gambler who bets that it is lower would have
// multiplied the stake by 1/alpha: the product over i of 1 - λ_i (x_i - m), x
// scaled to [0, 1], λ_i = min(√(2 ln(1/alpha) / (v_i n)), 0.99/(1 - m)), v_i
// the variance of the values before i with one imagined at 1/4 (the predictable
// plug-in of I. Waudby-Smith and A. Ramdas, "Estimating means of bounded random
// variables by betting", J. R. Stat. Soc. B 86 (2024), 1-27, arXiv:2010.09686),
// averaged over some orders of the values, drawn by seed.
func UpperLimit(values []float64, low, high, alpha float64, seed uint64) (float64, error) {
	if len(values) == 0 || !(low < high) || !(alpha > 0 && alpha < 1) {
		return 0, fmt.Errorf("limit of %d values in [%v, %v] at %v: out of range", len(values), low, high, alpha)
	}
	scaled := make([]float64, len(values))
	for i, v := range values {
		if !(v >= low && v <= high) {
			return 0, fmt.Errorf("limit: value %d is %v, not in [%v, %v]", i, v, low, high)
		}
		scaled[i] = (v - low) / (high - low)
	}
	random := rand.New(rand.NewPCG(seed, 0x6c696d6974))
	var bets [orders][]bet
	for k := range bets {
		random.Shuffle(len(scaled), func(i, j int) { scaled[i], scaled[j] = scaled[j], scaled[i] })
		bets[k] = betsOn(scaled, alpha)
	}
	// The stake grows with m, so the refused means are those above the limit.
	from, to := 0.0, 1.0
	for range 50 {
		m := (from + to) / 2
		sum := 0.0
		for _, b := range bets {
			sum += stake(b, m)
		}
		if sum/orders >= 1/alpha {
			to = m
		} else {
			from = m
		}
	}
	return low + to*(high-low), nil
}

// LowerLimit is the same from below.
func LowerLimit(values []float64, low, high, alpha float64, seed uint64) (float64, error) {
	negative := make([]float64, len(values))
	for i, v := range values {
		negative[i] = -v
	}
	limit, err := UpperLimit(negative, -high, -low, alpha, seed)
	return -limit, err
}

// bet is a value with what is staked on it, unless m limits that.
type bet struct{ value, lambda float64 }

func betsOn(values []float64, alpha float64) []bet {
	out := make([]bet, len(values))
	sum, squares := 0.5, 0.25
	for i, x := range values {
		v := squares / float64(i+1)
		out[i] = bet{x, math.Sqrt(2 * math.Log(1/alpha) / (v * float64(len(values))))}
		sum += x
		mean := sum / float64(i+2)
		squares += (x - mean) * (x - mean)
	}
	return out
}

func stake(bets []bet, m float64) float64 {
	product := 1.0
	for _, b := range bets {
		product *= 1 - min(b.lambda, 0.99/max(1-m, 1e-9))*(b.value-m)
	}
	return product
}
