package eval

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/honehq/hone/eval/gate"
	"github.com/honehq/hone/prompts"
)

// A rejection that comes early comes when it would have come otherwise.
func TestRejectionsKeepTheirPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pace
		start := time.Now()
		for _, bet := range []time.Duration{time.Second, 3 * time.Second} {
			if err := p.time(func() error { time.Sleep(bet); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.keep(t.Context(), 5); err != nil {
			t.Fatal(err)
		}
		if got, want := time.Since(start), 14*time.Second; got != want {
			t.Errorf("seven clusters seem to have taken %v, want %v", got, want)
		}
		if err := p.keep(t.Context(), 0); err != nil || time.Since(start) != 14*time.Second {
			t.Errorf("nothing was left, yet it waited until %v, %v", time.Since(start), err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errPassing) })
		if err := p.keep(ctx, 1000); !errors.Is(err, errPassing) {
			t.Errorf("after the round was cancelled: %v", err)
		}
	})
}

// An edit ends an entry that is decided as soon as one that is not.
func TestAnEditEndsARejectionThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		entry, err := gate.Replay(gate.Terms{Alpha: 0.02, Clusters: 10}, []float64{-1, -1})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		edited := start.Add(3500 * time.Millisecond)
		w := work{Improver: &Improver{ImproverConfig{Prompts: editedAt(edited)}}, champion: prompts.Prompt{Version: 1}}
		e, err := w.reject(t.Context(), entry, pace{spent: 2 * time.Second, bets: 2})
		if got := time.Since(start); err != nil || e.state != Stale || got != 4*time.Second {
			t.Errorf("%s after %v, %v", e.state, got, err)
		}
		if e, err = w.reject(t.Context(), entry, pace{}); err != nil || e.state != Stale {
			t.Errorf("where there is no pace: %s, %v", e.state, err)
		}
	})
}

// editedAt is a prompt that gets its second version then.
type editedAt time.Time

func (at editedAt) InUse(context.Context, string) (prompts.Prompt, error) {
	return prompts.Prompt{Version: 1 + int(yes(!time.Now().Before(time.Time(at))))}, nil
}

var errPassing = errors.New("cancelled")
