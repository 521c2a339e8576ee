package stats_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/honehq/hone/eval/stats"
)

func TestMeanIsDeterministic(t *testing.T) {
	values := []float64{0.2, 0.5, 0.9, 1, 0, 0.4, 0.4, 0.7}
	clusters := []string{"a", "a", "b", "c", "c", "c", "d", "e"}
	first, err := stats.Bootstrap{Seed: 3}.Mean(values, clusters)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := stats.Bootstrap{Seed: 3}.Mean(values, clusters)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("same seed, other interval (-first +again):\n%s", diff)
	}
	if first.Low >= first.Estimate || first.High <= first.Estimate {
		t.Errorf("interval %+v does not hold its estimate", first)
	}
	if first.Clusters != 5 || first.Level != 0.95 || math.Abs(first.Estimate-0.5125) > 1e-12 {
		t.Errorf("got %+v, want 5 clusters, level 0.95, estimate 0.5125", first)
	}
}

// Repeating each value inside its cluster adds no information: the interval
// may not move, while it narrows if the copies pass for independent.
func TestCopiesInAClusterAddNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	var once, often []float64
	var names, manyNames []string
	for i := range 30 {
		v, name := random.NormFloat64(), fmt.Sprint(i)
		once, names = append(once, v), append(names, name)
		for range 9 {
			often, manyNames = append(often, v), append(manyNames, name)
		}
	}
	boot := stats.Bootstrap{Seed: 5}
	want, _ := boot.Mean(once, names)
	got, _ := boot.Mean(often, manyNames)
	if math.Abs(got.Low-want.Low) > 1e-9 || math.Abs(got.High-want.High) > 1e-9 {
		t.Errorf("clustered copies: %+v, want the limits of %+v", got, want)
	}
	naive, _ := boot.Mean(often, nil)
	if naive.High-naive.Low > 0.5*(want.High-want.Low) {
		t.Errorf("unclustered copies: width %.3f, want about a third of %.3f", naive.High-naive.Low, want.High-want.Low)
	}
}

func TestMeanOfConstants(t *testing.T) {
	for _, c := range []float64{0, 0.1, -1, 1e300} {
		got, err := stats.Bootstrap{}.Mean([]float64{c, c, c}, nil)
		if err != nil || got.Low != got.Estimate || got.High != got.Estimate || math.Abs(got.Estimate-c) > 1e-12*math.Abs(c) {
			t.Errorf("three times %v: %+v, %v", c, got, err)
		}
	}
}

// The interval scales with its values, however large or small they are.
func TestMeanScales(t *testing.T) {
	values := []float64{1, 2, 2, 7, -1}
	want, _ := stats.Bootstrap{}.Mean(values, nil)
	for _, scale := range []float64{math.Ldexp(1, -900), math.Ldexp(1, 900)} {
		scaled := make([]float64, len(values))
		for i, v := range values {
			scaled[i] = v * scale
		}
		got, err := stats.Bootstrap{}.Mean(scaled, nil)
		if err != nil || math.Abs(got.Low/scale-want.Low) > 1e-9 || math.Abs(got.High/scale-want.High) > 1e-9 {
			t.Errorf("scaled by %g: %+v, %v; want limits of %+v", scale, got, err, want)
		}
	}
}

func TestMeanRefuses(t *testing.T) {
	tests := map[string]struct {
		boot     stats.Bootstrap
		values   []float64
		clusters []string
	}{
		"nothing":        {values: nil},
		"NaN":            {values: []float64{1, math.NaN()}},
		"infinity":       {values: []float64{1, math.Inf(-1)}},
		"overflow":       {values: []float64{math.MaxFloat64, math.MaxFloat64}},
		"overflow later": {values: []float64{1.5e308, -1.5e308, 1e308, -1e308}},
		"clusters":       {values: []float64{1, 2}, clusters: []string{"a"}},
		"level":          {boot: stats.Bootstrap{Level: 1}, values: []float64{1, 2}},
		"level NaN":      {boot: stats.Bootstrap{Level: math.NaN()}, values: []float64{1, 2}},
		"resamples":      {boot: stats.Bootstrap{Resamples: -1}, values: []float64{1, 2}},
		"one cluster":    {values: []float64{1, 2}, clusters: []string{"a", "a"}},
		"a single value": {values: []float64{1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := test.boot.Mean(test.values, test.clusters); err == nil {
				t.Errorf("got %+v, want an error", got)
			}
		})
	}
	got, err := stats.Bootstrap{}.Mean([]float64{1, 2}, []string{"a", "a"})
	if !errors.Is(err, stats.ErrTooFew) || got.Estimate != 1.5 {
		t.Errorf("one cluster: %+v, %v; want the estimate 1.5 with ErrTooFew", got, err)
	}
}

