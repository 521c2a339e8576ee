package stats

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Table counts how a judge and a person decided the same yes/no questions.
type Table struct {
	BothYes   int `json:"both_yes"`
	JudgeOnly int `json:"judge_only"`  // the judge said yes, the person no
	HumanOnly int `json:"person_only"` // the person said yes, the judge no
	BothNo    int `json:"both_no"`
}

// Plus adds tables up.
func (t Table) Plus(u Table) Table {
	return Table{t.BothYes + u.BothYes, t.JudgeOnly + u.JudgeOnly, t.HumanOnly + u.HumanOnly, t.BothNo + u.BothNo}
}

// N is how many questions were decided.
func (t Table) N() int { return t.BothYes + t.JudgeOnly + t.HumanOnly + t.BothNo }

// Sensitivity is the share of the person's yes that the judge gives, too.
func (t Table) Sensitivity() float64 { return share(t.BothYes, t.BothYes+t.HumanOnly) }

// Specificity is the share of the person's no that the judge gives, too.
func (t Table) Specificity() float64 { return share(t.BothNo, t.BothNo+t.JudgeOnly) }

// Kappa is Cohen's kappa: agreement beyond what the shares of yes alone would
// bring about (J. Cohen, Educational and Psychological Measurement 20 (1960),
// 37-46). It is NaN if there is nothing to agree on: both always say the same
// one word.
func (t Table) Kappa() float64 {
	n := float64(t.N())
	observed := float64(t.BothYes+t.BothNo) / n
	judge, human := float64(t.BothYes+t.JudgeOnly)/n, float64(t.BothYes+t.HumanOnly)/n
	chance := judge*human + (1-judge)*(1-human)
	return (observed - chance) / (1 - chance)
}

func share(hits, of int) float64 { return float64(hits) / float64(of) } // NaN of nothing

// Of returns a figure of tables added up, one per cluster, with its 95 % (or
// b.Level) interval: percentiles over resampled clusters, at the widened level
// of Mean. Resamples without a figure are left out. It returns ErrTooFew with
// the estimate for fewer than two clusters, and an error where the figure is
// not a number.
func (b Bootstrap) Of(tables []Table, figure func(Table) float64) (Interval, error) {
	b = b.withDefaults()
	var all Table
	for _, t := range tables {
		all = all.Plus(t)
	}
	estimate := figure(all)
	if len(tables) == 0 || !finite(estimate) {
		return Interval{}, errors.New("bootstrap: the tables have no such figure")
	}
	out := Interval{Estimate: estimate, Low: estimate, High: estimate, Level: b.Level, Clusters: len(tables)}
	if len(tables) < 2 {
		return out, fmt.Errorf("bootstrap of %d tables: %w", len(tables), ErrTooFew)
	}
	random := rand.New(rand.NewPCG(b.Seed, 0x7461626c65))
	var figures []float64
	for range b.Resamples {
		var s Table
		for range tables {
			s = s.Plus(tables[random.IntN(len(tables))])
		}
		if f := figure(s); finite(f) {
			figures = append(figures, f)
		}
	}
	if len(figures) == 0 {
		return out, nil
	}
	slices.Sort(figures)
	k := float64(len(tables))
	widened := distuv.UnitNormal.CDF(math.Sqrt(k/(k-1)) * distuv.StudentsT{Sigma: 1, Nu: k - 1}.Quantile((1-b.Level)/2))
	out.Low = stat.Quantile(widened, stat.LinInterp, figures, nil)
	out.High = stat.Quantile(1-widened, stat.LinInterp, figures, nil)
	return out, nil
}

// Sensitivity returns the figure over all tables with an interval: the wider of
// resampled clusters and of Clopper and Pearson, at each end. The latter speaks
// up where all agree and resampling sees no doubt.
func (b Bootstrap) Sensitivity(tables []Table) (Interval, error) {
	return b.exact(tables, Table.Sensitivity, func(t Table) (int, int) { return t.BothYes, t.BothYes + t.HumanOnly })
}

// Specificity is like Sensitivity.
func (b Bootstrap) Specificity(tables []Table) (Interval, error) {
	return b.exact(tables, Table.Specificity, func(t Table) (int, int) { return t.BothNo, t.BothNo + t.JudgeOnly })
}

func (b Bootstrap) exact(tables []Table, figure func(Table) float64, counts func(Table) (int, int)) (Interval, error) {
	out, err := b.Of(tables, figure)
	if err != nil && !errors.Is(err, ErrTooFew) {
		return out, err
	}
	var all Table
	for _, t := range tables {
		all = all.Plus(t)
	}
	hits, of := counts(all)
	low, high, failed := ClopperPearson(hits, of, out.Level)
	if failed != nil {
		return out, failed
	}
	out.Low, out.High = min(out.Low, low), max(out.High, high)
	return out, nil
}

// Kappa returns Cohen's kappa over all tables with an interval by resampled
// clusters. Its lower end is no higher than the kappa at Clopper and Pearson's
// lower limit of the agreement, with the chance agreement as it is: resampling
// sees no doubt where all agree.
func (b Bootstrap) Kappa(tables []Table) (Interval, error) {
	out, err := b.Of(tables, Table.Kappa)
	if err != nil && !errors.Is(err, ErrTooFew) {
		return out, err
	}
	var all Table
	for _, t := range tables {
		all = all.Plus(t)
	}
	n := float64(all.N())
	observed := float64(all.BothYes+all.BothNo) / n
	low, high, failed := ClopperPearson(all.BothYes+all.BothNo, all.N(), out.Level)
	if failed != nil || observed == 1 && out.Estimate != 1 {
		return out, failed
	}
	judge, human := float64(all.BothYes+all.JudgeOnly)/n, float64(all.BothYes+all.HumanOnly)/n
	chance := judge*human + (1-judge)*(1-human)
	if len(tables) < 2 {
		out.High = min((high-chance)/(1-chance), 1)
	}
	out.Low = min(out.Low, (low-chance)/(1-chance))
	return out, nil
}
