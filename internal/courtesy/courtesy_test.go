package courtesy_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/honehq/hone/internal/courtesy"
)

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := courtesy.New(200*time.Millisecond, 2*time.Second)
		wait := func(want time.Duration) {
			t.Helper()
			began := time.Now()
			if err := d.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			if got := time.Since(began); got != want {
				t.Errorf("waited for %s, want %s", got, want)
			}
		}
		wait(0) // nobody was ever in

		first, second := d.Enter(), d.Enter()
		time.AfterFunc(300*time.Millisecond, first)
		time.AfterFunc(500*time.Millisecond, second)
		wait(700 * time.Millisecond)
		wait(0)

		// Somebody comes back before it has been quiet for long enough.
		first = d.Enter()
		time.AfterFunc(100*time.Millisecond, func() {
			first()
			time.AfterFunc(150*time.Millisecond, func() { time.AfterFunc(50*time.Millisecond, d.Enter()) })
		})
		wait(500 * time.Millisecond)

		stays := d.Enter()
		wait(2 * time.Second) // its patience is at an end
		wait(2 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := d.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
		stays()
		wait(200 * time.Millisecond)
		if err := d.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestNoDoor(t *testing.T) {
	var d *courtesy.Door
	d.Enter()()
	if err := d.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}
