package gate_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/honehq/hone/eval/gate"
	"github.com/honehq/hone/eval/stats"
)

// mustNotExceed fails where so many of trials cannot be luck if the true share
// is at most limit: the lower end of a 99.8 % Clopper-Pearson interval, so one
// check in a thousand would fail by chance under another seed.
func mustNotExceed(t *testing.T, what string, hits, trials int, limit float64) {
	t.Helper()
	low, high, err := stats.ClopperPearson(hits, trials, 0.998)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d of %d, %.4f (%.4f to %.4f), limit %v", what, hits, trials, float64(hits)/float64(trials), low, high, limit)
	if low > limit {
		t.Errorf("%s: more than %v", what, limit)
	}
}

// judged draws what an imperfect judge makes of repeated answers: an answer is
// right with the given quality; the judge passes a right one with probability
// 0.92 and a wrong one with 0.12.
func judged(r *rand.Rand, quality float64, repeats int) float64 {
	passed := 0
	for range repeats {
		pass := 0.12
		if r.Float64() < quality {
			pass = 0.92
		}
		if r.Float64() < pass {
			passed++
		}
	}
	return float64(passed) / float64(repeats)
}

// uneven draws a question's quality: 0.7 in the mean, from a beta distribution
// with parameters 2.1 and 0.9 by Jöhnk's rejection.
func uneven(r *rand.Rand) float64 {
	for {
		x, y := math.Pow(r.Float64(), 1/2.1), math.Pow(r.Float64(), 1/0.9)
		if x+y <= 1 && x+y > 0 {
			return x / (x + y)
		}
	}
}

// nulls are candidates that are no better, each drawn as one cluster's d.
var nulls = map[string]func(r *rand.Rand) float64{
	"fair coin": func(r *rand.Rand) float64 { return float64(2*r.IntN(2) - 1) },
	"few changes": func(r *rand.Rand) float64 {
		switch r.IntN(20) {
		case 0:
			return 1
		case 1:
			return -1
		}
		return 0
	},
	"many small gains": func(r *rand.Rand) float64 {
		if r.IntN(11) == 0 {
			return -1
		}
		return 0.1
	},
	"few great gains": func(r *rand.Rand) float64 {
		if r.IntN(11) == 0 {
			return 1
		}
		return -0.1
	},
	"uniform":         func(r *rand.Rand) float64 { return 2*r.Float64() - 1 },
	"a little worse":  func(r *rand.Rand) float64 { return 0.99*(2*r.Float64()-1) - 0.01 },
	"judged once":     func(r *rand.Rand) float64 { return judged(r, 0.7, 1) - judged(r, 0.7, 1) },
	"judged 5 times":  func(r *rand.Rand) float64 { return judged(r, 0.7, 5) - judged(r, 0.7, 5) },
	"uneven, 5 times": func(r *rand.Rand) float64 { q := uneven(r); return judged(r, q, 5) - judged(r, q, 5) },
	"4 questions about the same documents": func(r *rand.Rand) float64 {
		return mean(clusterOf(r, 4))
	},
}

// clusterOf draws the differences of questions about the same documents: what
// the candidate changes there, it changes for nearly all of them. Mean 0.
func clusterOf(r *rand.Rand, questions int) []float64 {
	shift := 0.25 * float64(2*r.IntN(2)-1)
	all := make([]float64, questions)
	for i := range all {
		all[i] = judged(r, 0.5+shift, 3) - judged(r, 0.5, 3)
	}
	return all
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// An entry looks at its e-value after every cluster and stops at the best
// moment; even so a candidate that is no better passes with probability α.
func TestNullIsPromotedAtMostAlpha(t *testing.T) {
	const entries = 2000
	for name, draw := range nulls {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(11, 12))
			for _, terms := range []gate.Terms{{Alpha: 0.05, Clusters: 100}, {Alpha: 0.0082, Clusters: 40}} {
				promoted := 0
				for range entries {
					if run(t, terms, func() float64 { return draw(random) }) == gate.Promoted {
						promoted++
					}
				}
				mustNotExceed(t, name, promoted, entries, terms.Alpha)
			}
		})
	}
}

func run(t *testing.T, terms gate.Terms, draw func() float64) gate.Verdict {
	t.Helper()
	e := open(t, terms)
	for !e.State().Decided() {
		if _, err := e.Observe(draw()); err != nil {
			t.Fatal(err)
		}
	}
	return e.State().Verdict
}

// Why a bet is on a cluster: with questions that rise and fall together,
// betting on each would promote far too often. This also shows that the
// simulations above would notice.
func TestBettingPerQuestionWouldBeWrong(t *testing.T) {
	const entries, clusters, questions = 1000, 30, 10
	random := rand.New(rand.NewPCG(13, 14))
	perCluster, perQuestion := 0, 0
	for range entries {
		var means, all []float64
		for range clusters {
			one := clusterOf(random, questions)
			means, all = append(means, mean(one)), append(all, one...)
		}
		if promotes(t, 0.05, means) {
			perCluster++
		}
		if promotes(t, 0.05, all) {
			perQuestion++
		}
	}
	mustNotExceed(t, "per cluster", perCluster, entries, 0.05)
	low, _, err := stats.ClopperPearson(perQuestion, entries, 0.998)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("per question: %d of %d", perQuestion, entries)
	if low <= 0.05 {
		t.Errorf("per question: %d of %d promoted; this simulation cannot tell right from wrong", perQuestion, entries)
	}
}

func promotes(t *testing.T, alpha float64, differences []float64) bool {
	t.Helper()
	e, err := gate.Replay(gate.Terms{Alpha: alpha, Clusters: len(differences)}, differences)
	if err != nil {
		t.Fatal(err)
	}
	return e.State().Verdict == gate.Promoted
}

// A judge that favours candidates by as much as the terms allow for.
func TestNullWithABiasedJudge(t *testing.T) {
	const entries, favour = 2000, 0.03
	random := rand.New(rand.NewPCG(15, 16))
	draw := func() float64 {
		// The factor leaves room for the favour, so that nothing is cut off.
		return 0.97*(judged(random, 0.7, 5)-judged(random, 0.7, 5)) + favour
	}
	allowed, ignored := 0, 0
	for range entries {
		if run(t, gate.Terms{Alpha: 0.05, Clusters: 200, Bias: favour}, draw) == gate.Promoted {
			allowed++
		}
		if run(t, gate.Terms{Alpha: 0.05, Clusters: 200}, draw) == gate.Promoted {
			ignored++
		}
	}
	mustNotExceed(t, "bias allowed for", allowed, entries, 0.05)
	t.Logf("bias ignored: %d of %d", ignored, entries)
	if ignored < entries/10 {
		t.Errorf("bias ignored: only %d of %d promoted; this simulation cannot tell right from wrong", ignored, entries)
	}
}
