package eval

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/honehq/hone/eval/gate"
)

// Verified is what checking a round's certificate found.
type Verified struct {
	Round    string   `json:"round"`
	State    State    `json:"state"`
	Hash     string   `json:"hash"`               // of the certificate
	Bets     int      `json:"bets,omitempty"`     // e-values that were recomputed; 0 while the entry is closed
	Problems []string `json:"problems,omitempty"` // in words; none: it holds
}

// Verify checks the certificates of all of an agent's rounds, oldest first:
// that each is canonical, says what the round's record says, and names the hash
// of the one before; that prompts have the hashes given; that each entry was
// charged what the error budget rules; that its differences and e-values follow
// from the recorded scores, and the verdict from them; and that no sealed case
// was bet on again after a win. Rounds that still run are left out.
//
// It shows that what is written hangs together and, to whoever kept a hash,
// that it was not changed afterwards; not that the answers were graded rightly.
func Verify(rounds []Round) []Verified {
	v := verifier{ledger: &gate.Ledger{}, spent: map[string]bool{}}
	var out []Verified
	for _, r := range rounds {
		if r.State != Running {
			out = append(out, v.round(r))
		}
	}
	return out
}

// verifier is what certificates are checked against: those before.
type verifier struct {
	previous string // hash
	ledger   *gate.Ledger
	spent    map[string]bool // sealed cases up to and by the last win
	open     []string        // those since
	found    *Verified
}

func (v *verifier) wrong(format string, args ...any) {
	v.found.Problems = append(v.found.Problems, fmt.Sprintf(format, args...))
}

func (v *verifier) round(r Round) Verified {
	out := Verified{Round: r.ID, State: r.State}
	v.found = &out
	c, err := r.certificate()
	if err != nil || len(r.Certificate) == 0 {
		v.wrong("there is no certificate that can be read")
		return out
	}
	v.form(r, c)
	v.texts(c)
	v.budget(r, c)
	if c.Entry != nil {
		out.Bets = v.bets(c)
		v.cases(r, c)
	}
	if out.Hash, err = (pastRound{r, c}).hash(); err != nil {
		v.wrong("its hash cannot be taken: %v", err)
	}
	v.previous = out.Hash
	return out
}

// form checks the certificate as a document, and against the round's record.
func (v *verifier) form(r Round, c Certificate) {
	if again, err := c.encode(); err != nil || !bytes.Equal(again, r.Certificate) {
		v.wrong("it is not canonical, or holds what a certificate has no place for")
	}
	if c.Previous != v.previous {
		v.wrong("it names %.12q as the hash of the certificate before, which is %.12q", c.Previous, v.previous)
	}
	if c.Round != r.ID || c.Agent != r.Agent || c.State != r.State || c.Verdict != r.Verdict {
		v.wrong("it speaks of round %s, %s; the record of round %s, %s", c.Round, c.State, r.ID, r.State)
	}
	if (c.Entry != nil) != r.Entered {
		v.wrong("the record says entered: %v, the certificate does not", r.Entered)
	}
}

func (v *verifier) texts(c Certificate) {
	records := []PromptRecord{c.Champion}
	if c.Chosen != nil {
		records = append(records, *c.Chosen)
	}
	for _, x := range c.Candidates {
		records = append(records, x.PromptRecord)
	}
	for _, p := range records {
		if p.Text != "" && p.Hash != hash(p.Text) {
			v.wrong("the text of prompt %s@%d does not have the hash that is given", p.ID, p.Version)
		}
	}
	if c.Chosen != nil && !slices.ContainsFunc(c.Candidates, func(x CandidateRecord) bool { return x.Hash == c.Chosen.Hash && x.Refused == "" }) {
		v.wrong("the prompt chosen is none of the candidates that were let through")
	}
}

// budget checks the ledger before the round, charges the round's entry, and
// closes it.
func (v *verifier) budget(r Round, c Certificate) {
	if !slices.EqualFunc(c.Ledger, v.ledger.Charges(), func(x, y gate.Charge) bool { return x.Verdict == y.Verdict && near(x.Alpha, y.Alpha) }) {
		v.wrong("its account of the error budget is not that of the rounds before")
	}
	if c.Entry == nil {
		return
	}
	due, err := v.ledger.Open()
	if err != nil {
		v.wrong("no entry could open: %v", err)
		return
	}
	if !near(due, c.Entry.Terms.Alpha) || !near(due, r.Alpha) {
		v.wrong("its entry was charged %.6g of the error budget where %.6g was due", c.Entry.Terms.Alpha, due)
	}
	if c.Entry.Terms.Bias != c.Conditions.Judge.Bias {
		v.wrong("the judge's bias is %v, but the bets allowed for %v", c.Conditions.Judge.Bias, c.Entry.Terms.Bias)
	}
	if err := v.ledger.Close(r.gateVerdict()); err != nil {
		v.wrong("its entry cannot be closed: %v", err)
	}
}

