// Package seldom keeps trouble that goes on from filling logs: it says when to
// tell of it again, and how often it has happened meanwhile.
package seldom

import (
	"sync"
	"time"
)

// kinds is how many kinds of trouble are told apart. Where there are more, such
// as texts that differ each time, all begin anew.
const kinds = 100

// Teller says what is due to be told. Safe for concurrent use.
type Teller struct {
	every time.Duration
	mu    sync.Mutex
	kinds map[string]telling
}

// telling is when trouble was last told, and how often it happened since.
type telling struct {
	at     time.Time
	untold int
}

// New returns a teller that tells each kind of trouble at once, and then no more
// often than every so long.
func New(every time.Duration) *Teller {
	return &Teller{every: every, kinds: map[string]telling{}}
}

// Due counts trouble of a kind and tells whether it is due to be told. times is
// how often it happened since it was last told, this time included.
func (t *Teller) Due(kind string) (times int, due bool) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	k, known := t.kinds[kind]
	k.untold++
	times, due = k.untold, !known || now.Sub(k.at) >= t.every
	if due {
		k = telling{at: now}
	}
	if !known && len(t.kinds) >= kinds {
		clear(t.kinds)
	}
	t.kinds[kind] = k
	return times, due
}
