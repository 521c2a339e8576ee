package eval

import (
	"errors"
	"fmt"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval/stats"
)

// resamples of the intervals in reports: their second digit does not matter.
const resamples = 2000

// Report is an evaluation in figures.
type Report struct {
	Prompt     agent.PromptRef `json:"prompt"`
	Conditions Conditions      `json:"conditions"`
	Cases      int             `json:"cases"`
	Clusters   int             `json:"clusters"`
	Failures   int             `json:"failures"`       // answers that the agent failed to give
	JudgeLost  int             `json:"judge_failures"` // answers without a grade
	Rows       []Row           `json:"rows"`           // all, then by type, style and kind
	Refusal    Refusal         `json:"refusal"`
}

// Row is the mean of each metric over a group of cases.
type Row struct {
	By      string   `json:"by"` // "all", "type", "style" or "kind"
	Group   string   `json:"group"`
	Cases   int      `json:"cases"`
	Figures []Figure `json:"figures"`
}

// Figure is a metric's mean over the cases to which it applies, with its 95 %
// interval by cluster. With fewer than two clusters Low and High equal Estimate
// and mean nothing.
type Figure struct {
	Metric Metric `json:"metric"`
	Cases  int    `json:"cases"`
	stats.Interval
}

// Figure returns the figure of a metric; ok is false if it applied to no case.
func (r Row) Figure(m Metric) (f Figure, ok bool) {
	for _, f := range r.Figures {
		if f.Metric == m {
			return f, true
		}
	}
	return Figure{}, false
}

// Refusal is how well an agent tells what the documents answer. With several
// repeats a case counts by the share of its answers. Figures without cases to
// stand on are 0.
type Refusal struct {
	Answerable   int     `json:"answerable"` // cases
	Unanswerable int     `json:"unanswerable"`
	Recall       float64 `json:"recall"`       // of the unanswerable, how many were refused
	Precision    float64 `json:"precision"`    // of the refused, how many are unanswerable
	OverRefusal  float64 `json:"over_refusal"` // of the answerable, how many were refused
	// BalancedAccuracy is the mean of Recall and 1 - OverRefusal.
	BalancedAccuracy float64 `json:"balanced_accuracy"`
}

// Report adds an evaluation up.
func (e Evaluation) Report() Report {
	r := Report{Prompt: e.Prompt, Conditions: e.Conditions, Cases: len(e.Results), Refusal: e.refusal()}
	groups := newGrouping("all", "type", "style", "kind")
	members := map[groupKey][]Result{}
	clusters := map[string]bool{}
	for _, x := range e.Results {
		clusters[x.Case.Cluster] = true
		for _, a := range x.Answers {
			r.Failures += int(yes(a.Failed))
			r.JudgeLost += int(yes(a.JudgeFailed))
		}
		for _, key := range groups.of(x.Case.Case) {
			members[key] = append(members[key], x)
		}
	}
	r.Clusters = len(clusters)
	for _, key := range groups.sorted() {
		r.Rows = append(r.Rows, row(key, members[key], e.Conditions.Seed))
	}
	return r
}

func row(key groupKey, results []Result, seed uint64) Row {
	out := Row{By: key.by, Group: key.group, Cases: len(results)}
	for _, m := range metrics {
		var values []float64
		var clusters []string
		for _, x := range results {
			if v, ok := x.mean(m); ok {
				values = append(values, v)
				clusters = append(clusters, x.Case.Cluster)
			}
		}
		if len(values) == 0 {
			continue
		}
		interval, err := stats.Bootstrap{Resamples: resamples, Seed: seed}.Mean(values, clusters)
		if err != nil && !errors.Is(err, stats.ErrTooFew) {
			continue // not a finite number
		}
		out.Figures = append(out.Figures, Figure{m, len(values), interval})
	}
	return out
}

