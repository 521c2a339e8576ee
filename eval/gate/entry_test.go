package gate_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/eval/gate"
)

func open(t *testing.T, terms gate.Terms) *gate.Entry {
	t.Helper()
	e, err := gate.Open(terms)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func observe(t *testing.T, e *gate.Entry, differences ...float64) gate.State {
	t.Helper()
	s := e.State()
	for _, d := range differences {
		var err error
		if s, err = e.Observe(d); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func repeat(d float64, n int) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = d
	}
	return all
}

// One cluster, worked by hand: A = (2 - 0.1)/0.9 wants λ = 2.4, cut to 0.999,
// and the mean of the fixed λ is 0.5.
func TestOneBetByHand(t *testing.T) {
	terms := gate.Terms{Alpha: 0.5, Clusters: 1}
	for d, want := range map[float64]float64{
		1:    0.1*1.5 + 0.9*1.999,
		0.5:  0.1*1.25 + 0.9*1.4995,
		0:    1,
		-1:   0.1*0.5 + 0.9*0.001,
		-0.5: 0.1*0.75 + 0.9*0.5005,
	} {
		if got := observe(t, open(t, terms), d); math.Abs(got.E-want) > 1e-12 || got.Verdict != gate.Rejected {
			t.Errorf("d = %v: %+v, want E = %v, rejected", d, got, want)
		}
	}
}

// plainE is the definition, multiplied out without any care for range.
func plainE(alpha float64, n int, differences []float64) float64 {
	m := make([]float64, 64)
	for k := range m {
		m[k] = 1
	}
	s, squares, mean := 1.0, 0.0, 1.0
	for i, d := range differences {
		lambda := 0.0
		if a := (1/alpha - 0.1*mean) / (0.9 * s); a > 1 {
			v := (1.25 + squares) / float64(i+5)
			lambda = math.Min(0.999, math.Sqrt(2*math.Log(a)/(float64(n-i)*v)))
		}
		s *= 1 + lambda*d
		squares += d * d
		mean = 0
		for k := range m {
			m[k] *= 1 + (float64(k)+0.5)/64*d
			mean += m[k] / 64
		}
	}
	return 0.1*mean + 0.9*s
}

func TestAgreesWithTheDefinition(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		terms := gate.Terms{Alpha: []float64{0.2, 0.05, 0.001}[random.IntN(3)], Clusters: 1 + random.IntN(60)}
		drift := random.Float64() - 0.5
		e := open(t, terms)
		var seen []float64
		for range terms.Clusters {
			d := max(-1, min(1, drift+random.NormFloat64()*0.4))
			seen = append(seen, d)
			got, want := observe(t, e, d).E, plainE(terms.Alpha, terms.Clusters, seen)
			if math.Abs(got-want) > 1e-9*want {
				t.Fatalf("%+v after %v: E = %v, want %v", terms, seen, got, want)
			}
		}
	}
}

func TestResumingGivesTheSameBits(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, terms := range []gate.Terms{{Alpha: 0.0082, Clusters: 80}, {Alpha: 0.3, Clusters: 80, Bias: 0.03}} {
		undisturbed, crashing := open(t, terms), open(t, terms)
		for range terms.Clusters {
			d := max(-1, min(1, 0.2+random.NormFloat64()/3))
			want := observe(t, undisturbed, d)
			stored, err := json.Marshal(crashing)
			if err != nil {
				t.Fatal(err)
			}
			crashing = new(gate.Entry)
			if err := json.Unmarshal(stored, crashing); err != nil {
				t.Fatal(err)
			}
			if got := observe(t, crashing, d); got != want {
				t.Fatalf("resumed: %+v, undisturbed: %+v", got, want)
			}
		}
		again, err := gate.Replay(undisturbed.Terms(), undisturbed.Differences())
		if err != nil || again.State() != undisturbed.State() {
			t.Errorf("replayed: %+v, %v; want %+v", again.State(), err, undisturbed.State())
		}
	}
}

func TestPromotionSticks(t *testing.T) {
	e := open(t, gate.Terms{Alpha: 0.01, Clusters: 40})
	s := observe(t, e, repeat(1, 20)...)
	if s.Verdict != gate.Promoted || s.E < 100 {
		t.Fatalf("after 20 wins: %+v, want promoted", s)
	}
	s = observe(t, e, repeat(-1, 20)...)
	if s.Verdict != gate.Promoted || s.E >= 100 || s.Peak < 100 || s.Seen != 40 {
		t.Errorf("after 20 losses more: %+v, want a low E and promoted for good", s)
	}
}

