package gate

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Terms are fixed when an entry opens; changing them later would void it.
type Terms struct {
	Alpha    float64 `json:"alpha"`    // error probability, from Ledger.Open
	Clusters int     `json:"clusters"` // N, the number of differences to come
	// Bias is δ, how much the judge may favour a candidate over an equal
	// champion, in score, in [0, 1): the upper 95 % limit of its calibration
	// against people's labels. The entry then bets on (d - δ)/(1 + δ). 0 with
	// deterministic grading.
	Bias float64 `json:"bias,omitempty"`
}

func (t Terms) check() error {
	// From about 1e-250 on, 1/α comes near the end of the number range.
	if !(t.Alpha >= 1e-250 && t.Alpha < 1) {
		return fmt.Errorf("alpha %v is not in (0, 1)", t.Alpha)
	}
	if t.Clusters < 1 {
		return fmt.Errorf("%d clusters: at least one is needed", t.Clusters)
	}
	if !(t.Bias >= 0 && t.Bias < 1) {
		return fmt.Errorf("bias %v is not in [0, 1)", t.Bias)
	}
	return nil
}

// Verdict is where an entry stands, in the one word that may be told.
type Verdict string

// The verdicts. Pending is an entry that is still open.
const (
	Pending   Verdict = "open"
	Promoted  Verdict = "promoted"
	Rejected  Verdict = "rejected"
	Cancelled Verdict = "cancelled"
)

// State is an entry's state after the differences seen so far. All of it but
// the Verdict is sealed: it must not reach whoever proposes candidates before
// the cases retire.
type State struct {
	Seen int     `json:"seen"` // clusters observed
	E    float64 `json:"e"`    // the e-value now; finite
	Peak float64 `json:"peak"` // the highest e-value so far
	// Verdict is Promoted from the first E ≥ 1/α on, whatever follows,
	// Rejected if all clusters were seen without, else Pending.
	Verdict Verdict `json:"verdict"`
}

// Decided reports whether the verdict can no longer change.
func (s State) Decided() bool { return s.Verdict != Pending }

// Entry is one candidate's test against the champion. It is not safe for
// concurrent use.
type Entry struct {
	terms  Terms
	seen   []float64
	wealth wealth
	peak   float64
}

// Open starts an entry.
func Open(terms Terms) (*Entry, error) {
	if err := terms.check(); err != nil {
		return nil, fmt.Errorf("open entry: %w", err)
	}
	return &Entry{terms: terms, wealth: newWealth(), peak: 1}, nil
}

// Replay opens an entry and observes the differences again. It returns the
// same bits as observing them one by one, so a crash loses nothing but time,
// and a certificate can be checked from its recorded differences.
func Replay(terms Terms, differences []float64) (*Entry, error) {
	e, err := Open(terms)
	if err != nil {
		return nil, err
	}
	for _, d := range differences {
		if _, err := e.Observe(d); err != nil {
			return nil, fmt.Errorf("replay: %w", err)
		}
	}
	return e, nil
}

// Observe bets on the next cluster's difference d, from Difference, and
// returns the new state. Differences must come in the sealed random order.
// After a promotion it may be called on, while guardrails are settled. It
// refuses a d outside [-1, 1], NaN, and more than Terms.Clusters of them, and
// then leaves the entry as it was.
func (e *Entry) Observe(d float64) (State, error) {
	if !(d >= -1 && d <= 1) {
		return State{}, fmt.Errorf("observe cluster %d: difference %v is not in [-1, 1]", len(e.seen)+1, d)
	}
	if len(e.seen) >= e.terms.Clusters {
		return State{}, fmt.Errorf("observe cluster %d: the entry was opened for %d", len(e.seen)+1, e.terms.Clusters)
	}
	x := clip((d - e.terms.Bias) / (1 + e.terms.Bias))
	e.wealth.take(x, e.wealth.bet(e.terms.Alpha, e.terms.Clusters))
	e.seen = append(e.seen, d)
	e.peak = max(e.peak, e.wealth.e())
	return e.State(), nil
}

// State returns the entry's state.
func (e *Entry) State() State {
	s := State{Seen: len(e.seen), E: e.wealth.e(), Peak: e.peak, Verdict: Pending}
	switch {
	case e.peak >= 1/e.terms.Alpha:
		s.Verdict = Promoted
	case s.Seen == e.terms.Clusters:
		s.Verdict = Rejected
	}
	return s
}

// Terms returns what the entry was opened with.
func (e *Entry) Terms() Terms { return e.terms }

// Differences returns a copy of the differences seen, in order.
func (e *Entry) Differences() []float64 { return slices.Clone(e.seen) }

// record is an entry at rest. It holds evidence, not wealth, so that no stored
// state can claim a wealth that its differences did not earn.
type record struct {
	Terms
	Differences []float64 `json:"differences"`
}

// MarshalJSON writes the terms and the differences seen.
func (e *Entry) MarshalJSON() ([]byte, error) {
	seen := e.seen
	if seen == nil {
		seen = []float64{}
	}
	return json.Marshal(record{e.terms, seen})
}

// UnmarshalJSON replays what MarshalJSON wrote, to the same bits.
func (e *Entry) UnmarshalJSON(data []byte) error {
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return fmt.Errorf("read entry: %w", err)
	}
	resumed, err := Replay(r.Terms, r.Differences)
	if err != nil {
		return fmt.Errorf("read entry: %w", err)
	}
	*e = *resumed
	return nil
}
