package gate_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/eval/gate"
)

// judgedGain is a candidate better by gain in quality, on questions that are
// answered repeats times by each prompt and judged imperfectly.
func judgedGain(gain float64, repeats int, quality func(*rand.Rand) float64) gate.Effect {
	return gate.Effect{Gain: gain, Draw: func(r *rand.Rand) float64 {
		q := quality(r)
		better := q + gain*(1-q)/0.3 // the more room a question has, the more it gains
		return judged(r, better, repeats) - judged(r, q, repeats)
	}}
}

// The power that the gate was chosen for. An entry may fall short of these
// figures neither where all questions are alike, which is the hardest, nor
// where some are hard and some easy.
func TestPowerReachesThePlan(t *testing.T) {
	alike := func(*rand.Rand) float64 { return 0.7 }
	tests := []struct {
		name     string
		quality  func(*rand.Rand) float64
		gain     float64
		repeats  int
		clusters int
		want     float64
	}{
		{"alike", alike, 0.10, 5, 100, 0.68},
		{"alike", alike, 0.10, 5, 200, 0.97},
		{"alike", alike, 0.10, 5, 400, 1},
		{"alike", alike, 0.05, 5, 100, 0.18},
		{"alike", alike, 0.05, 5, 200, 0.42},
		{"alike", alike, 0.05, 5, 400, 0.74},
		{"alike", alike, 0.20, 5, 50, 0.80},
		{"uneven", uneven, 0.10, 5, 100, 0.68},
		{"uneven", uneven, 0.10, 5, 200, 0.97},
		{"uneven", uneven, 0.10, 1, 100, 0.21},
		{"uneven", uneven, 0.10, 1, 200, 0.41},
		{"uneven", uneven, 0.10, 1, 400, 0.71},
	}
	for _, test := range tests {
		terms := gate.Terms{Alpha: 0.025, Clusters: test.clusters}
		got, err := gate.Power(terms, judgedGain(test.gain, test.repeats, test.quality), gate.Simulation{Seed: 21})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%-6s +%2.0f points, r=%d, n=%d: %.3f (%.3f to %.3f), plan %v",
			test.name, 100*test.gain, test.repeats, test.clusters, got.Probability, got.Low, got.High, test.want)
		// The plan's figures are rounded to hundredths.
		if got.High < test.want-0.005 {
			t.Errorf("%s, +%v, r=%d, n=%d: power %+v, want at least %v", test.name, test.gain, test.repeats, test.clusters, got, test.want)
		}
	}
}

// What the ledger gives the first, second, fifth and twentieth entry since a
// promotion, and what they can do with it.
func TestPowerAlongTheLedger(t *testing.T) {
	var l gate.Ledger
	var alphas []float64
	for range 20 {
		alphas = append(alphas, play(t, &l, gate.Rejected)...)
	}
	last := 1.0
	for _, k := range []int{1, 2, 5, 20} {
		terms := gate.Terms{Alpha: alphas[k-1], Clusters: 100}
		got, err := gate.Power(terms, judgedGain(0.10, 5, uneven), gate.Simulation{Seed: 22})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("entry %2d, α = %.5f: +10 points, r=5, n=100 found with probability %.3f", k, terms.Alpha, got.Probability)
		if got.Probability <= terms.Alpha || got.Probability >= last {
			t.Errorf("entry %d: power %v, want less than %v before it and more than α", k, got.Probability, last)
		}
		last = got.Probability
	}
}