func TestTiesNeverPromote(t *testing.T) {
	for _, alpha := range []float64{0.5, 0.05, 1e-6} {
		e := open(t, gate.Terms{Alpha: alpha, Clusters: 300})
		for range 300 {
			if s := observe(t, e, 0); s.E != 1 || s.Verdict == gate.Promoted {
				t.Fatalf("alpha %v: a tie moved the entry: %+v", alpha, s)
			}
		}
		if s := e.State(); s.Verdict != gate.Rejected || !s.Decided() {
			t.Errorf("alpha %v: %+v, want rejected", alpha, s)
		}
	}
}

// A candidate that leads by exactly the judge's bias has not shown a thing.
func TestBias(t *testing.T) {
	terms := gate.Terms{Alpha: 0.05, Clusters: 100, Bias: 0.03}
	if s := observe(t, open(t, terms), repeat(0.03, 100)...); s.E != 1 || s.Verdict != gate.Rejected {
		t.Errorf("a lead as large as the bias: %+v, want E = 1", s)
	}
	plain := open(t, gate.Terms{Alpha: 0.05, Clusters: 100})
	biased := open(t, terms)
	for _, d := range []float64{-1, 1, 0.4, 0, -0.2, 0.9} {
		want, got := observe(t, plain, (d-0.03)/1.03), observe(t, biased, d)
		if math.Abs(got.E-want.E) > 1e-12 {
			t.Errorf("after %v: E = %v, want %v as for (d - δ)/(1 + δ)", d, got.E, want.E)
		}
	}
}

