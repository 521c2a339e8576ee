package gate_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/eval/gate"
)

// pairs draws n cases, two to a cluster.
func pairs(n int, draw func(i int) (champion, candidate float64)) []gate.Pair {
	all := make([]gate.Pair, n)
	for i := range all {
		champion, candidate := draw(i)
		all[i] = gate.Pair{Cluster: fmt.Sprint(i / 2), Champion: champion, Candidate: candidate}
	}
	return all
}

func TestGuardrails(t *testing.T) {
	random := rand.New(rand.NewPCG(31, 32))
	noise := func() float64 { return random.Float64() }
	refusal := gate.Guardrail{Name: "refusal", Margin: 0.05}
	cost := gate.Guardrail{Name: "cost", LowerBetter: true, Relative: true, Margin: 0.25}
	tests := []struct {
		name  string
		guard gate.Guardrail
		pairs []gate.Pair
		want  gate.Result
		words string
	}{
		{"the same", refusal, pairs(60, func(int) (float64, float64) { return 1, 1 }), gate.Held, "at most 0 worse"},
		{"never declines any more", refusal, pairs(60, func(i int) (float64, float64) { return 1, float64(i % 2) }), gate.Broken, "broken, 0.5 worse, 0.05 allowed"},
		{"better", refusal, pairs(60, func(i int) (float64, float64) { return float64(i % 2), 1 }), gate.Held, "held"},
		{"noisy", refusal, pairs(60, func(i int) (float64, float64) { return float64(random.IntN(2)), float64(random.IntN(2)) }), gate.Unclear, "may be up to"},
		{"too few to tell", refusal, pairs(18, func(int) (float64, float64) { return 1, 0 }), gate.Unclear, "9 clusters are too few"},
		{"one cluster", refusal, pairs(2, func(int) (float64, float64) { return 1, 1 }), gate.Unclear, "1 clusters are too few"},
		{"dearer within the margin", cost, pairs(80, func(int) (float64, float64) { c := 1 + noise(); return c, 1.1 * c }), gate.Held, "held"},
		{"dearer by exactly the margin", cost, pairs(80, func(int) (float64, float64) { c := 3e9 * noise(); return c, 1.25 * c }), gate.Held, "held"},
		{"twice as dear", cost, pairs(80, func(int) (float64, float64) { c := 1 + noise(); return c, 2 * c }), gate.Broken, "broken"},
		{"cheaper", cost, pairs(80, func(int) (float64, float64) { c := 1 + noise(); return c, c / 2 }), gate.Held, "at most 0 worse"},
		{"free", cost, pairs(80, func(int) (float64, float64) { return 0, 0 }), gate.Held, "held"},
		{"no longer free", cost, pairs(80, func(int) (float64, float64) { return 0, 1 }), gate.Broken, "broken"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.guard.Check(test.pairs, 7)
			if err != nil {
				t.Fatal(err)
			}
			if got.Result != test.want || !strings.Contains(got.String(), test.words) {
				t.Errorf("%q (%+v), want %s with %q", got, got, test.want, test.words)
			}
			again, _ := test.guard.Check(test.pairs, 7)
			if diff := cmp.Diff(got, again); diff != "" {
				t.Errorf("same seed, other finding:\n%s", diff)
			}
		})
	}
}

func TestGuardrailRefuses(t *testing.T) {
	cost := gate.Guardrail{Name: "cost", LowerBetter: true, Relative: true, Margin: 0.25}
	for name, test := range map[string]struct {
		guard gate.Guardrail
		pairs []gate.Pair
	}{
		"no cases":        {cost, nil},
		"NaN":             {cost, []gate.Pair{{Cluster: "a", Champion: math.NaN()}, {Cluster: "b"}}},
		"infinite":        {cost, []gate.Pair{{Cluster: "a", Candidate: math.Inf(1)}, {Cluster: "b"}}},
		"negative cost":   {cost, []gate.Pair{{Cluster: "a", Champion: -1}, {Cluster: "b"}}},
		"negative margin": {gate.Guardrail{Margin: -1}, []gate.Pair{{Cluster: "a"}, {Cluster: "b"}}},
		"margin NaN":      {gate.Guardrail{Margin: math.NaN()}, []gate.Pair{{Cluster: "a"}, {Cluster: "b"}}},
	} {
		if got, err := test.guard.Check(test.pairs, 1); err == nil {
			t.Errorf("%s: %+v, want an error", name, got)
		}
	}
}

// A candidate that is worse by exactly the margin may be held not worse once
// in twenty times; a good bootstrap comes near that.
func TestGuardrailErrorRate(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: guardrail simulation, because of -short")
	}
	const runs = 150
	random := rand.New(rand.NewPCG(33, 34))
	rules := map[string]struct {
		guard gate.Guardrail
		draw  func(int) (float64, float64)
	}{
		"refusal": {gate.Guardrail{Name: "refusal", Margin: 0.1}, func(int) (float64, float64) {
			return bernoulli(random, 0.8), bernoulli(random, 0.7)
		}},
		"latency": {gate.Guardrail{Name: "latency", LowerBetter: true, Relative: true, Margin: 0.25}, func(int) (float64, float64) {
			return random.ExpFloat64(), 1.25 * random.ExpFloat64()
		}},
	}
	for name, rule := range rules {
		held, broken := 0, 0
		for run := range runs {
			got, err := rule.guard.Check(pairs(100, rule.draw), uint64(run))
			if err != nil {
				t.Fatal(err)
			}
			if got.Result == gate.Held {
				held++
			}
			if got.Result == gate.Broken {
				broken++
			}
		}
		// The bootstrap is approximate: up to 0.07 rather than 0.05.
		mustNotExceed(t, name+" held at the margin", held, runs, 0.07)
		mustNotExceed(t, name+" broken at the margin", broken, runs, 0.07)
	}
}

func bernoulli(r *rand.Rand, p float64) float64 {
	if r.Float64() < p {
		return 1
	}
	return 0
}

func TestDefaultGuardrails(t *testing.T) {
	same := pairs(40, func(i int) (float64, float64) { return 1 + float64(i), 1 + float64(i) })
	var names []string
	for _, g := range gate.Guardrails() {
		names = append(names, g.Name)
		if got, err := g.Check(same, 1); err != nil || got.Result != gate.Held {
			t.Errorf("%s on equal values: %v, %v", g.Name, got, err)
		}
	}
	if diff := cmp.Diff([]string{"refusal", "citations", "cost", "latency"}, names); diff != "" {
		t.Errorf("guardrails (-want +got):\n%s", diff)
	}
}
