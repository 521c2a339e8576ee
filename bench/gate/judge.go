package main

import (
	"math"
	"math/rand/v2"
)

// The judge passes a right answer with probability sensitivity and a wrong one
// with 1 - specificity.
const (
	sensitivity = 0.92
	specificity = 0.88
)

// judged is the mean score of repeated answers, each right with the given
// quality.
func judged(r *rand.Rand, quality float64, repeats int) float64 {
	pass := quality*sensitivity + (1-quality)*(1-specificity)
	n := 0
	for range repeats {
		if r.Float64() < pass {
			n++
		}
	}
	return float64(n) / float64(repeats)
}

// uneven draws a question's quality: some are hard, some easy, 0.7 in the mean;
// a beta distribution with parameters 2.1 and 0.9 by Jöhnk's rejection.
func uneven(r *rand.Rand) float64 {
	for {
		x, y := math.Pow(r.Float64(), 1/2.1), math.Pow(r.Float64(), 1/0.9)
		if x+y <= 1 && x+y > 0 {
			return x / (x + y)
		}
	}
}

// draw is one cluster's difference.
type draw func(r *rand.Rand) float64

// gaining is a candidate better by gain in quality, on questions of quality 0.7
// each, or uneven ones; the more room a question has, the more it gains.
func gaining(gain float64, repeats int, even bool) draw {
	return func(r *rand.Rand) float64 {
		q := 0.7
		if !even {
			q = uneven(r)
		}
		return judged(r, q+gain*(1-q)/0.3, repeats) - judged(r, q, repeats)
	}
}

// threePoint differs in a share of clusters, by 1 either way.
func threePoint(gain, changed float64) draw {
	return func(r *rand.Rand) float64 {
		switch u := r.Float64(); {
		case u < (changed+gain)/2:
			return 1
		case u < changed:
			return -1
		}
		return 0
	}
}

func bernoulli(r *rand.Rand, p float64) float64 {
	if r.Float64() < p {
		return 1
	}
	return 0
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
