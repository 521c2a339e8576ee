package gate

import (
	"errors"
	"fmt"
	"math"

	"github.com/honehq/hone/eval/stats"
)

// Pair is one case's value of a metric under both prompts.
type Pair struct {
	Cluster   string // document cluster of the case
	Champion  float64
	Candidate float64
}

// Guardrail is a test of non-inferiority: that a candidate is, in the mean
// over cases, at most a margin worse in a metric which the score leaves out.
// Guardrails only hold promotions back, so they cost none of the Budget.
type Guardrail struct {
	Name        string
	LowerBetter bool    // as with cost and latency
	Relative    bool    // Margin is a share of the champion's mean, not in the metric's unit
	Margin      float64 // how much worse is put up with; 0 or more
}

// Guardrails returns the default set. Values per case: refusal, 1 where
// answering or declining was right, else 0; citations, the share of citations
// that are valid; cost and latency in any unit.
func Guardrails() []Guardrail {
	return []Guardrail{
		{Name: "refusal", Margin: 0.05},
		{Name: "citations", Margin: 0.02},
		{Name: "cost", LowerBetter: true, Relative: true, Margin: 0.25},
		{Name: "latency", LowerBetter: true, Relative: true, Margin: 0.25},
	}
}

// Result is what a guardrail found.
type Result string

// The results. Strict non-inferiority takes Held alone; with few cases a
// harmless candidate is often Unclear.
const (
	Held    Result = "held"    // with 95 % confidence not worse than the margin
	Unclear Result = "unclear" // the data fit either way
	Broken  Result = "broken"  // with 95 % confidence worse than the margin
)

// minGuardClusters is where a bootstrap starts to mean something; below it a
// guardrail is Unclear.
const minGuardClusters = 10

// Finding is a guardrail's result with its figures, in the metric's unit.
type Finding struct {
	Guardrail string  `json:"guardrail"`
	Champion  float64 `json:"champion"`  // mean over cases
	Candidate float64 `json:"candidate"` // mean over cases
	Worse     float64 `json:"worse"`     // how much worse the candidate is; below 0, better
	Bound     float64 `json:"bound"`     // upper 95 % limit of Worse
	Allowed   float64 `json:"allowed"`   // the margin; the guardrail holds where Bound ≤ Allowed
	Clusters  int     `json:"clusters"`
	Result    Result  `json:"result"`
}

// Check compares the prompts over paired cases. The limits come from a
// bootstrap over clusters, made the same by the same seed; with some tens of
// clusters their 95 % are 93 in truth. Values must be finite, and for a
// relative margin not negative. A bootstrap cannot see an event so rare that
// it never happened in these cases.
func (g Guardrail) Check(pairs []Pair, seed uint64) (Finding, error) {
	if !(g.Margin >= 0) {
		return Finding{}, fmt.Errorf("guardrail %s: margin %v", g.Name, g.Margin)
	}
	champion, candidate, clusters, err := g.columns(pairs)
	if err != nil {
		return Finding{}, fmt.Errorf("guardrail %s: %w", g.Name, err)
	}
	// A two-sided 90 % interval has one-sided 95 % limits. With a relative
	// margin the test is on worse - margin × champion, a mean like any other,
	// where a ratio of means would be skewed and could divide by zero.
	excess := make([]float64, len(pairs))
	for i := range pairs {
		excess[i] = g.worse(champion[i], candidate[i]) - g.allowed(champion[i])
	}
	interval, err := stats.Bootstrap{Level: 0.90, Seed: seed}.Mean(excess, clusters)
	if err != nil && !errors.Is(err, stats.ErrTooFew) {
		return Finding{}, fmt.Errorf("guardrail %s: %w", g.Name, err)
	}
	f := Finding{
		Guardrail: g.Name, Clusters: interval.Clusters,
		Champion: mean(champion), Candidate: mean(candidate),
	}
	f.Worse, f.Allowed = g.worse(f.Champion, f.Candidate), g.allowed(f.Champion)
	f.Bound = interval.High + f.Allowed
	f.Result = f.judge(interval)
	return f, nil
}

func (f Finding) judge(excess stats.Interval) Result {
	// What sums may be off by, so that a candidate worse by exactly the margin
	// in every case still passes.
	rounding := 1e-12 * (math.Abs(f.Champion) + math.Abs(f.Candidate))
	switch {
	case excess.Clusters < minGuardClusters:
		return Unclear
	case excess.High <= rounding:
		return Held
	case excess.Low > rounding:
		return Broken
	default:
		return Unclear
	}
}

func (g Guardrail) worse(champion, candidate float64) float64 {
	if g.LowerBetter {
		return candidate - champion
	}
	return champion - candidate
}

func (g Guardrail) allowed(champion float64) float64 {
	if g.Relative {
		return g.Margin * champion
	}
	return g.Margin
}

// columns takes the pairs apart and checks what the bootstrap cannot see.
func (g Guardrail) columns(pairs []Pair) (champion, candidate []float64, clusters []string, err error) {
	for i, p := range pairs {
		if g.Relative && (p.Champion < 0 || p.Candidate < 0) {
			return nil, nil, nil, fmt.Errorf("case %d: a relative margin needs values of 0 or more", i)
		}
		champion = append(champion, p.Champion)
		candidate = append(candidate, p.Candidate)
		clusters = append(clusters, p.Cluster)
	}
	return champion, candidate, clusters, nil
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// String says the finding in words.
func (f Finding) String() string {
	figures := fmt.Sprintf("%s %.3g before, %.3g after", f.Guardrail, f.Champion, f.Candidate)
	switch {
	case f.Result == Held:
		return fmt.Sprintf("%s: held, at most %.3g worse with 95 %% confidence, %.3g allowed", figures, max(f.Bound, 0), f.Allowed)
	case f.Result == Broken:
		return fmt.Sprintf("%s: broken, %.3g worse, %.3g allowed", figures, f.Worse, f.Allowed)
	case f.Clusters < minGuardClusters:
		return fmt.Sprintf("%s: unclear, %d clusters are too few to tell", figures, f.Clusters)
	default:
		return fmt.Sprintf("%s: unclear, may be up to %.3g worse, %.3g allowed", figures, f.Bound, f.Allowed)
	}
}