func TestHostileSequences(t *testing.T) {
	const n = 20_000
	alternate, lateWins, slow := make([]float64, n), repeat(-1, n), make([]float64, n)
	random := rand.New(rand.NewPCG(5, 6))
	for i := range n {
		alternate[i] = float64(1 - 2*(i%2))
		slow[i] = 5e-324 * float64(random.IntN(3)-1)
		if i >= n/2 {
			lateWins[i] = 1
		}
	}
	tests := map[string]struct {
		differences []float64
		want        gate.Verdict
	}{
		"alternating":       {alternate, gate.Rejected},
		"always worse":      {repeat(-1, n), gate.Rejected},
		"a little worse":    {repeat(-1e-9, n), gate.Rejected},
		"smallest numbers":  {slow, gate.Rejected},
		"always better":     {repeat(1, n), gate.Promoted},
		"a little better":   {repeat(0.01, n), gate.Promoted},
		"worse then better": {lateWins, gate.Rejected},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := open(t, gate.Terms{Alpha: 0.01, Clusters: n})
			for _, d := range test.differences {
				s := observe(t, e, d)
				if !(s.E >= 0) || math.IsInf(s.E, 0) || !(s.Peak >= s.E) {
					t.Fatalf("after %d: %+v", s.Seen, s)
				}
			}
			if s := e.State(); s.Verdict != test.want {
				t.Errorf("%+v, want %s", s, test.want)
			}
			if _, err := json.Marshal(e.State()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestObserveRefuses(t *testing.T) {
	e := open(t, gate.Terms{Alpha: 0.05, Clusters: 2})
	want := observe(t, e, 0.5)
	for _, d := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e308, -1e308, 1.0000000001, -1.0000000001} {
		if _, err := e.Observe(d); err == nil {
			t.Errorf("%v: no error", d)
		}
	}
	if got := e.State(); got != want {
		t.Errorf("after refusals: %+v, want %+v untouched", got, want)
	}
	observe(t, e, 0.5)
	if _, err := e.Observe(0.5); err == nil {
		t.Error("a third of two clusters: no error")
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, terms := range []gate.Terms{
		{Alpha: 0, Clusters: 10},
		{Alpha: 1, Clusters: 10},
		{Alpha: -0.1, Clusters: 10},
		{Alpha: 5e-324, Clusters: 10},
		{Alpha: math.NaN(), Clusters: 10},
		{Alpha: 0.05},
		{Alpha: 0.05, Clusters: -1},
		{Alpha: 0.05, Clusters: 10, Bias: -0.01},
		{Alpha: 0.05, Clusters: 10, Bias: 1},
		{Alpha: 0.05, Clusters: 10, Bias: math.NaN()},
	} {
		if _, err := gate.Open(terms); err == nil {
			t.Errorf("%+v: no error", terms)
		}
	}
}

func TestStoredForm(t *testing.T) {
	e := open(t, gate.Terms{Alpha: 0.05, Clusters: 3})
	for _, step := range []struct {
		d    float64
		want string
	}{
		{0.1, `{"alpha":0.05,"clusters":3,"differences":[0.1]}`},
		{-1, `{"alpha":0.05,"clusters":3,"differences":[0.1,-1]}`},
	} {
		observe(t, e, step.d)
		got, err := json.Marshal(e)
		if err != nil || string(got) != step.want {
			t.Errorf("got %s, %v; want %s", got, err, step.want)
		}
	}
	if fresh, _ := json.Marshal(open(t, gate.Terms{Alpha: 0.05, Clusters: 3})); string(fresh) != `{"alpha":0.05,"clusters":3,"differences":[]}` {
		t.Errorf("fresh entry: %s", fresh)
	}
	for _, bad := range []string{`{}`, `[]`, `{"alpha":0.05,"clusters":1,"differences":[0,0]}`, `{"alpha":0.05,"clusters":3,"differences":[2]}`} {
		if err := json.Unmarshal([]byte(bad), new(gate.Entry)); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

// Whatever is stored, an entry that can be read shows a finite E and writes
// what reads back as the same entry.
func FuzzEntryJSON(f *testing.F) {
	f.Add(`{"alpha":0.05,"clusters":3,"differences":[0.1,-1,1]}`)
	f.Add(`{"alpha":1e-240,"clusters":9,"bias":0.5,"differences":[1,1,1,1,1]}`)
	f.Add(`{"alpha":0.05,"clusters":3,"differences":[1e308]}`)
	f.Fuzz(func(t *testing.T, stored string) {
		var e gate.Entry
		if json.Unmarshal([]byte(stored), &e) != nil || e.Terms() == (gate.Terms{}) {
			return
		}
		if s := e.State(); !(s.E >= 0) || math.IsInf(s.Peak, 0) || s.Seen > e.Terms().Clusters {
			t.Fatalf("%s: %+v", stored, s)
		}
		written, err := json.Marshal(&e)
		if err != nil {
			t.Fatal(err)
		}
		var again gate.Entry
		if err := json.Unmarshal(written, &again); err != nil || again.State() != e.State() {
			t.Fatalf("%s became %s: %+v, %v", stored, written, again.State(), err)
		}
	})
}

func ExampleEntry() {
	var ledger gate.Ledger
	alpha, err := ledger.Open()
	if err != nil {
		panic(err)
	}
	entry, err := gate.Open(gate.Terms{Alpha: alpha, Clusters: 30})
	if err != nil {
		panic(err)
	}
	state := entry.State()
	for !state.Decided() {
		// The differences come from Difference, cluster by cluster.
		if state, err = entry.Observe(0.4); err != nil {
			panic(err)
		}
	}
	if err := ledger.Close(state.Verdict); err != nil {
		panic(err)
	}
	fmt.Printf("%s after %d of 30 clusters\n", state.Verdict, state.Seen)
	// Output: promoted after 15 of 30 clusters
}

func TestDifference(t *testing.T) {
	tests := map[string]struct {
		cluster []gate.Case
		want    float64
	}{
		"repeats are averaged": {[]gate.Case{{Champion: []float64{0, 1}, Candidate: []float64{1, 1, 1}}}, 0.5},
		"cases are averaged": {[]gate.Case{
			{Champion: []float64{0}, Candidate: []float64{1}},
			{Champion: []float64{0.5}, Candidate: []float64{0.5}},
		}, 0.5},
		"a failed judge counts against the candidate": {[]gate.Case{
			{Champion: []float64{0}, Candidate: []float64{1}},
			{Champion: []float64{0}, Candidate: []float64{1}, JudgeFailed: true},
		}, 0},
		"a failed judge leaves no scores": {[]gate.Case{{JudgeFailed: true}}, gate.JudgeFailed},
		"largest":                         {[]gate.Case{{Champion: repeat(0, 7), Candidate: repeat(1, 7)}}, 1},
	}
	for name, test := range tests {
		got, err := gate.Difference(test.cluster)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for name, cluster := range map[string][]gate.Case{
		"no cases":     nil,
		"no scores":    {{Champion: []float64{1}}},
		"no champion":  {{Candidate: []float64{1}}},
		"out of range": {{Champion: []float64{1}, Candidate: []float64{1.1}}},
		"NaN":          {{Champion: []float64{math.NaN()}, Candidate: []float64{1}}},
	} {
		if got, err := gate.Difference(cluster); err == nil {
			t.Errorf("%s: %v, want an error", name, got)
		}
	}
}
