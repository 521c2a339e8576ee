package gate_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/eval/gate"
)

// watched watches n clusters of two cases each.
func watched(t *testing.T, g gate.Guardrail, n int, draw func(i int) (champion, candidate float64)) gate.Finding {
	t.Helper()
	w, err := g.Watch(n)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		var pairs []gate.Pair
		for j := range 2 {
			champion, candidate := draw(2*i + j)
			pairs = append(pairs, gate.Pair{Champion: champion, Candidate: candidate})
		}
		if _, err := w.Observe(pairs); err != nil {
			t.Fatal(err)
		}
	}
	return w.Finding()
}

func TestGuardrails(t *testing.T) {
	random := rand.New(rand.NewPCG(31, 32))
	some := func() float64 { return 1 + random.Float64() }
	refusal := gate.Guardrail{Name: "refusal", Margin: 0.05}
	cost := gate.Guardrail{Name: "cost", LowerBetter: true, Relative: true, Margin: 0.25}
	none := math.NaN()
	tests := []struct {
		name     string
		guard    gate.Guardrail
		clusters int
		draw     func(i int) (champion, candidate float64)
		want     gate.Result
		words    string
	}{
		{"the same", refusal, 30, func(int) (float64, float64) { return 1, 1 }, gate.Held, "held, any loss is within the 20.1 points allowed (95 % confidence)"},
		{"the same, many", refusal, 484, func(int) (float64, float64) { return 1, 1 }, gate.Held, "within the 5 points allowed"},
		{"never declines any more", refusal, 60, func(i int) (float64, float64) { return 1, float64(i % 2) }, gate.Broken, "broken, the loss is beyond the 14.2 points allowed (95 % confidence)"},
		{"better", refusal, 30, func(i int) (float64, float64) { return float64(i % 2), 1 }, gate.Held, "held"},
		{"noisy", refusal, 30, func(i int) (float64, float64) { return float64(i / 2 % 2), float64((i/2 + 1) % 2) }, gate.Unclear, "30 clusters cannot tell"},
		{"one cluster", refusal, 1, func(int) (float64, float64) { return 1, 1 }, gate.Unclear, "1 clusters cannot tell"},
		{"dearer within the margin", cost, 40, func(int) (float64, float64) { c := some(); return c, 1.05 * c }, gate.Held, "held, any increase is within the 25 % allowed"},
		{"dearer by exactly the margin", cost, 40, func(int) (float64, float64) { c := 3e9 * some(); return c, 1.25 * c }, gate.Unclear, "25 %"},
		{"twice as dear", cost, 40, func(int) (float64, float64) { c := some(); return c, 2 * c }, gate.Broken, "the increase is beyond the 25 % allowed"},
		{"cheaper", cost, 40, func(int) (float64, float64) { c := some(); return c, c / 2 }, gate.Held, "held"},
		{"thousands", cost, 40, func(int) (float64, float64) { return 9440, 9321 }, gate.Held, "cost 9440 before, 9321 after: held"},
		{"one answer takes for ever", cost, 40, func(i int) (float64, float64) {
			if i == 40 {
				return 1, 1e12
			}
			return 1, 1
		}, gate.Held, "held"},
		{"free", cost, 40, func(int) (float64, float64) { return 0, 0 }, gate.Held, "held"},
		{"no longer free", cost, 40, func(int) (float64, float64) { return 0, 1 }, gate.Broken, "broken"},
		{"free at last", cost, 40, func(int) (float64, float64) { return 1, 0 }, gate.Held, "held"},
		{"candidate without values", cost, 40, func(int) (float64, float64) { return 1, none }, gate.Broken, "broken"},
		{"champion without values", cost, 40, func(int) (float64, float64) { return none, 1 }, gate.Unclear, "unclear"},
		{"no values", refusal, 40, func(int) (float64, float64) { return none, none }, gate.Unclear, "unclear"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := watched(t, test.guard, test.clusters, test.draw)
			if got.Result != test.want || !strings.Contains(got.String(), test.words) {
				t.Errorf("%q (%+v), want %s with %q", got, got, test.want, test.words)
			}
			stored, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			var read gate.Finding
			if err := json.Unmarshal(stored, &read); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, read); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
			if err := read.Check(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFindingsThatWereChangedAreFound(t *testing.T) {
	g := gate.Guardrail{Name: "refusal", Margin: 0.05}
	honest := func() gate.Finding {
		return watched(t, g, 30, func(i int) (float64, float64) { return 1, min(1, float64((i/2+1)%10)) })
	}
	half, far := 0.5, 7.0
	for name, change := range map[string]func(*gate.Finding){
		"result":      func(f *gate.Finding) { f.Result = gate.Held },
		"evidence":    func(f *gate.Finding) { f.E *= 2 },
		"margin":      func(f *gate.Finding) { f.Allowed = 0.5 },
		"clusters":    func(f *gate.Finding) { f.Of = 300 },
		"difference":  func(f *gate.Finding) { f.Differences[2] = &half },
		"left out":    func(f *gate.Finding) { f.Differences[0] = nil },
		"impossible":  func(f *gate.Finding) { f.Differences[0] = &far },
		"none at all": func(f *gate.Finding) { f.Of = 0 },
	} {
		f := honest()
		if err := f.Check(); err != nil {
			t.Fatal(err)
		}
		f.Differences = slices.Clone(f.Differences)
		change(&f)
		if f.Check() == nil {
			t.Errorf("%s was changed unnoticed", name)
		}
	}
}

func TestGuardrailRefuses(t *testing.T) {
	for _, g := range []gate.Guardrail{{Margin: 0}, {Margin: -1}, {Margin: 1}, {Margin: math.NaN()}, {Margin: math.Inf(1), Relative: true}} {
		if _, err := g.Watch(10); err == nil {
			t.Errorf("%+v: no error", g)
		}
	}
	if _, err := gate.Guardrails()[0].Watch(0); err == nil {
		t.Error("no clusters: no error")
	}
	for _, g := range gate.Guardrails() {
		w, err := g.Watch(2)
		if err != nil {
			t.Fatal(err)
		}
		want, err := w.Observe([]gate.Pair{{Champion: 1, Candidate: 1}})
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range [][]gate.Pair{nil, {{Champion: -1}}, {{Candidate: math.Inf(1)}}, {{Champion: 1, Candidate: 1}, {Champion: math.Inf(-1)}}} {
			if _, err := w.Observe(bad); err == nil {
				t.Errorf("%s: %v: no error", g.Name, bad)
			}
		}
		if !g.Relative {
			if _, err := w.Observe([]gate.Pair{{Champion: 1.1}}); err == nil {
				t.Errorf("%s: a share of 1.1: no error", g.Name)
			}
		}
		if diff := cmp.Diff(want, w.Finding()); diff != "" {
			t.Errorf("%s: after refusals:\n%s", g.Name, diff)
		}
		if _, err := w.Observe([]gate.Pair{{Champion: 1, Candidate: 1}}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Observe([]gate.Pair{{Champion: 1, Candidate: 1}}); err == nil {
			t.Errorf("%s: a third of two clusters: no error", g.Name)
		}
	}
}

// rails are the kinds of guardrail with what can go wrong at the margin: each
// draw is one case of a candidate that is worse by exactly the margin m.
var rails = []struct {
	name  string
	guard gate.Guardrail
	draw  func(r *rand.Rand, m float64) gate.Pair
}{
	{"rare and great losses", gate.Guardrail{Name: "refusal", Margin: 0.05}, func(r *rand.Rand, m float64) gate.Pair {
		return gate.Pair{Champion: 1, Candidate: 1 - bernoulli(r, m)}
	}},
	{"both ways", gate.Guardrail{Name: "refusal", Margin: 0.05}, func(r *rand.Rand, m float64) gate.Pair {
		return gate.Pair{Champion: bernoulli(r, 0.7), Candidate: bernoulli(r, 0.7-m)}
	}},
	{"small losses", gate.Guardrail{Name: "citations", Margin: 0.05}, func(r *rand.Rand, m float64) gate.Pair {
		return gate.Pair{Champion: 1, Candidate: 1 - 2*m*r.Float64()}
	}},
	{"skewed times", gate.Guardrail{Name: "latency", LowerBetter: true, Relative: true, Margin: 0.25}, func(r *rand.Rand, m float64) gate.Pair {
		return gate.Pair{Champion: math.Exp(r.NormFloat64()), Candidate: math.Exp(m + r.NormFloat64())}
	}},
	// What is off by more than three margins is cut off there: at four in all.
	{"times with stragglers", gate.Guardrail{Name: "latency", LowerBetter: true, Relative: true, Margin: 1}, func(r *rand.Rand, m float64) gate.Pair {
		return gate.Pair{Champion: 1, Candidate: math.Exp(10 * m * bernoulli(r, 0.25))}
	}},
}

// A candidate that is worse by exactly the margin may be held not worse once in
// twenty times, and found broken once in twenty times, with few clusters too.
func TestGuardrailErrorRate(t *testing.T) {
	const runs = 1000
	for _, rail := range rails {
		for _, clusters := range []int{20, 30, 60} {
			random := rand.New(rand.NewPCG(33, uint64(clusters)))
			held, broken := 0, 0
			for range runs {
				w, err := rail.guard.Watch(clusters)
				if err != nil {
					t.Fatal(err)
				}
				margin := w.Finding().Allowed
				var f gate.Finding
				for range clusters {
					if f, err = w.Observe([]gate.Pair{rail.draw(random, margin)}); err != nil {
						t.Fatal(err)
					}
				}
				if f.E >= 1/gate.GuardError {
					held++
				}
				if f.Broken >= 1/gate.GuardError {
					broken++
				}
			}
			name := fmt.Sprintf("%s, %d clusters", rail.name, clusters)
			mustNotExceed(t, name+": held at the margin", held, runs, gate.GuardError)
			mustNotExceed(t, name+": broken at the margin", broken, runs, gate.GuardError)
		}
	}
}

func bernoulli(r *rand.Rand, p float64) float64 {
	if r.Float64() < p {
		return 1
	}
	return 0
}

func TestDefaultGuardrails(t *testing.T) {
	var names []string
	for _, g := range gate.Guardrails() {
		names = append(names, g.Name)
		if got := watched(t, g, 20, func(int) (float64, float64) { return 1, 1 }); got.Result != gate.Held {
			t.Errorf("%s on equal values: %v", g.Name, got)
		}
	}
	if diff := cmp.Diff([]string{"refusal", "citations", "cost", "latency"}, names); diff != "" {
		t.Errorf("guardrails (-want +got):\n%s", diff)
	}
}

// Whatever values come, a watch refuses them or shows finite evidence, and a
// result that was settled stays.
func FuzzWatch(f *testing.F) {
	f.Add(uint8(10), 0.05, false, 1.0, 0.0, 0.5, math.NaN())
	f.Add(uint8(1), 1.0, true, 0.0, 1e308, 5e-324, 3.0)
	f.Fuzz(func(t *testing.T, clusters uint8, margin float64, relative bool, a, b, c, d float64) {
		w, err := gate.Guardrail{Name: "x", Margin: margin, Relative: relative, LowerBetter: relative}.Watch(int(clusters))
		if err != nil {
			return
		}
		last := w.Finding()
		values := []float64{a, b, c, d}
		for i := range 2 * int(clusters) {
			got, err := w.Observe([]gate.Pair{{Champion: values[i%4], Candidate: values[(i+1)%4]}, {Champion: values[(i/2)%4], Candidate: values[i%3]}})
			if err != nil {
				continue
			}
			if !(got.E >= last.E) || !(got.Broken >= last.Broken) || math.IsInf(got.E, 0) || math.IsInf(got.Broken, 0) || math.IsNaN(got.Worse) {
				t.Fatalf("%+v after %+v", got, last)
			}
			if last.Result == gate.Held && got.Result != gate.Held {
				t.Fatalf("held, then %s", got.Result)
			}
			last = got
		}
	})
}
