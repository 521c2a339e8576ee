package eval_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/gate"
)

// reading counts the certificates that are read from a store.
type reading struct {
	eval.Store
	certificates int
}

func (s *reading) Rounds(ctx context.Context, agent string, limit int) ([]eval.Round, error) {
	list, err := s.Store.Rounds(ctx, agent, limit)
	s.certificates += len(list)
	return list, err
}

func (s *reading) Round(ctx context.Context, id string) (eval.Round, error) {
	s.certificates++
	return s.Store.Round(ctx, id)
}

// However long an agent's past is, a round reads it from the last win on, and of
// that only what entered the gate.
func TestARoundReadsFromTheLastWinOn(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	start := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	ledger := &gate.Ledger{}
	put := func(n int, entered, won bool) {
		t.Helper()
		r := eval.Round{
			ID: fmt.Sprintf("rnd_%03d", n), Agent: agentName, State: eval.NoBetter, PromptID: w.promptID, Champion: 1, Started: start.Add(time.Duration(n) * time.Second),
			Ended: start.Add(time.Duration(n) * time.Second), Certificate: []byte(`{"format":"hone.certificate/2"}`),
		}
		if entered {
			r.State, r.Entered, r.Won = eval.Rejected, true, won
			var err error
			if r.Alpha, err = ledger.Open(); err != nil {
				t.Fatal(err)
			}
			verdict := gate.Rejected
			if won {
				verdict = gate.Promoted
			}
			if err := ledger.Close(verdict); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.store.PutRound(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 100 {
		put(n, n%2 == 0, n == 80)
	}
	store := &reading{Store: w.store}
	im := w.alone(store)
	r, err := im.Begin(t.Context(), w.request(1))
	if err != nil {
		t.Fatal(err)
	}
	if want := 9 + 2; store.certificates > want { // 82, 84 … 98, and the newest two
		t.Errorf("it begins with %d certificates, want at most %d", store.certificates, want)
	}
	var entries []eval.Entered
	if entries, err = w.store.Entries(t.Context(), agentName); err != nil || len(entries) != 50 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	// The account in the certificate is whole all the same.
	c := certificateOf(t, r)
	if len(c.Ledger) != len(entries) || c.Previous == "" {
		t.Errorf("%d charges, previous %q", len(c.Ledger), c.Previous)
	}
}
