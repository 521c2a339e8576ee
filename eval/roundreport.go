package eval

import (
	"fmt"
	"strings"

	"github.com/honehq/hone/eval/gate"
)

// RoundReport is a round for people. What concerns sealed cases is in it only
// once they have retired.
type RoundReport struct {
	Round
	Mode       Mode              `json:"mode"`
	Conditions Conditions        `json:"conditions"`
	Before     PromptRecord      `json:"before"`
	After      *PromptRecord     `json:"after,omitempty"` // the candidate that did best on dev
	Train      *Report           `json:"train,omitempty"` // of the prompt before
	Dev        *Comparison       `json:"dev,omitempty"`
	Candidates []CandidateRecord `json:"candidates,omitempty"`
	Forecast   string            `json:"forecast,omitempty"` // in words
	Gate       *GateReport       `json:"gate,omitempty"`
	Tokens     float64           `json:"tokens,omitempty"`
}

// GateReport is a gate entry whose cases have retired.
type GateReport struct {
	Alpha      float64        `json:"alpha"`
	Needed     float64        `json:"needed"` // the e-value asked for
	E          []float64      `json:"e"`      // after each cluster
	Clusters   int            `json:"clusters"`
	Change     *Comparison    `json:"change,omitempty"`
	Guardrails []gate.Finding `json:"guardrails,omitempty"`
}

// Report reads a round's certificate.
func (r Round) Report() (RoundReport, error) {
	c, err := r.certificate()
	if err != nil {
		return RoundReport{}, err
	}
	out := RoundReport{
		Round: r, Mode: c.Mode, Conditions: c.Conditions, Before: c.Champion, After: c.Chosen,
		Train: c.Train, Dev: c.Dev, Candidates: c.Candidates,
	}
	if c.Forecast != nil {
		out.Forecast = c.Forecast.String()
	}
	if r.State != Promoted && c.Entry != nil {
		return out, nil // the tokens would tell how many cases were used
	}
	out.Tokens = c.Tokens
	if c.Entry != nil {
		out.Gate = c.Entry.report()
	}
	return out, nil
}

func (e EntryRecord) report() *GateReport {
	g := &GateReport{Alpha: e.Terms.Alpha, Needed: 1 / e.Terms.Alpha, Clusters: len(e.Clusters), Change: e.Change, Guardrails: e.Guardrails}
	for _, c := range e.Clusters {
		g.E = append(g.E, c.E)
	}
	return g
}

// Words says the report in lines, for a terminal.
func (r RoundReport) Words() []string {
	var out []string
	n, refused := len(r.Candidates), 0
	for _, c := range r.Candidates {
		refused += int(yes(c.Refused != ""))
	}
	if n > 0 {
		out = append(out, fmt.Sprintf("%d candidates were proposed; %d did not pass the lint.", n, refused))
	}
	if r.Dev != nil {
		out = append(out, "Dev: "+r.Dev.words())
	}
	if r.Forecast != "" {
		out = append(out, r.Forecast)
	}
	if r.Gate != nil && r.Gate.Change != nil {
		out = append(out, "Sealed: "+r.Gate.Change.words())
		for _, f := range r.Gate.Guardrails {
			out = append(out, "Guardrail "+f.String()+".")
		}
	}
	return append(out, r.Verdict)
}

// words says what changed in the score, each cluster weighing the same.
func (c Comparison) words() string {
	ch := c.ByCluster
	if ch.Cases == 0 {
		return "nothing was graded."
	}
	var s strings.Builder
	fmt.Fprintf(&s, "score %.3f before, %.3f after (%s), over %d cases in %d clusters; ", ch.Before, ch.After, points(ch.Difference), c.Cases, c.Clusters)
	fmt.Fprintf(&s, "%d cases better, %d worse.", c.Better, c.Worse)
	return s.String()
}
