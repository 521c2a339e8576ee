// Package calibrate finds out how far a model may be trusted as a judge: people
// grade answers without knowing which prompt they come from, the judge grades
// the same ones, and what it favours candidates by, at most, is what the gate
// subtracts. Fixed answers are graded anew later, to see whether the judge is
// still the one that was calibrated. It stores answers with people's labels, and
// one calibration per judge.
package calibrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/stats"
)

// What auto asks for.
const (
	// MinClusters is in how many clusters answers of both prompts must be
	// labelled.
	MinClusters = 40
	// MaxBias is how much, in score, the judge may favour candidates at most.
	// The gate would subtract more, too, but could hardly be won then.
	MaxBias = 0.2
	// MaxFailures is the share of labelled answers that the judge may fail on.
	// What it fails on is left out here, which is right only if failing has
	// nothing to do with the arm; the gate, which can't know, counts a case as
	// lost (gate.JudgeFailed) if either answer's judge fails. Failing on a share f
	// of answers so takes up to 2f from a candidate, and is held to MaxBias, too.
	MaxFailures = MaxBias / 2
	// Gradings is how often each anchor is graded at calibration, which
	// measures how far the judge agrees with itself.
	Gradings = 4
	// MaxAnchors is how many labelled answers are graded again later.
	MaxAnchors = 40
)

// Store keeps items and calibrations. Missing things wrap fs.ErrNotExist.
type Store interface {
	// AddLabelItems stores items whose ID the agent doesn't have yet, behind those
	// that it has, and returns how many. What cites a deleted file is left out;
	// when a file is deleted later, items that cite it go.
	AddLabelItems(ctx context.Context, agent string, items []Item) (int, error)
	// LabelItems returns an agent's items in the order in which they were added.
	LabelItems(ctx context.Context, agent string) ([]Item, error)
	// PutLabel stores a person's label in place of an earlier one.
	PutLabel(ctx context.Context, agent, item string, l Label) error
	// PutCalibration stores it in place of an earlier one of the same judge.
	PutCalibration(ctx context.Context, c Calibration) error
	Calibration(ctx context.Context, agent, judge string) (Calibration, error)
}

// Calibration is what is known of one judge, for one agent.
type Calibration struct {
	Agent    string    `json:"agent"`
	Judge    string    `json:"judge"` // see KeyOf
	MadeAt   time.Time `json:"made_at"`
	Answers  int       `json:"answers"`  // labelled ones
	Failures int       `json:"failures"` // of them, how many the judge failed on in any of Gradings
	Checks   int       `json:"checks"`
	// Kappa, Sensitivity and Specificity compare check by check; nil where the
	// labels have no such figure.
	Kappa       *stats.Interval `json:"kappa,omitempty"`
	Sensitivity *stats.Interval `json:"sensitivity,omitempty"`
	Specificity *stats.Interval `json:"specificity,omitempty"`
	// Bias is by how much the judge favours candidates: the mean over clusters
	// of its candidate's minus its champion's score, less the same by people's
	// labels. Its ends are the one-sided 95 % limits of stats.UpperLimit.
	Bias     *stats.Interval `json:"bias,omitempty"`
	Clusters int             `json:"clusters"`         // with both prompts' answers labelled
	Wanted   int             `json:"wanted,omitempty"` // how many more of them auto would take, at this spread
	Anchors  []Anchor        `json:"anchors,omitempty"`
	Drift    *Drift          `json:"drift,omitempty"` // the last look
}

// Config says what to calibrate.
type Config struct {
	Store    Store
	Judge    eval.Judge
	Agent    string
	Seed     uint64
	Progress func(done, total int) // gradings; may be nil
}

// KeyOf names exactly this judge: model, template, provider and rubric.
func KeyOf(j eval.JudgeInfo) string { return j.Name + " at " + j.Provider + " by " + eval.Rubric }

// ErrNoLabels says that nobody has graded an answer.
var ErrNoLabels = errors.New("no answer has been labelled yet")