// bets recomputes the differences and the e-values from the recorded scores, and
// returns how many there are.
func (v *verifier) bets(c Certificate) int {
	entry, err := gate.Open(c.Entry.Terms)
	if err != nil {
		v.wrong("the terms of its entry are none: %v", err)
		return 0
	}
	n := 0
	for i, cluster := range c.Entry.Clusters {
		if cluster.Gone {
			if cluster.scored() {
				v.wrong("cluster %d of its entry is said to be gone, but its cases were scored", i+1)
			}
			continue
		}
		if cluster.Difference == nil {
			if i != len(c.Entry.Clusters)-1 {
				v.wrong("cluster %d of its entry has no outcome, though others follow", i+1)
			}
			break
		}
		d, err := cluster.difference()
		if err == nil && !near(d, *cluster.Difference) {
			err = fmt.Errorf("the scores differ by %v, not %v", d, *cluster.Difference)
		}
		var state gate.State
		if err == nil {
			state, err = entry.Observe(*cluster.Difference)
		}
		if err == nil && !near(state.E, cluster.E) {
			err = fmt.Errorf("the e-value is %v, not %v", state.E, cluster.E)
		}
		if err != nil {
			v.wrong("cluster %d of its entry: %v", i+1, err)
			return n
		}
		n++
	}
	if s := entry.State(); s.Verdict != c.Entry.State.Verdict || !near(s.Peak, c.Entry.State.Peak) {
		v.wrong("its entry ends as %s with a peak of %.4g, not as %s with %.4g", s.Verdict, s.Peak, c.Entry.State.Verdict, c.Entry.State.Peak)
	}
	return n
}

// scored tells whether anything is on record of how the cluster's cases did.
func (r ClusterRecord) scored() bool {
	return r.Difference != nil || slices.ContainsFunc(r.Cases, func(c CaseRecord) bool { return len(c.Champion) > 0 || len(c.Candidate) > 0 || c.JudgeFailed })
}

// difference recomputes what a cluster was bet on.
func (r ClusterRecord) difference() (float64, error) {
	var cases []gate.Case
	for _, c := range r.Cases {
		cases = append(cases, gate.Case{Champion: scoresOf(c.Champion), Candidate: scoresOf(c.Candidate), JudgeFailed: c.JudgeFailed})
	}
	return gate.Difference(cases)
}

func scoresOf(answers []AnswerRecord) []float64 {
	var out []float64
	for _, a := range answers {
		out = append(out, a.Score)
	}
	return out
}

// cases checks what was bet on, and that a win was one.
func (v *verifier) cases(r Round, c Certificate) {
	for _, f := range c.Entry.Guardrails {
		if err := f.Check(); err != nil {
			v.wrong("%v", err)
		}
	}
	for _, id := range c.Entry.cases() {
		if v.spent[id] {
			v.wrong("case %s was bet on again after a win", id)
		}
		v.open = append(v.open, id)
	}
	if !r.Won {
		if r.State == Promoted {
			v.wrong("it put a prompt in use without a win")
		}
		return
	}
	if err := c.Entry.won(); err != nil && c.Format != firstCertificateFormat {
		v.wrong("it counts as won, but %v", err)
	}
	for _, id := range v.open {
		v.spent[id] = true
	}
	v.open = nil
}

// won says why an entry was not.
func (e EntryRecord) won() error {
	if e.State.Verdict != gate.Promoted {
		return errors.New("the evidence did not reach what was asked for")
	}
	for _, f := range e.Guardrails {
		// Findings without differences are of older certificates, for which it
		// was enough that nothing was broken.
		if f.Result == gate.Broken || f.Result != gate.Held && f.Differences != nil {
			return fmt.Errorf("the guardrail %s was %s", f.Guardrail, f.Result)
		}
	}
	return nil
}

// near allows for machines that round differently.
func near(x, y float64) bool { return math.Abs(x-y) <= 1e-9*max(1, math.Abs(x), math.Abs(y)) }
