package calibrate

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
)

// simulated is a history of labels: a person who is right, and a judge who sees
// 92 of 100 facts of a champion's answer and errs on 12 that are not there, and
// is more lenient with a candidate's by some points. It returns the labels with
// the judge's grades, and by how much the judge favours candidates in truth.
func simulated(random *rand.Rand, clusters int, lenient float64) []graded {
	var out []graded
	for k := range clusters {
		c := eval.Case{ID: fmt.Sprint(k), Question: "What is it?", Nuggets: []eval.Nugget{
			{Text: "alpha", Vital: true, AnyOf: []string{"alpha"}}, {Text: "beta", Vital: true, AnyOf: []string{"beta"}}, {Text: "gamma", Vital: true, AnyOf: []string{"gamma"}},
		}}
		hard := random.Float64() // facts of a case are alike, as are a judge's troubles with it
		for _, arm := range []Arm{Champion, Candidate} {
			human, judge := map[string]bool{}, map[string]bool{}
			for _, f := range c.Facts() {
				human[f.ID] = random.Float64() < 0.4+0.6*hard
				chance := 0.12
				if human[f.ID] {
					chance = 0.92
				}
				if arm == Candidate {
					chance += lenient
				}
				judge[f.ID] = random.Float64() < chance
			}
			a := agent.Answer{Status: agent.Answered, Answer: "Some words. [1]", Citations: []agent.Citation{{N: 1, Path: "a.md", Quote: "words"}}}
			out = append(out, graded{
				Item:   Item{ID: fmt.Sprint(k, arm), Arm: arm, Case: c, Cluster: c.ID, Answer: a, Label: &Label{Facts: human}},
				grades: []eval.Grade{eval.GradeFacts(c, a, judge)},
			})
		}
	}
	return out
}

// The bias that the gate subtracts is too small in at most one of twenty
// calibrations, also with few labels and whichever way the judge leans.
func TestBiasCovers(t *testing.T) {
	for _, tc := range []struct {
		clusters  int
		lenient   float64
		histories int
	}{{40, 0, 400}, {40, 0.03, 400}, {40, 0.08, 400}, {150, 0.03, 100}} {
		random := rand.New(rand.NewPCG(11, uint64(tc.clusters)))
		var true_ float64 // over so many clusters that it is one
		for _, v := range favours(simulated(random, 4000, tc.lenient)) {
			true_ += v / 4000
		}
		missed, sum := 0, 0.0
		for h := range tc.histories {
			bias, err := biasOf(favours(simulated(random, tc.clusters, tc.lenient)), uint64(h))
			if err != nil {
				t.Fatal(err)
			}
			if bias.High < true_ {
				missed++
			}
			sum += bias.High / float64(tc.histories)
		}
		t.Logf("%d clusters, lenient by %v: true bias %+.3f, limit %.3f on average, too small %d times of %d", tc.clusters, tc.lenient, true_, sum, missed, tc.histories)
		if missed > tc.histories/20 {
			t.Errorf("%d clusters, lenient by %v: the limit was too small %d times of %d", tc.clusters, tc.lenient, missed, tc.histories)
		}
	}
}

// A judge that is the same, however much it contradicts itself, is said to have
// drifted hardly ever; one that decides otherwise is found out.
func TestDriftIsFound(t *testing.T) {
	look := func(random *rand.Rand, noise, changed float64) float64 {
		var test flips
		for range MaxAnchors {
			var gradings [][]bool
			truth := [2]bool{random.Float64() < 0.6, random.Float64() < 0.6}
			for range Gradings {
				gradings = append(gradings, decide(random, truth, noise))
			}
			if random.Float64() < changed {
				truth[0] = !truth[0]
			}
			test.add(gradings, decide(random, truth, noise))
		}
		return test.p()
	}
	for _, noise := range []float64{0, 0.05, 0.2, 0.5} {
		random := rand.New(rand.NewPCG(5, 6))
		low := 0
		for range 2000 {
			if look(random, noise, 0) <= 0.05 {
				low++
			}
		}
		t.Logf("noise %v: p at most 0.05 in %d of 2000 looks at the same judge", noise, low)
		if low > 2000/20+30 {
			t.Errorf("noise %v: p at most 0.05 in %d of 2000 looks at the same judge", noise, low)
		}
	}
	random := rand.New(rand.NewPCG(7, 8))
	for _, tc := range []struct{ noise, changed, want float64 }{{0, 0.25, 0.9}, {0.05, 0.4, 0.8}} {
		found := 0
		for range 500 {
			if look(random, tc.noise, tc.changed) <= driftLevel {
				found++
			}
		}
		t.Logf("noise %v, %v of the answers changed: found in %d of 500", tc.noise, tc.changed, found)
		if float64(found) < 500*tc.want {
			t.Errorf("noise %v, %v of the answers changed: found in %d of 500", tc.noise, tc.changed, found)
		}
	}
}

func decide(random *rand.Rand, truth [2]bool, noise float64) []bool {
	out := truth[:]
	decided := []bool{out[0], out[1]}
	for i := range decided {
		if random.Float64() < noise {
			decided[i] = !decided[i]
		}
	}
	return decided
}

// Words for people name figures, and no case.
func TestDoubt(t *testing.T) {
	for want, c := range map[string]Calibration{
		"in 3 clusters":  {Clusters: 3},
		"in 50 clusters": {Clusters: 50},
	} {
		if got := c.Doubt(); !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
}
