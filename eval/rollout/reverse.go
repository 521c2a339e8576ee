package rollout

import (
	"fmt"
	"slices"

	"github.com/honehq/hone/eval/gate"
)

// Alpha bounds the chance that a rollout puts the old prompt back although the
// new one is not worse. It is shared between two tests, of grades and of
// trouble, whose errors add up to it.
const (
	Alpha        = 0.05
	gradesAlpha  = 0.04
	troubleAlpha = 0.01
)

// reverse is the test of grades: it bets, pair by pair, that the old prompt
// scores higher.
//
// Let d be the old thread's score minus the new one's, in [-1, 1], in the order
// of the pairs. If the new prompt is not worse, the mean of each d given the
// past is at most 0. A bettor who never stakes more than he has, and whose stakes
// depend on the past alone, then owns a nonnegative supermartingale, and by
// Ville's inequality it ever reaches 1/α from 1 with probability at most α, no
// matter how often one looks or when one stops (J. Ville, 1939; G. Shafer,
// arXiv:1903.06991; bets on bounded means: I. Waudby-Smith and A. Ramdas,
// arXiv:2010.09686). The bets are those of package gate.
func reverse(r Rollout, pairs []Pair) (*gate.Entry, error) {
	var differences []float64
	for _, p := range pairs {
		differences = append(differences, p.Difference)
	}
	entry, err := gate.Replay(gate.Terms{Alpha: gradesAlpha, Clusters: r.Horizon}, differences)
	if err != nil {
		return nil, fmt.Errorf("trial %s: %w", r.ID, err)
	}
	return entry, nil
}

// convinced tells whether a test has decided for the old prompt, whatever came
// after.
func convinced(e *gate.Entry) bool { return e.State().Verdict == gate.Promoted }

// The emergency rule. A thread is in trouble if its first run fails, is
// degraded, or takes slowFactor times as long as was usual before the rollout,
// and more than slowSeconds. The rule bets that the new prompt's threads are in
// trouble more often than the old one's, by more than troubleMargin: on
// (d - margin)/(1 + margin), d being 1, 0 or -1. That mean is at most 0 unless
// the difference is larger, so the argument above holds with troubleAlpha. It
// needs no judge and no sample: with nothing but failures it takes some ten
// pairs.
const (
	troublePairs  = 100
	troubleMargin = 0.1
	slowFactor    = 3
	slowSeconds   = 2.0
	usualRuns     = 50 // the median of so many says what is usual
	usualFewest   = 5  // with fewer, no run is slow
)

// trouble is the test of trouble.
func trouble(differences []float64) (*gate.Entry, error) {
	return gate.Replay(gate.Terms{Alpha: troubleAlpha, Clusters: troublePairs, Bias: troubleMargin}, differences)
}

// slow is from how many seconds on an answer is slow; 0 if nobody knows.
func slow(usual []float64) float64 {
	if len(usual) < usualFewest {
		return 0
	}
	sorted := slices.Sorted(slices.Values(usual))
	return max(slowFactor*sorted[len(sorted)/2], slowSeconds)
}
