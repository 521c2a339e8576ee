package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
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
	Search     string            `json:"search,omitempty"`    // what came of the search for candidates, in words
	Forecast   string            `json:"forecast,omitempty"`  // in words
	Questions  []CaseChange      `json:"questions,omitempty"` // champion and candidate, case by case
	Gate       *GateReport       `json:"gate,omitempty"`
	Tokens     float64           `json:"tokens,omitempty"`
	Budget     Budget            `json:"budget,omitzero"`
	Spend      Spend             `json:"spend,omitzero"` // without the entry's, as long as that is closed
	Hash       string            `json:"hash,omitempty"` // of the certificate, once the round has ended
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

// Report reads a round's certificate. Its entry is left out, unless the round
// was promoted, so that its cases retired with it; see OpenReport.
func (r Round) Report() (RoundReport, error) { return r.report(r.State == Promoted) }

// CaseReader reads cases; stores do.
type CaseReader interface {
	Cases(ctx context.Context, f CaseFilter) ([]StoredCase, error)
}

// OpenReport is Report with what concerns sealed cases as soon as all that the
// round used have retired.
func OpenReport(ctx context.Context, store CaseReader, r Round) (RoundReport, error) {
	open, err := opened(ctx, store, r)
	if err != nil {
		return RoundReport{}, err
	}
	return r.report(open)
}

// OpenCertificate returns the certificate as far as it may be seen: whole once
// all sealed cases in it have retired, else in its closed form.
func OpenCertificate(ctx context.Context, store CaseReader, r Round) (json.RawMessage, error) {
	open, err := opened(ctx, store, r)
	if err != nil {
		return nil, err
	}
	c, err := r.certificate()
	if err != nil {
		return nil, err
	}
	if open {
		return c.encode()
	}
	c.Commitment = ""
	if c, err = c.Closed(); err != nil {
		return nil, err
	}
	if c.Commitment == "" { // of the first format
		c.Entry, c.Tokens = nil, 0
	}
	return c.encode()
}

// opened tells whether a round has ended and all sealed cases that it used have
// retired.
func opened(ctx context.Context, store CaseReader, r Round) (bool, error) {
	c, err := r.certificate()
	if err != nil || c.Entry == nil || r.State == Running {
		return err == nil && c.Entry == nil, err
	}
	sealed, err := store.Cases(ctx, CaseFilter{Agent: r.Agent, Split: Sealed})
	if err != nil {
		return false, fmt.Errorf("cases of agent %s: %w", r.Agent, err)
	}
	still := map[string]bool{}
	for _, s := range sealed {
		still[s.ID] = true
	}
	return !slices.ContainsFunc(c.Entry.cases(), func(id string) bool { return still[id] }), nil
}

func (r Round) report(open bool) (RoundReport, error) {
	c, err := r.certificate()
	if err != nil {
		return RoundReport{}, err
	}
	out := RoundReport{
		Round: r, Mode: c.Mode, Conditions: c.Conditions, Before: c.Champion, After: c.Chosen,
		Train: c.Train, Dev: c.Dev, Candidates: c.Candidates, Questions: c.Questions,
		Search: c.Search, Budget: c.Budget, Spend: c.Spend,
	}
	if r.State != Running {
		if out.Hash, err = (pastRound{r, c}).hash(); err != nil {
			return RoundReport{}, err
		}
	}
	if c.Forecast != nil {
		out.Forecast = c.Forecast.String()
	}
	if !open && c.Entry != nil {
		return out, nil // the tokens would tell how many cases were used
	}
	out.Tokens = c.Tokens
	if c.Entry != nil {
		out.Gate = c.Entry.report()
		out.Spend = out.Spend.plus(c.Entry.Spend)
		out.Questions = slices.Concat(out.Questions, c.Entry.changes())
	}
	return out, nil
}

// changes are the changes of the sealed cases whose bets were settled.
func (e EntryRecord) changes() []CaseChange {
	var out []CaseChange
	for _, cluster := range e.Clusters {
		for _, c := range cluster.Cases {
			if len(c.Champion) > 0 && len(c.Candidate) > 0 && !c.JudgeFailed {
				out = append(out, CaseChange{c.ID, Sealed, mean(scoresOf(c.Champion)), mean(scoresOf(c.Candidate))})
			}
		}
	}
	return out
}

func (e EntryRecord) report() *GateReport {
	g := &GateReport{Alpha: e.Terms.Alpha, Needed: 1 / e.Terms.Alpha, Change: e.Change, Guardrails: e.Guardrails}
	for _, c := range e.Clusters {
		if c.Gone {
			continue
		}
		g.Clusters++
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
	if r.Search != "" {
		out = append(out, r.Search)
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
	return append(out, r.spendWords(), r.Verdict)
}

// spendWords says what the round took, as far as that may be seen.
func (r RoundReport) spendWords() string {
	before := ""
	if r.Entered && r.Gate == nil {
		before = " before the gate"
	}
	out := fmt.Sprintf("Spent%s: %s.", before, r.Spend)
	if r.Budget.bounded() {
		out += fmt.Sprintf(" The budget was %s.", r.Budget)
	}
	return out
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

// OpenQuestions returns the text of an agent's questions by case ID, but for
// those that are sealed.
func OpenQuestions(ctx context.Context, store CaseReader, agent string) (map[string]string, error) {
	cases, err := store.Cases(ctx, CaseFilter{Agent: agent, Retired: true})
	if err != nil {
		return nil, fmt.Errorf("cases of agent %s: %w", agent, err)
	}
	out := map[string]string{}
	for _, c := range cases {
		if c.Split != Sealed || !c.Retired.IsZero() {
			out[c.ID] = c.Question
		}
	}
	return out, nil
}
