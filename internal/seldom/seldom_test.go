package seldom_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/honehq/hone/internal/seldom"
)

func TestDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		teller := seldom.New(time.Minute)
		check := func(kind string, times int, due bool) {
			t.Helper()
			if n, d := teller.Due(kind); n != times || d != due {
				t.Errorf("%s: %d times, due %t; want %d, %t", kind, n, d, times, due)
			}
		}
		check("judge", 1, true)
		check("judge", 1, false)
		check("agent", 1, true)
		check("judge", 2, false)
		time.Sleep(time.Minute)
		check("judge", 3, true)
		check("judge", 1, false)
		time.Sleep(2 * time.Minute)
		check("agent", 1, true)
	})
}

func TestManyKinds(t *testing.T) {
	teller := seldom.New(time.Hour)
	for i := range 100 {
		teller.Due(fmt.Sprint(i))
	}
	if _, due := teller.Due("0"); due {
		t.Error("100 kinds are not told apart")
	}
	if _, due := teller.Due("one more"); !due {
		t.Error("what is new is not told")
	}
	if _, due := teller.Due("0"); !due {
		t.Error("kinds are kept for ever")
	}
}