func TestEffects(t *testing.T) {
	three, err := gate.ThreePoint(0.15, 0.4)
	if err != nil {
		t.Fatal(err)
	}
	spread := []float64{-0.8, -0.2, 0, 0, 0, 0.1, 0.4, 1}
	low, err := gate.Empirical(spread, 0.15)
	if err != nil {
		t.Fatal(err)
	}
	high, err := gate.Empirical(spread, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	for name, effect := range map[string]gate.Effect{"three points": three, "empirical": low, "empirical at the edge": high} {
		random := rand.New(rand.NewPCG(23, 24))
		var sum float64
		const draws = 200_000
		for range draws {
			d := effect.Draw(random)
			if !(d >= -1 && d <= 1) {
				t.Fatalf("%s: drew %v", name, d)
			}
			sum += d
		}
		near(t, name, sum/draws, effect.Gain, 0.01)
	}
	for name, build := range map[string]func() (gate.Effect, error){
		"gain beyond the change":   func() (gate.Effect, error) { return gate.ThreePoint(0.3, 0.2) },
		"changed beyond 1":         func() (gate.Effect, error) { return gate.ThreePoint(0.3, 1.2) },
		"NaN gain":                 func() (gate.Effect, error) { return gate.ThreePoint(math.NaN(), 0.2) },
		"no differences":           func() (gate.Effect, error) { return gate.Empirical(nil, 0.1) },
		"no spread":                func() (gate.Effect, error) { return gate.Empirical(repeat(0, 9), 0.1) },
		"difference out of range":  func() (gate.Effect, error) { return gate.Empirical([]float64{0, 3}, 0.1) },
		"NaN difference":           func() (gate.Effect, error) { return gate.Empirical([]float64{0, math.NaN()}, 0.1) },
		"empirical gain too large": func() (gate.Effect, error) { return gate.Empirical(spread, 1) },
	} {
		if _, err := build(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestForecast(t *testing.T) {
	model := func(gain float64) (gate.Effect, error) { return gate.ThreePoint(gain, 0.3) }
	terms := gate.Terms{Alpha: 0.0082, Clusters: 40}
	sim := gate.Simulation{Histories: 500, Seed: 1}
	forecast, err := gate.Foresee(terms, model, sim)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := gate.Foresee(terms, model, sim)
	if diff := cmp.Diff(forecast, again); diff != "" {
		t.Errorf("same seed, other forecast:\n%s", diff)
	}
	for i, e := range forecast.Estimates {
		if e.Gain != []float64{0.05, 0.10, 0.15, 0.20}[i] || e.Low > e.Probability || e.High < e.Probability {
			t.Errorf("estimate %d: %+v", i, e)
		}
		if i > 0 && e.Probability < forecast.Estimates[i-1].Probability {
			t.Errorf("a larger gain is found less often: %+v", forecast.Estimates)
		}
	}
	text := forecast.String()
	t.Log(text)
	if !strings.HasPrefix(text, "With 40 clusters and an error share of 0.0082 a gain of 5 points would be found with probability 0.") ||
		!strings.Contains(text, "could well be missed") {
		t.Errorf("words: %q", text)
	}
	plenty, err := gate.Foresee(gate.Terms{Alpha: 0.0082, Clusters: 400}, model, sim, 0.2)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := plenty.String(), "With 400 clusters and an error share of 0.0082 a gain of 20 points would be found with probability 1.00."; got != want {
		t.Errorf("words: %q, want %q", got, want)
	}
}

func TestPowerRefuses(t *testing.T) {
	fine, _ := gate.ThreePoint(0.1, 0.3)
	wild := gate.Effect{Draw: func(*rand.Rand) float64 { return 2 }}
	terms := gate.Terms{Alpha: 0.05, Clusters: 10}
	for name, call := range map[string]func() (gate.Estimate, error){
		"no draw":       func() (gate.Estimate, error) { return gate.Power(terms, gate.Effect{}, gate.Simulation{}) },
		"out of range":  func() (gate.Estimate, error) { return gate.Power(terms, wild, gate.Simulation{}) },
		"no terms":      func() (gate.Estimate, error) { return gate.Power(gate.Terms{}, fine, gate.Simulation{}) },
		"no simulation": func() (gate.Estimate, error) { return gate.Power(terms, fine, gate.Simulation{Histories: -1}) },
	} {
		if got, err := call(); err == nil {
			t.Errorf("%s: %+v, want an error", name, got)
		}
	}
}
