package eval

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/honehq/hone/eval/gate"
)

// history is an agent's rounds, oldest first, with their certificates.
type history []pastRound

type pastRound struct {
	Round
	cert Certificate
}

// history reads the rounds, but for the one worked on. It returns ErrWaiting if
// a round waits.
func (im *Improver) history(ctx context.Context, agent, current string) (history, error) {
	rounds, err := im.cfg.Store.Rounds(ctx, agent, 0)
	if err != nil {
		return nil, fmt.Errorf("rounds of agent %s: %w", agent, err)
	}
	slices.Reverse(rounds)
	var h history
	for _, r := range rounds {
		if r.ID == current {
			continue
		}
		if r.State == Waiting {
			return nil, fmt.Errorf("round %s: %w", r.ID, ErrWaiting)
		}
		cert, err := r.certificate()
		if err != nil {
			return nil, err
		}
		h = append(h, pastRound{r, cert})
	}
	return h, nil
}

// ledger is the error budget after all entries.
func (h history) ledger() (*gate.Ledger, error) {
	var charges []gate.Charge
	for _, r := range h {
		if !r.Entered {
			continue
		}
		charges = append(charges, gate.Charge{Alpha: r.Alpha, Verdict: r.gateVerdict()})
	}
	ledger, err := gate.NewLedger(charges)
	if err != nil {
		return nil, fmt.Errorf("agent %s: the error budget does not add up: %w", h[0].Agent, err)
	}
	return ledger, nil
}

// gateVerdict is how the ledger counts the round's entry.
func (r Round) gateVerdict() gate.Verdict {
	switch {
	case r.Won:
		return gate.Promoted
	case r.State == Failed, r.State == Stale, r.State == Cancelled, r.State == Running:
		return gate.Cancelled
	}
	return gate.Rejected
}

// sinceWin returns the candidates that entered the gate since the last entry
// that was won, and the sealed cases that these entries touched.
func (h history) sinceWin() (tried, touched []string) {
	for _, r := range h {
		if r.Won {
			tried, touched = nil, nil
			continue
		}
		if r.cert.Entry == nil {
			continue
		}
		if r.cert.Chosen != nil {
			tried = append(tried, r.cert.Chosen.Text)
		}
		touched = append(touched, r.cert.Entry.cases()...)
	}
	return tried, touched
}

// spent returns the sealed clusters that were used up to and by a won entry.
// Most have retired; but not those of a candidate that passed the gate and was
// declined or stale.
func (h history) spent() map[string]bool {
	spent, open := map[string]bool{}, []string(nil)
	for _, r := range h {
		if r.cert.Entry == nil {
			continue
		}
		for _, c := range r.cert.Entry.Clusters {
			open = append(open, c.Cluster)
		}
		if r.Won {
			for _, c := range open {
				spent[c] = true
			}
			open = nil
		}
	}
	return spent
}

// next is when a round begins that follows these, by the time now: after them,
// also where the clock of this machine is behind that of another replica. For
// the order of rounds decides what each entry is charged.
func (h history) next(now time.Time) time.Time {
	if len(h) > 0 && !now.After(h[len(h)-1].Started) {
		return h[len(h)-1].Started.Add(time.Millisecond)
	}
	return now
}

// link says in a certificate what came before: the last one and what entries
// were charged.
func (h history) link(c *Certificate) error {
	ledger, err := h.ledger()
	if err != nil {
		return err
	}
	c.Ledger = ledger.Charges()
	c.Previous, err = h.last()
	return err
}

// last is the hash of the last certificate.
func (h history) last() (string, error) {
	if len(h) == 0 || len(h[len(h)-1].Certificate) == 0 {
		return "", nil
	}
	return h[len(h)-1].hash()
}

// hash is what the next round's certificate names.
func (r pastRound) hash() (string, error) {
	if r.cert.Format == firstCertificateFormat {
		return hash(string(r.Certificate)), nil
	}
	return r.cert.Hash()
}

// cases returns the IDs of all cases that the entry touched.
func (e EntryRecord) cases() []string {
	var ids []string
	for _, cluster := range e.Clusters {
		for _, c := range cluster.Cases {
			ids = append(ids, c.ID)
		}
	}
	return ids
}
