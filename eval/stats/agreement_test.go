package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/honehq/hone/eval/stats"
)

// Tables whose figures are known: worked by hand, or the usual examples of
// textbooks (20, 5, 10, 15 gives 0.4; the two with 60 of 100 in agreement give
// 0.1304 and 0.2593).
func TestKnownTables(t *testing.T) {
	for _, tc := range []struct {
		table                           stats.Table
		kappa, sensitivity, specificity float64
	}{
		{stats.Table{BothYes: 20, JudgeOnly: 5, HumanOnly: 10, BothNo: 15}, 0.4, 2.0 / 3, 0.75},
		{stats.Table{BothYes: 45, JudgeOnly: 15, HumanOnly: 25, BothNo: 15}, 0.6 / 4.6, 45.0 / 70, 0.5},
		{stats.Table{BothYes: 25, JudgeOnly: 35, HumanOnly: 5, BothNo: 35}, 0.14 / 0.54, 25.0 / 30, 0.5},
		{stats.Table{BothYes: 10, BothNo: 10}, 1, 1, 1},
		{stats.Table{JudgeOnly: 10, HumanOnly: 10}, -1, 0, 0},
		{stats.Table{BothYes: 5, JudgeOnly: 5, HumanOnly: 5, BothNo: 5}, 0, 0.5, 0.5},
	} {
		for what, pair := range map[string][2]float64{
			"kappa": {tc.table.Kappa(), tc.kappa}, "sensitivity": {tc.table.Sensitivity(), tc.sensitivity}, "specificity": {tc.table.Specificity(), tc.specificity},
		} {
			if math.Abs(pair[0]-pair[1]) > 1e-9 {
				t.Errorf("%+v: %s %v, want %v", tc.table, what, pair[0], pair[1])
			}
		}
	}
	if k := (stats.Table{BothYes: 9}).Kappa(); !math.IsNaN(k) {
		t.Errorf("kappa of one word only: %v", k)
	}
}

// Kappa does not change when judge and person, or yes and no, change places.
func TestKappaIsSymmetric(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		x := stats.Table{BothYes: random.IntN(30), JudgeOnly: random.IntN(30), HumanOnly: random.IntN(30), BothNo: 1 + random.IntN(30)}
		places := stats.Table{BothYes: x.BothYes, JudgeOnly: x.HumanOnly, HumanOnly: x.JudgeOnly, BothNo: x.BothNo}
		words := stats.Table{BothYes: x.BothNo, JudgeOnly: x.HumanOnly, HumanOnly: x.JudgeOnly, BothNo: x.BothYes}
		if math.IsNaN(x.Kappa()) {
			continue
		}
		if math.Abs(x.Kappa()-places.Kappa()) > 1e-12 || math.Abs(x.Kappa()-words.Kappa()) > 1e-12 || x.Kappa() > 1+1e-12 || x.Kappa() < -1-1e-12 {
			t.Errorf("%+v: %v, %v, %v", x, x.Kappa(), places.Kappa(), words.Kappa())
		}
	}
}

// The interval of independent questions is close to the usual one by the delta
// method (Fleiss, Cohen and Everitt 1969): for 200 and 50 and 100 and 150 of
// 500, kappa is 0.4 with a standard error of 0.0404.
func TestKappaInterval(t *testing.T) {
	var tables []stats.Table
	for range 10 {
		for range 20 {
			tables = append(tables, stats.Table{BothYes: 1})
		}
		for range 5 {
			tables = append(tables, stats.Table{JudgeOnly: 1})
		}
		for range 10 {
			tables = append(tables, stats.Table{HumanOnly: 1})
		}
		for range 15 {
			tables = append(tables, stats.Table{BothNo: 1})
		}
	}
	got, err := stats.Bootstrap{Resamples: 4000}.Kappa(tables)
	if err != nil || math.Abs(got.Estimate-0.4) > 1e-9 || math.Abs(got.Low-0.321) > 0.012 || math.Abs(got.High-0.479) > 0.012 {
		t.Errorf("%+v, %v; want about 0.32 to 0.48", got, err)
	}
	// Full agreement of twenty is no proof of a kappa of 1.
	whole := append(make([]stats.Table, 0, 20), stats.Table{BothYes: 10}, stats.Table{BothNo: 10})
	if got, err := (stats.Bootstrap{}).Kappa(whole); err != nil || got.Estimate != 1 || got.Low > 0.7 || got.High != 1 {
		t.Errorf("full agreement: %+v, %v", got, err)
	}
	if got, err := (stats.Bootstrap{}).Sensitivity(whole); err != nil || math.Abs(got.Low-math.Pow(0.025, 0.1)) > 1e-9 || got.High != 1 {
		t.Errorf("sensitivity: %+v, %v", got, err)
	}
	if _, err := (stats.Bootstrap{}).Specificity([]stats.Table{{BothYes: 3}}); err == nil {
		t.Error("a specificity without a no")
	}
}

// The limit holds whatever the values look like, also where one of a hundred
// is far out and most samples don't show it.
func TestUpperLimitHolds(t *testing.T) {
	for name, draw := range map[string]func(*rand.Rand) float64{
		"rare":   func(r *rand.Rand) float64 { return map[bool]float64{true: 1, false: 0}[r.Float64() < 0.02] },
		"even":   func(r *rand.Rand) float64 { return r.Float64() - 0.48 },
		"skewed": func(r *rand.Rand) float64 { return -distuv.Beta{Alpha: 0.3, Beta: 2, Src: r}.Rand() + 0.3/2.3 + 0.02 },
	} {
		random := rand.New(rand.NewPCG(3, 4))
		missed := 0
		for run := range 400 {
			values := make([]float64, 50)
			for i := range values {
				values[i] = draw(random)
			}
			limit, err := stats.UpperLimit(values, -1, 1, 0.05, uint64(run))
			if err != nil {
				t.Fatal(err)
			}
			if limit < 0.02 {
				missed++
			}
		}
		t.Logf("%s: %d of 400 limits missed", name, missed)
		if missed > 20 {
			t.Errorf("%s: %d of 400 limits missed, at most 20 may", name, missed)
		}
	}
	low, err := stats.LowerLimit([]float64{0, 0, 0, 0}, -1, 1, 0.05, 1)
	high, errToo := stats.UpperLimit([]float64{0, 0, 0, 0}, -1, 1, 0.05, 1)
	if err != nil || errToo != nil || math.Abs(low+high) > 1e-9 || high < 0.5 {
		t.Errorf("limits of four zeros: %v to %v", low, high)
	}
	if _, err := stats.UpperLimit([]float64{2}, -1, 1, 0.05, 1); err == nil {
		t.Error("a value out of range was taken")
	}
}
