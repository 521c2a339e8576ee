package gate

import (
	"errors"
	"fmt"
	"math"
)

// Pair is one case's value of a metric under both prompts; NaN means that there
// is none. Where the candidate alone has none, the case counts as the worst
// there is for it. Where the champion has none, the case tells nothing.
type Pair struct {
	Champion  float64
	Candidate float64
}

// Guardrail is a test of non-inferiority: that a candidate is, in the mean over
// clusters, at most a margin worse in a metric that the score leaves out. Watch
// carries it out. Guardrails only hold promotions back, so they cost none of
// the Budget.
type Guardrail struct {
	Name        string
	LowerBetter bool // as with cost and latency
	// Relative says that values are amounts, 0 or more, of which the ratio
	// counts: a case is ln(candidate/champion) worse. It has no unit, and one
	// slow answer cannot outweigh all others as it would in a mean. Otherwise
	// values are shares in [0, 1], whose difference counts.
	Relative bool
	// Margin is how much worse is put up with, more than 0: as a share of the
	// champion's value if Relative, else as a difference of shares, below 1.
	Margin float64
}

// Guardrails returns the default set. Values per case: refusal, 1 where
// answering or declining was right, else 0; citations, the share of citations
// that are valid; cost and latency in any unit, with room for twice as much: a
// prompt that makes an agent search again costs more, and is worth it where the
// score says so.
func Guardrails() []Guardrail {
	return []Guardrail{
		{Name: "refusal", Margin: 0.05},
		{Name: "citations", Margin: 0.05},
		{Name: "cost", LowerBetter: true, Relative: true, Margin: 1},
		{Name: "latency", LowerBetter: true, Relative: true, Margin: 1},
	}
}

const (
	// GuardError is the chance, per guardrail and entry, that a candidate that is
	// worse by the margin or more passes as not worse.
	GuardError = 0.05
	// finest is what few clusters can tell, times √N: no test whose error is
	// GuardError finds out more about shares that differ in one cluster of ten.
	// A finer margin would only block what is harmless; see docs/gate.md.
	finest = 1.1
	// widest bounds the margin where there are hardly any clusters.
	widest = 0.5
	// cutoff is where ratios are cut off, in margins (as logarithms) on either
	// side of the margin.
	cutoff = 3
)

// allowed is the margin that clusters can tell: for shares, at least finest/√N;
// for ratios its logarithm.
func (g Guardrail) allowed(clusters int) float64 {
	if g.Relative {
		return math.Log1p(g.Margin)
	}
	return max(g.Margin, min(widest, finest/math.Sqrt(float64(clusters))))
}

func (g Guardrail) check() error {
	if !(g.Margin > 0) || math.IsInf(g.Margin, 0) || !g.Relative && g.Margin >= 1 {
		return fmt.Errorf("margin %v is out of range", g.Margin)
	}
	return nil
}

// worse returns how much worse the candidate is in a cluster, the mean over its
// cases, in [low, high]; ok is false if no case tells anything.
func (g Guardrail) worse(pairs []Pair, low, high float64) (mean float64, ok bool, err error) {
	if len(pairs) == 0 {
		return 0, false, errors.New("cluster without cases")
	}
	n := 0
	for i, p := range pairs {
		if err := errors.Join(g.checkValue(p.Champion), g.checkValue(p.Candidate)); err != nil {
			return 0, false, fmt.Errorf("case %d: %w", i, err)
		}
		switch {
		case math.IsNaN(p.Champion):
			continue
		case math.IsNaN(p.Candidate):
			mean += high
		default:
			mean += min(max(g.loss(p), low), high)
		}
		n++
	}
	if n == 0 {
		return 0, false, nil
	}
	return min(max(mean/float64(n), low), high), true, nil
}

func (g Guardrail) checkValue(v float64) error {
	if v < 0 || math.IsInf(v, 0) || !g.Relative && v > 1 {
		return fmt.Errorf("value %v is out of range", v)
	}
	return nil
}

// loss is how much worse one case is; it may be infinite.
func (g Guardrail) loss(p Pair) float64 {
	d := p.Candidate - p.Champion
	if g.Relative {
		d = 0
		if p.Candidate != p.Champion {
			d = math.Log(p.Candidate) - math.Log(p.Champion)
		}
	}
	if g.LowerBetter {
		return d
	}
	return -d
}
