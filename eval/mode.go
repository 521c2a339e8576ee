package eval

import (
	"context"
	"slices"
)

// Mode says what happens when a candidate passes the gate.
type Mode string

// The modes.
const (
	Auto    Mode = "auto"    // it is put in use
	Approve Mode = "approve" // a person decides
	Off     Mode = "off"     // no rounds are due; on demand they report only
)

// Stricter is the one of two modes that leaves more to people. The empty mode
// says nothing; of two of them it is returned.
func Stricter(x, y Mode) Mode {
	order := []Mode{"", Auto, Approve, Off}
	return order[max(slices.Index(order, x), slices.Index(order, y), 0)]
}

// tighten takes the mode of the round to what whoever works on it, and people,
// have by now, if that is stricter. A round that has passed the gate when its
// mode became Off waits for a person, as with Approve.
func (w *work) tighten(ctx context.Context) error {
	mode := Stricter(w.cert.Mode, w.cfg.Mode)
	if w.cfg.ModeNow != nil {
		now, err := w.cfg.ModeNow(ctx)
		if err != nil {
			return suspend(err)
		}
		mode = Stricter(mode, now)
	}
	if mode != w.cert.Mode {
		w.cert.Mode, w.tightened = mode, true
	}
	return nil
}
