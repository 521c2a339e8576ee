package gate_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/eval/gate"
)

// play opens and closes one entry per verdict and returns their α.
func play(t *testing.T, l *gate.Ledger, verdicts ...gate.Verdict) []float64 {
	t.Helper()
	var alphas []float64
	for _, v := range verdicts {
		alpha, err := l.Open()
		if err != nil {
			t.Fatal(err)
		}
		alphas = append(alphas, alpha)
		if v == gate.Pending {
			continue
		}
		if err := l.Close(v); err != nil {
			t.Fatal(err)
		}
	}
	return alphas
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// The first shares, from the sum 2.1097428012 taken in other software over four
// million terms.
func TestSharesOfTheBudget(t *testing.T) {
	var l gate.Ledger
	alphas := play(t, &l, gate.Rejected, gate.Rejected, gate.Rejected, gate.Rejected, gate.Rejected)
	for i, alpha := range alphas {
		m := float64(i + 2)
		near(t, "α", alpha, 0.05/(m*math.Log(m)*math.Log(m))/2.1097428012368917, 1e-13)
	}
}

// Σγ = 1: what n rejected entries leave is the tail of the sum, which two
// integrals enclose.
func TestSharesAddUpToTheBudget(t *testing.T) {
	const n = 100_000
	var l gate.Ledger
	for range n {
		if _, err := l.Open(); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(gate.Rejected); err != nil {
			t.Fatal(err)
		}
	}
	const sum = 2.1097428012368917
	low, high := gate.Budget/sum/math.Log(n+2), gate.Budget/sum/math.Log(n+1)
	if left := l.Remaining(); left < low-1e-12 || left > high+1e-12 {
		t.Errorf("%d entries leave %v, want between %v and %v", n, left, low, high)
	}
}

func TestPromotionKeepsItsAlpha(t *testing.T) {
	var fresh gate.Ledger
	share := make([]float64, 5) // γ(1), γ(2), …
	for i, alpha := range play(t, &fresh, gate.Rejected, gate.Rejected, gate.Rejected, gate.Rejected, gate.Rejected) {
		share[i] = alpha / gate.Budget
	}

	var l gate.Ledger
	play(t, &l, gate.Promoted, gate.Promoted)
	near(t, "two promotions at once", l.Remaining(), gate.Budget, 1e-15)
	near(t, "after them", l.Next(), gate.Budget*share[0], 1e-15)

	play(t, &l, gate.Rejected, gate.Cancelled, gate.Promoted)
	wealth := gate.Budget * (1 - share[0] - share[1])
	near(t, "rejected, cancelled, promoted", l.Remaining(), wealth, 1e-15)
	near(t, "k starts again", l.Next(), wealth*share[0], 1e-15)

	play(t, &l, gate.Rejected)
	near(t, "second since the promotion", l.Next(), wealth*share[1], 1e-15)
	play(t, &l, gate.Pending)
	near(t, "while one is open", l.Next(), wealth*share[2], 1e-15)
	near(t, "an open one is charged", l.Remaining(), wealth*(1-share[0]-share[1]), 1e-15)
}

func TestLedgerFromCertificates(t *testing.T) {
	var l gate.Ledger
	play(t, &l, gate.Rejected, gate.Promoted, gate.Cancelled, gate.Rejected, gate.Promoted, gate.Rejected, gate.Pending)
	again, err := gate.NewLedger(l.Charges())
	if err != nil {
		t.Fatal(err)
	}
	stored, err := json.Marshal(&l)
	if err != nil {
		t.Fatal(err)
	}
	var read gate.Ledger
	if err := json.Unmarshal(stored, &read); err != nil {
		t.Fatal(err)
	}
	for _, got := range []*gate.Ledger{again, &read} {
		if diff := cmp.Diff(l.Charges(), got.Charges()); diff != "" {
			t.Errorf("charges (-want +got):\n%s", diff)
		}
		if got.Next() != l.Next() || got.Remaining() != l.Remaining() {
			t.Errorf("next %v, remaining %v; want %v, %v to the last bit", got.Next(), got.Remaining(), l.Next(), l.Remaining())
		}
	}
	if fresh, _ := json.Marshal(new(gate.Ledger)); string(fresh) != "[]" {
		t.Errorf("fresh ledger: %s", fresh)
	}
}

func TestLedgerRefuses(t *testing.T) {
	var model gate.Ledger
	alphas := play(t, &model, gate.Rejected, gate.Rejected)
	first, second := alphas[0], alphas[1]
	for name, charges := range map[string][]gate.Charge{
		"too much":            {{Alpha: 0.025, Verdict: gate.Rejected}},
		"too little":          {{Alpha: first / 2, Verdict: gate.Rejected}},
		"NaN":                 {{Alpha: math.NaN(), Verdict: gate.Rejected}},
		"a charge left out":   {{Alpha: second, Verdict: gate.Rejected}},
		"open in the middle":  {{Alpha: first, Verdict: gate.Pending}, {Alpha: second, Verdict: gate.Rejected}},
		"unknown verdict":     {{Alpha: first, Verdict: "maybe"}},
		"no verdict":          {{Alpha: first}},
		"promotion not taken": {{Alpha: first, Verdict: gate.Promoted}, {Alpha: second, Verdict: gate.Rejected}},
	} {
		if _, err := gate.NewLedger(charges); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	var l gate.Ledger
	if err := l.Close(gate.Rejected); err == nil {
		t.Error("closing what is not open: no error")
	}
	play(t, &l, gate.Pending)
	if _, err := l.Open(); err == nil {
		t.Error("a second open entry: no error")
	}
	for _, v := range []gate.Verdict{gate.Pending, "", "won"} {
		if err := l.Close(v); err == nil {
			t.Errorf("closing as %q: no error", v)
		}
	}
	if err := l.Close(gate.Cancelled); err != nil {
		t.Errorf("after refusals: %v", err)
	}
}

// Whatever list can be read, the ledger never has more than the budget to give
// and writes what reads back the same.
func FuzzLedgerJSON(f *testing.F) {
	var l gate.Ledger
	for _, v := range []gate.Verdict{gate.Rejected, gate.Promoted, gate.Cancelled} {
		if _, err := l.Open(); err != nil {
			f.Fatal(err)
		}
		if err := l.Close(v); err != nil {
			f.Fatal(err)
		}
		stored, err := json.Marshal(&l)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(stored))
	}
	f.Add(`[{"alpha":1e308,"verdict":"promoted"}]`)
	f.Fuzz(func(t *testing.T, stored string) {
		var l gate.Ledger
		if json.Unmarshal([]byte(stored), &l) != nil {
			return
		}
		if left := l.Remaining(); !(left > 0 && left <= gate.Budget) || !(l.Next() > 0 && l.Next() < left) {
			t.Fatalf("%s: remaining %v, next %v", stored, left, l.Next())
		}
		written, err := json.Marshal(&l)
		if err != nil {
			t.Fatal(err)
		}
		var again gate.Ledger
		if err := json.Unmarshal(written, &again); err != nil || again.Next() != l.Next() {
			t.Fatalf("%s became %s: %v", stored, written, err)
		}
	})
}
