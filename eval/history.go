package eval

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/honehq/hone/eval/gate"
)

// history is what of an agent's past its next round stands on.
//
// It is read from the last win on: the cases that were used up to a win have
// retired with it. Of what came before, the error budget needs only what each
// entry was charged, and the chain of certificates only the last one.
type history struct {
	entries []Entered   // all that was charged, oldest first
	since   []pastRound // those since the last win, oldest first
	last    *pastRound  // the newest round, entered or not; nil: there is none
}

type pastRound struct {
	Round
	cert Certificate
}

// history reads what came before the round current, which is the newest, or "".
// It returns ErrWaiting if a round waits.
func (im *Improver) history(ctx context.Context, agent, current string) (history, error) {
	var h history
	newest, err := im.cfg.Store.Rounds(ctx, agent, 2)
	if err != nil {
		return h, fmt.Errorf("rounds of agent %s: %w", agent, err)
	}
	for _, r := range newest {
		if r.ID == current {
			continue
		}
		if r.State == Waiting {
			return h, fmt.Errorf("round %s: %w", r.ID, ErrWaiting)
		}
		last, err := r.past()
		if err != nil {
			return h, err
		}
		h.last = &last
		break
	}
	if h.entries, err = im.entriesBefore(ctx, agent, current); err != nil {
		return h, err
	}
	h.since, err = im.sinceWin(ctx, h.entries)
	return h, err
}

// entriesBefore returns the entries up to, but without, a round's.
func (im *Improver) entriesBefore(ctx context.Context, agent, round string) ([]Entered, error) {
	all, err := im.cfg.Store.Entries(ctx, agent)
	if err != nil {
		return nil, err
	}
	for i, e := range all {
		if e.ID == round {
			return all[:i], nil
		}
	}
	return all, nil
}

// sinceWin reads those of the entries that came after the last one that was won.
func (im *Improver) sinceWin(ctx context.Context, entries []Entered) ([]pastRound, error) {
	from := len(entries)
	for from > 0 && !entries[from-1].Won {
		from--
	}
	var since []pastRound
	for _, e := range entries[from:] {
		r, err := im.cfg.Store.Round(ctx, e.ID)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("a round that was listed is gone: %w", err)
		}
		if err != nil {
			return nil, suspend(err)
		}
		past, err := r.past()
		if err != nil {
			return nil, err
		}
		since = append(since, past)
	}
	return since, nil
}

// past is the round with its certificate.
func (r Round) past() (pastRound, error) {
	cert, err := r.certificate()
	return pastRound{r, cert}, err
}

// ledger is the error budget after all entries.
func (h history) ledger() (*gate.Ledger, error) {
	var charges []gate.Charge
	for _, e := range h.entries {
		charges = append(charges, gate.Charge{Alpha: e.Alpha, Verdict: e.verdict()})
	}
	ledger, err := gate.NewLedger(charges)
	if err != nil {
		return nil, fmt.Errorf("the error budget does not add up: %w", err)
	}
	return ledger, nil
}

// verdict is how the ledger counts the entry.
func (e Entered) verdict() gate.Verdict {
	switch {
	case e.Won:
		return gate.Promoted
	case e.State == Failed, e.State == Stale, e.State == Cancelled, e.State == Running:
		return gate.Cancelled
	}
	return gate.Rejected
}

// gateVerdict is how the ledger counts the round's entry.
func (r Round) gateVerdict() gate.Verdict {
	return Entered{ID: r.ID, State: r.State, Alpha: r.Alpha, Won: r.Won}.verdict()
}

// tried are the candidates that entered the gate in vain since the last win.
func (h history) tried() (texts []string) {
	for _, r := range h.since {
		if r.cert.Chosen != nil {
			texts = append(texts, r.cert.Chosen.Text)
		}
	}
	return texts
}

// touched are the sealed cases that these rounds used.
func touched(rounds []pastRound) (ids []string) {
	for _, r := range rounds {
		if r.cert.Entry != nil {
			ids = append(ids, r.cert.Entry.cases()...)
		}
	}
	return ids
}

// next is when a round begins that follows these, by the time now: after them,
// also where the clock of this machine is behind that of another replica. For
// the order of rounds decides what each entry is charged.
func (h history) next(now time.Time) time.Time {
	if h.last != nil && !now.After(h.last.Started) {
		return h.last.Started.Add(time.Millisecond)
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
	if c.Previous = ""; h.last != nil && len(h.last.Certificate) > 0 {
		c.Previous, err = h.last.hash()
	}
	return err
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