// Run grades all labelled answers, compares, and stores the calibration. It
// returns ErrNoLabels without labels.
func Run(ctx context.Context, cfg Config) (Calibration, error) {
	items, err := cfg.Store.LabelItems(ctx, cfg.Agent)
	if err != nil {
		return Calibration{}, err
	}
	items = slices.DeleteFunc(items, func(i Item) bool { return !i.labelled() })
	if len(items) == 0 {
		return Calibration{}, fmt.Errorf("agent %s: %w", cfg.Agent, ErrNoLabels)
	}
	graded, err := gradeAll(ctx, cfg, items)
	if err != nil {
		return Calibration{}, err
	}
	c := Calibration{
		Agent: cfg.Agent, Judge: KeyOf(cfg.Judge.Describe()), MadeAt: time.Now().UTC().Truncate(time.Microsecond),
		Answers: len(items), Failures: len(items) - len(graded),
	}
	c.compare(graded, cfg.Seed)
	if err := c.favour(graded, cfg.Seed); err != nil {
		return c, err
	}
	c.anchor(graded, cfg.Seed)
	return c, cfg.Store.PutCalibration(ctx, c)
}

// graded is a labelled answer with the judge's gradings.
type graded struct {
	Item
	grades []eval.Grade
}

// gradeAll grades each answer Gradings times. One that the judge fails on is
// left out.
func gradeAll(ctx context.Context, cfg Config, items []Item) ([]graded, error) {
	var out []graded
	for i, item := range items {
		g := graded{Item: item}
		for n := range Gradings {
			grade, err := cfg.Judge.Grade(ctx, item.Case, item.Answer)
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if err != nil {
				break
			}
			g.grades = append(g.grades, grade)
			if cfg.Progress != nil {
				cfg.Progress(i*Gradings+n+1, len(items)*Gradings)
			}
		}
		if len(g.grades) == Gradings {
			out = append(out, g)
		}
	}
	return out, nil
}

// compare fills in how judge and people agree, by the first grading.
func (c *Calibration) compare(list []graded, seed uint64) {
	byCluster := map[string]stats.Table{}
	for _, g := range list {
		passes := passesOf(g.grades[0])
		for id, human := range g.Label.Facts {
			t := &stats.Table{}
			switch judge := passes[id]; {
			case judge && human:
				t.BothYes++
			case judge:
				t.JudgeOnly++
			case human:
				t.HumanOnly++
			default:
				t.BothNo++
			}
			byCluster[g.Cluster] = byCluster[g.Cluster].Plus(*t)
			c.Checks++
		}
	}
	var tables []stats.Table
	for _, name := range sortedKeys(byCluster) {
		tables = append(tables, byCluster[name])
	}
	boot := stats.Bootstrap{Resamples: 2000, Seed: seed}
	figure := func(i stats.Interval, err error) *stats.Interval {
		if err != nil && !errors.Is(err, stats.ErrTooFew) {
			return nil
		}
		return &i
	}
	c.Kappa = figure(boot.Kappa(tables))
	c.Sensitivity = figure(boot.Sensitivity(tables))
	c.Specificity = figure(boot.Specificity(tables))
}

// passesOf are a grade's decided facts.
func passesOf(g eval.Grade) map[string]bool {
	out := map[string]bool{}
	for _, c := range g.Checks {
		out[c.ID] = c.Pass
	}
	return out
}

// favour fills in the bias.
func (c *Calibration) favour(list []graded, seed uint64) error {
	values := favours(list)
	if c.Clusters = len(values); c.Clusters == 0 {
		c.Wanted = MinClusters
		return nil
	}
	bias, err := biasOf(values, seed)
	if err != nil {
		return err
	}
	c.Bias = &bias
	c.Wanted = wanted(values, seed)
	return nil
}

// Favour bounds: a score is in [0, 1], a difference of scores in [-1, 1], and
// the difference of two of these in [-2, 2].
const widest = 2

func biasOf(values []float64, seed uint64) (stats.Interval, error) {
	out := stats.Interval{Level: 0.9, Clusters: len(values)}
	for _, v := range values {
		out.Estimate += v / float64(len(values))
	}
	var err, errToo error
	out.Low, err = stats.LowerLimit(values, -widest, widest, 0.05, seed)
	out.High, errToo = stats.UpperLimit(values, -widest, widest, 0.05, seed)
	return out, errors.Join(err, errToo)
}

