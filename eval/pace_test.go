package eval

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
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

var errPassing = errors.New("cancelled")