func TestPaired(t *testing.T) {
	before, after := []float64{0.1, 0.5, 0.3, 0.9}, []float64{0.3, 0.5, 0.6, 0.8}
	got, err := stats.Bootstrap{Seed: 1}.Paired(before, after, nil)
	if err != nil || math.Abs(got.Estimate-0.1) > 1e-12 || got.Low > 0.1 || got.High < 0.1 {
		t.Errorf("got %+v, %v; want 0.1 inside its limits", got, err)
	}
	if _, err := (stats.Bootstrap{}).Paired(before, after[:3], nil); err == nil {
		t.Error("unequal lengths: no error")
	}
}

// A 95 % interval should hold the true mean about 95 times in a hundred, also
// where values are skewed or come in clusters, and miss on either side.
func TestCoverage(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: coverage simulation, because of -short")
	}
	skewed := func(r *rand.Rand) float64 { return r.ExpFloat64() }
	bounded := func(r *rand.Rand) float64 {
		switch u := r.Float64(); {
		case u < 0.25:
			return 1
		case u < 0.35:
			return -1
		default:
			return 0
		}
	}
	tests := map[string]struct {
		draw func(*rand.Rand) float64
		mean float64
		size int // values per cluster, alike but for a little noise
	}{
		"skewed":            {skewed, 1, 1},
		"bounded":           {bounded, 0.15, 1},
		"bounded clustered": {bounded, 0.15, 4},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			const runs, clusters = 600, 40
			random := rand.New(rand.NewPCG(7, uint64(test.size)))
			low, high := 0, 0
			for run := range runs {
				var values []float64
				var names []string
				for c := range clusters {
					shared := test.draw(random)
					for range test.size {
						values = append(values, shared+0.1*random.NormFloat64())
						names = append(names, fmt.Sprint(c))
					}
				}
				got, err := stats.Bootstrap{Seed: uint64(run), Resamples: 1000}.Mean(values, names)
				if err != nil {
					t.Fatal(err)
				}
				if got.High < test.mean {
					low++
				}
				if got.Low > test.mean {
					high++
				}
			}
			t.Logf("%d of %d intervals below the mean, %d above", low, runs, high)
			if missed := low + high; missed > runs*9/100 || missed < runs*2/100 {
				t.Errorf("%d of %d intervals missed, want about 5 %%", missed, runs)
			}
		})
	}
}

// The interval's ends are those shares at which seeing at most, or at least,
// so many successes has probability 2.5 %: checked against binomial sums.
func TestClopperPearsonAgainstBinomial(t *testing.T) {
	for _, trials := range []int{1, 2, 10, 57, 2000} {
		for _, successes := range []int{0, 1, trials / 3, trials - 1, trials} {
			low, high, err := stats.ClopperPearson(successes, trials, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			atLeast := 1 - distuv.Binomial{N: float64(trials), P: low}.CDF(float64(successes)-1)
			atMost := distuv.Binomial{N: float64(trials), P: high}.CDF(float64(successes))
			if successes == 0 && low != 0 || successes > 0 && math.Abs(atLeast-0.025) > 1e-6 {
				t.Errorf("%d of %d: low %v has tail %v", successes, trials, low, atLeast)
			}
			if successes == trials && high != 1 || successes < trials && math.Abs(atMost-0.025) > 1e-6 {
				t.Errorf("%d of %d: high %v has tail %v", successes, trials, high, atMost)
			}
		}
	}
}

func TestClopperPearsonRefuses(t *testing.T) {
	for _, bad := range []struct {
		successes, trials int
		level             float64
	}{{-1, 3, 0.95}, {4, 3, 0.95}, {0, 0, 0.95}, {1, 2, 0}, {1, 2, 1}, {1, 2, math.NaN()}} {
		if _, _, err := stats.ClopperPearson(bad.successes, bad.trials, bad.level); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}