// favours are, by cluster, what the judge gives the candidate more than people
// do, less what it gives the champion more. The judge's score is the mean over
// its gradings.
func favours(list []graded) []float64 {
	type sums struct {
		err [2]float64
		n   [2]int
	}
	byCase := map[string]map[string]*sums{} // cluster, case
	for _, g := range list {
		if byCase[g.Cluster] == nil {
			byCase[g.Cluster] = map[string]*sums{}
		}
		s := byCase[g.Cluster][g.Case.ID]
		if s == nil {
			s = &sums{}
			byCase[g.Cluster][g.Case.ID] = s
		}
		arm := 0
		if g.Arm == Candidate {
			arm = 1
		}
		human := eval.GradeFacts(g.Case, g.Answer, g.Label.Facts).Score
		for _, grade := range g.grades {
			s.err[arm] += (grade.Score - human) / float64(len(g.grades))
		}
		s.n[arm]++
	}
	var out []float64
	for _, cluster := range sortedKeys(byCase) {
		sum, n := 0.0, 0
		for _, id := range sortedKeys(byCase[cluster]) {
			if s := byCase[cluster][id]; s.n[0] > 0 && s.n[1] > 0 {
				sum += s.err[1]/float64(s.n[1]) - s.err[0]/float64(s.n[0])
				n++
			}
		}
		if n > 0 {
			out = append(out, min(max(sum/float64(n), -widest), widest))
		}
	}
	return out
}

// wanted is how many more clusters auto would take if they were like those that
// there are; 0: none, -1: more than ten times as many.
func wanted(values []float64, seed uint64) int {
	for n := max(len(values), MinClusters); n <= 10*max(len(values), MinClusters); n += max(5, n/20) {
		var like []float64
		for i := range n {
			like = append(like, values[i%len(values)])
		}
		if b, err := biasOf(like, seed); err == nil && b.High <= MaxBias {
			return n - len(values)
		}
	}
	return -1
}

// Failed tells whether the judge failed on too many answers for the others to
// say what it is like.
func (c *Calibration) Failed() bool { return float64(c.Failures) > MaxFailures*float64(c.Answers) }

// Doubt says why auto acts as approve; it is empty if nothing speaks for that.
func (c *Calibration) Doubt() string {
	switch {
	case c.Failed():
		return fmt.Sprintf("the judge failed to grade %d of %d labelled answers, and is not calibrated; at most %.0f %% may fail: see why its provider fails, then run hone eval calibrate",
			c.Failures, c.Answers, 100*MaxFailures)
	case c.Bias == nil || c.Clusters < MinClusters:
		return fmt.Sprintf("the judge was calibrated on labels in %d clusters; %d are wanted", c.Clusters, MinClusters)
	case c.Bias.High > MaxBias:
		return fmt.Sprintf("the judge may favour candidates by up to %.1f points; at most %.0f are allowed", 100*c.Bias.High, 100*MaxBias)
	case len(c.Anchors) < MinClusters/4:
		return "too few labelled answers are left to see whether the judge has drifted"
	case c.Drift != nil && c.Drift.Reason != "":
		return c.Drift.Reason
	}
	return ""
}

// Standing is what the calibration makes of a judge.
func (c *Calibration) Standing(info eval.JudgeInfo) eval.JudgeInfo {
	info.Calibrated = c.Bias != nil && !c.Failed()
	if c.Bias != nil {
		info.Bias = min(max(c.Bias.High, 0), 0.99)
	}
	info.Untrusted = c.Doubt()
	return info
}

// Find returns the calibration of a judge; a missing one wraps fs.ErrNotExist.
func Find(ctx context.Context, store Store, agent string, j eval.JudgeInfo) (Calibration, error) {
	c, err := store.Calibration(ctx, agent, KeyOf(j))
	if errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("calibration of judge %s: %w", KeyOf(j), err)
	}
	return c, err
}