func (e Evaluation) refusal() Refusal {
	var out Refusal
	var rightly, wrongly float64
	for _, x := range e.Results {
		if x.Case.Type == Unanswerable {
			out.Unanswerable++
			rightly += x.refused()
		} else {
			out.Answerable++
			wrongly += x.refused()
		}
	}
	out.Recall = ratio(rightly, float64(out.Unanswerable))
	out.Precision = ratio(rightly, rightly+wrongly)
	out.OverRefusal = ratio(wrongly, float64(out.Answerable))
	out.BalancedAccuracy = (out.Recall + 1 - out.OverRefusal) / 2
	return out
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// Comparison is what changed between two evaluations of the same cases under
// the same conditions.
type Comparison struct {
	Before   agent.PromptRef `json:"before"`
	After    agent.PromptRef `json:"after"`
	Cases    int             `json:"cases"`
	Clusters int             `json:"clusters"`
	Changes  []Change        `json:"changes"` // each case weighing the same
	// ByCluster is the change of the score with each cluster weighing the same,
	// which is what rounds and the gate go by.
	ByCluster Change `json:"by_cluster"`
	Better    int    `json:"better"` // cases
	Worse     int    `json:"worse"`
}

// Change is a metric before and after, over the cases to which it applies in
// both, with the 95 % interval by cluster of the paired difference.
type Change struct {
	Metric     Metric         `json:"metric"`
	Cases      int            `json:"cases"`
	Before     float64        `json:"before"`
	After      float64        `json:"after"`
	Difference stats.Interval `json:"difference"`
}

// Change returns the change of a metric; ok is false if it applied nowhere.
func (c Comparison) Change(m Metric) (ch Change, ok bool) {
	for _, ch := range c.Changes {
		if ch.Metric == m {
			return ch, true
		}
	}
	return Change{}, false
}

// Compare pairs two evaluations case by case. It refuses evaluations of
// different cases or under different conditions.
func Compare(before, after Evaluation) (Comparison, error) {
	if before.Conditions != after.Conditions {
		return Comparison{}, errors.New("compare evaluations: the conditions differ, so the scores don't compare")
	}
	if len(before.Results) != len(after.Results) {
		return Comparison{}, fmt.Errorf("compare evaluations of %d and %d cases", len(before.Results), len(after.Results))
	}
	out := Comparison{Before: before.Prompt, After: after.Prompt, Cases: len(before.Results)}
	clusters := map[string]bool{}
	for i, b := range before.Results {
		if a := after.Results[i]; a.Case.ID != b.Case.ID {
			return Comparison{}, fmt.Errorf("compare evaluations: case %d is %s in one and %s in the other", i, b.Case.ID, a.Case.ID)
		}
		clusters[b.Case.Cluster] = true
	}
	out.Clusters = len(clusters)
	for _, m := range metrics {
		if c, ok := change(m, before, after); ok {
			out.Changes = append(out.Changes, c)
		}
	}
	out.ByCluster = changeByCluster(before, after)
	for i, b := range before.Results {
		x, okX := b.score()
		y, okY := after.Results[i].score()
		out.Better += int(yes(okX && okY && y > x))
		out.Worse += int(yes(okX && okY && y < x))
	}
	return out, nil
}

func change(m Metric, before, after Evaluation) (Change, bool) {
	out := Change{Metric: m}
	var x, y []float64
	var clusters []string
	for i, b := range before.Results {
		v, ok := b.mean(m)
		w, okToo := after.Results[i].mean(m)
		if ok && okToo {
			x, y = append(x, v), append(y, w)
			clusters = append(clusters, b.Case.Cluster)
			out.Before += v
			out.After += w
		}
	}
	if out.Cases = len(x); out.Cases == 0 {
		return out, false
	}
	out.Before /= float64(out.Cases)
	out.After /= float64(out.Cases)
	interval, err := stats.Bootstrap{Resamples: resamples, Seed: before.Conditions.Seed}.Paired(x, y, clusters)
	if err != nil && !errors.Is(err, stats.ErrTooFew) {
		return out, false
	}
	out.Difference = interval
	return out, true
}

// changeByCluster compares the scores over the cases that were graded in both.
func changeByCluster(before, after Evaluation) Change {
	var was, is clusterSums
	out := Change{Metric: MetricScore}
	for i, b := range before.Results {
		x, ok := b.score()
		y, okToo := after.Results[i].score()
		if ok && okToo {
			out.Cases++
			was.add(b.Case.Cluster, x)
			is.add(b.Case.Cluster, y)
		}
	}
	out.Before, out.After = mean(was.means()), mean(is.means())
	found, err := stats.Bootstrap{Resamples: resamples, Seed: before.Conditions.Seed}.Paired(was.means(), is.means(), nil)
	if err == nil || errors.Is(err, stats.ErrTooFew) {
		out.Difference = found
	}
	return out
}
