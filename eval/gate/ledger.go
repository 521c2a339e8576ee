package gate

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Budget is the chance, over an agent's whole life, that the gate ever
// promotes a prompt that is not better.
const Budget = 0.05

// Charge is one entry in the ledger: what it was given when it opened, and
// how it ended. An entry whose guardrails failed is Rejected whatever its
// e-value, and one that a person turned down after it passed is Promoted: the
// ledger counts what the gate said.
type Charge struct {
	Alpha   float64 `json:"alpha"`
	Verdict Verdict `json:"verdict"`
}

// Ledger shares the Budget out among entries.
//
// The wealth W starts at Budget. The k-th entry since the last promotion gets
// α = W γ(k), charged when it opens: a crash resumes the entry, a cancellation
// refunds nothing. A promotion takes back its own α; W then loses what the
// other entries since the last promotion were charged, and k starts again at
// 1, on fresh cases.
//
// The Budget holds because Σγ = 1, so what entries without a gain are charged
// up to and including the first false promotion never exceeds it; only a
// promotion gets its α back, and a false one is the error already counted
// (online fallback: J. Tian and A. Ramdas, arXiv:1910.04900).
//
// A ledger is a function of its charges and nothing else, so it can be made
// again from the certificates of all entries. The zero value is a fresh
// budget. It is not safe for concurrent use.
type Ledger struct {
	charges []Charge
	lost    float64 // charged before the last promotion and not given back
	spent   float64 // charged since, the open entry left out
	count   int     // entries since, the open entry left out
}

// NewLedger makes the ledger of these charges, oldest first. It refuses
// charges that the rule did not give (beyond rounding), and an open entry
// anywhere but at the end.
func NewLedger(charges []Charge) (*Ledger, error) {
	var l Ledger
	for i, c := range charges {
		if err := l.replay(c); err != nil {
			return nil, fmt.Errorf("ledger entry %d: %w", i+1, err)
		}
	}
	return &l, nil
}

func (l *Ledger) replay(c Charge) error {
	due, err := l.Open()
	if err != nil {
		return err
	}
	if !(math.Abs(c.Alpha-due) <= 1e-9*due) {
		return fmt.Errorf("charged %v where %v was due", c.Alpha, due)
	}
	l.charges[len(l.charges)-1].Alpha = c.Alpha
	if c.Verdict == Pending {
		return nil
	}
	return l.Close(c.Verdict)
}

// Next returns the α of the next entry without charging it. While an entry is
// open it is what the one after it gets should it not be promoted.
func (l *Ledger) Next() float64 {
	k := l.count + 1
	if l.open() {
		k++
	}
	return (Budget - l.lost) * gamma(k)
}

// Open charges the next entry and returns its α. Only one entry is open at a
// time.
func (l *Ledger) Open() (float64, error) {
	if l.open() {
		return 0, errors.New("open ledger entry: another is open")
	}
	alpha := l.Next()
	l.charges = append(l.charges, Charge{alpha, Pending})
	return alpha, nil
}

// Close ends the open entry as Promoted, Rejected or Cancelled.
func (l *Ledger) Close(v Verdict) error {
	if !l.open() {
		return errors.New("close ledger entry: none is open")
	}
	last := &l.charges[len(l.charges)-1]
	switch v {
	case Promoted:
		l.lost += l.spent
		l.spent, l.count = 0, 0
	case Rejected, Cancelled:
		l.spent += last.Alpha
		l.count++
	case Pending:
		return errors.New("close ledger entry: open is no end")
	default:
		return fmt.Errorf("close ledger entry: unknown verdict %q", v)
	}
	last.Verdict = v
	return nil
}

// Remaining returns what of the Budget no entry has been charged yet.
func (l *Ledger) Remaining() float64 {
	left := Budget - l.lost - l.spent
	if l.open() {
		left -= l.charges[len(l.charges)-1].Alpha
	}
	return left
}

// Charges returns a copy of all charges, oldest first.
func (l *Ledger) Charges() []Charge { return slices.Clone(l.charges) }

func (l *Ledger) open() bool {
	return len(l.charges) > 0 && l.charges[len(l.charges)-1].Verdict == Pending
}

// MarshalJSON writes the charges as an array.
func (l *Ledger) MarshalJSON() ([]byte, error) {
	if l.charges == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(l.charges)
}

// UnmarshalJSON reads the array of charges and checks it as NewLedger does.
func (l *Ledger) UnmarshalJSON(data []byte) error {
	var charges []Charge
	if err := json.Unmarshal(data, &charges); err != nil {
		return fmt.Errorf("read ledger: %w", err)
	}
	read, err := NewLedger(charges)
	if err != nil {
		return fmt.Errorf("read ledger: %w", err)
	}
	*l = *read
	return nil
}
