package gate_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/honehq/hone/eval/gate"
)

// twoPoint is a difference that is high with probability p, else low.
type twoPoint struct{ low, high, p float64 }

func (d twoPoint) mean() float64 { return d.p*d.high + (1-d.p)*d.low }

// walk visits every sequence of differences to the end. It checks at each node
// that the mean of E over the next difference is E times the mean's effect,
// and returns the exact probability that the entry promotes.
func (d twoPoint) walk(t *testing.T, terms gate.Terms, seen []float64) float64 {
	e, err := gate.Replay(terms, seen)
	if err != nil {
		t.Fatal(err)
	}
	now := e.State()
	if len(seen) == terms.Clusters {
		if now.Verdict == gate.Promoted {
			return 1
		}
		return 0
	}
	after := func(next float64) float64 {
		child, err := gate.Replay(terms, append(slices.Clip(seen), next))
		if err != nil {
			t.Fatal(err)
		}
		return child.State().E
	}
	expected := d.p*after(d.high) + (1-d.p)*after(d.low)
	tolerance := 1e-12 * now.E
	switch mean := d.mean() - terms.Bias; {
	case math.Abs(mean) < 1e-15 && math.Abs(expected-now.E) > tolerance:
		t.Fatalf("after %v: E = %v, next mean %v: not a martingale", seen, now.E, expected)
	case mean < 0 && expected > now.E+tolerance:
		t.Fatalf("after %v: E = %v, next mean %v: not a supermartingale", seen, now.E, expected)
	}
	promoted := 0.0
	for _, next := range []struct{ d, p float64 }{{d.high, d.p}, {d.low, 1 - d.p}} {
		promoted += next.p * d.walk(t, terms, append(slices.Clip(seen), next.d))
	}
	return promoted
}

// For nulls with two values every history can be counted, so these bounds are
// exact and no matter of luck.
func TestSupermartingaleExactly(t *testing.T) {
	nulls := []twoPoint{
		{-1, 1, 0.5},
		{-0.25, 0.25, 0.5},
		{-1, 0.25, 0.8},  // many small gains, some great losses
		{-0.25, 1, 0.2},  // the other way round
		{-0.5, 0.5, 0.4}, // worse
		{-1, 0, 0.9},     // never better
		{0, 0, 0.5},      // ties
	}
	for _, null := range nulls {
		for _, terms := range []gate.Terms{
			{Alpha: 0.3, Clusters: 11},
			{Alpha: 0.05, Clusters: 11},
			{Alpha: 0.008, Clusters: 11},
			{Alpha: 0.3, Clusters: 8, Bias: 0.25},
		} {
			t.Run(fmt.Sprint(null, terms), func(t *testing.T) {
				if p := null.walk(t, terms, nil); p > terms.Alpha {
					t.Errorf("promotes with probability %v, more than %v", p, terms.Alpha)
				}
			})
		}
	}
	// The walk can tell: a real gain must break the bound.
	better := twoPoint{-1, 1, 0.8}
	if p := better.walk(t, gate.Terms{Alpha: 0.05, Clusters: 11}, nil); p <= 0.05 {
		t.Errorf("a gain of 60 points is found with probability %v only", p)
	}
}
