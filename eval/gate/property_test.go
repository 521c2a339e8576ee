package gate_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/honehq/hone/eval/gate"
)

// floats reads a sequence from bytes: whatever bits, and small steps, so that
// both strange and ordinary numbers come up.
func floats(data []byte) []float64 {
	var out []float64
	for len(data) >= 9 {
		bits := binary.LittleEndian.Uint64(data[1:9])
		switch data[0] % 3 {
		case 0:
			out = append(out, math.Float64frombits(bits))
		case 1:
			out = append(out, float64(int8(data[1]))/127)
		default:
			out = append(out, []float64{-1, 0, 1}[data[1]%3])
		}
		data = data[9:]
	}
	return out
}

func bytesOf(values ...float64) []byte {
	var out []byte
	for _, v := range values {
		out = binary.LittleEndian.AppendUint64(append(out, 0), math.Float64bits(v))
	}
	return out
}

// Whatever comes, E is a finite number that is not negative, a verdict stays,
// what is refused changes nothing, and the accepted differences replay to the
// same bits.
func FuzzObserve(f *testing.F) {
	f.Add(0.025, 8, 0.0, bytesOf(1, 1, 1, 1, 1, 1, 1, -1))
	f.Add(0.3, 5, 0.1, bytesOf(math.NaN(), -1, math.Inf(1), 0, 1e-320))
	f.Add(1e-249, 400, 0.0, bytesOf(slices.Repeat([]float64{1}, 400)...))
	f.Fuzz(func(t *testing.T, alpha float64, clusters int, bias float64, data []byte) {
		terms := gate.Terms{Alpha: alpha, Clusters: clusters, Bias: bias}
		e, err := gate.Open(terms)
		if err != nil {
			return
		}
		before := e.State()
		for _, d := range floats(data) {
			after, err := e.Observe(d)
			if err != nil {
				if e.State() != before {
					t.Fatalf("%v was refused and left %+v, not %+v", d, e.State(), before)
				}
				continue
			}
			if !(after.E >= 0) || math.IsInf(after.E, 0) || after.Peak < before.Peak || after.Peak < after.E {
				t.Fatalf("%v: %+v after %+v", d, after, before)
			}
			if before.Decided() && after.Verdict != before.Verdict {
				t.Fatalf("%s became %s", before.Verdict, after.Verdict)
			}
			if after.Decided() && e.Futile() {
				t.Fatalf("%+v is decided and futile", after)
			}
			before = after
		}
		again, err := gate.Replay(terms, e.Differences())
		if err != nil || again.State() != e.State() || again.Futile() != e.Futile() {
			t.Fatalf("replayed to %+v, %v; was %+v", again.State(), err, e.State())
		}
	})
}

func TestConstants(t *testing.T) {
	for _, test := range []struct {
		d, bias float64
		want    gate.Verdict
	}{
		{0.2, 0, gate.Promoted},
		{1, 0, gate.Promoted},
		{0, 0, gate.Rejected},
		{-0.2, 0, gate.Rejected},
		{0.2, 0.2, gate.Rejected},
		{0.2, 0.3, gate.Rejected},
		{0.5, 0.2, gate.Promoted},
	} {
		e := open(t, gate.Terms{Alpha: 0.01, Clusters: 100, Bias: test.bias})
		if got := observe(t, e, repeat(test.d, 100)...); got.Verdict != test.want {
			t.Errorf("always %v, δ = %v: %+v, want %s", test.d, test.bias, got, test.want)
		}
	}
}

// Given the past, a better difference is never worse evidence.
func TestMoreIsMore(t *testing.T) {
	random := rand.New(rand.NewPCG(41, 42))
	for range 300 {
		terms := gate.Terms{Alpha: 0.02, Clusters: 30}
		var past []float64
		for range random.IntN(29) {
			past = append(past, 2*random.Float64()-1)
		}
		last := -1.0
		for d := -1.0; d <= 1; d += 0.125 {
			e, err := gate.Replay(terms, past)
			if err != nil {
				t.Fatal(err)
			}
			got := observe(t, e, d).E
			if got < last {
				t.Fatalf("after %v: %v gives E = %v, less gave %v", past, d, got, last)
			}
			last = got
		}
	}
}

// Clusters come in an order drawn by lot, so the verdict on what is clear may
// not hang on it; nor may a difference on the order of cases or repeats.
func TestOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(43, 44))
	better := append(repeat(0.8, 40), repeat(-0.4, 20)...)
	nothing := append(repeat(0.5, 30), repeat(-0.5, 30)...)
	const shuffles = 300
	found, fooled := 0, 0
	for range shuffles {
		for _, d := range [][]float64{better, nothing} {
			random.Shuffle(len(d), func(i, j int) { d[i], d[j] = d[j], d[i] })
		}
		if promotes(t, 0.025, better) {
			found++
		}
		if promotes(t, 0.025, nothing) {
			fooled++
		}
	}
	if found < shuffles*99/100 {
		t.Errorf("a clear gain is found in %d of %d orders", found, shuffles)
	}
	mustNotExceed(t, "orders of nothing", fooled, shuffles, 0.025)

	cases := []gate.Case{
		{Champion: []float64{0, 1, 0.25}, Candidate: []float64{1, 0.5}},
		{Champion: []float64{0.5}, Candidate: []float64{0.75, 0.125}},
		{JudgeFailed: true},
	}
	want, err := gate.Difference(cases)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		random.Shuffle(len(cases), func(i, j int) { cases[i], cases[j] = cases[j], cases[i] })
		for _, c := range cases {
			random.Shuffle(len(c.Champion), func(i, j int) { c.Champion[i], c.Champion[j] = c.Champion[j], c.Champion[i] })
		}
		got, err := gate.Difference(cases)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "difference", got, want, 1e-15)
	}
}

// An entry that nothing could save is futile, one that has just begun is not,
// and giving up where Futile says so costs hardly any power.
func TestFutile(t *testing.T) {
	terms := gate.Terms{Alpha: 0.025, Clusters: 40}
	e := open(t, terms)
	for range 36 {
		if s := observe(t, e, -0.5); s.Seen < 8 && e.Futile() {
			t.Fatalf("given up after %d clusters", s.Seen)
		}
	}
	if !e.Futile() {
		t.Error("36 losses of 40 are not futile")
	}
	random := rand.New(rand.NewPCG(45, 46))
	for _, test := range []struct {
		name   string
		effect func() (gate.Effect, error)
	}{
		{"20 points, 40 % change", func() (gate.Effect, error) { return gate.ThreePoint(0.2, 0.4) }},
		{"10 points, 10 % change", func() (gate.Effect, error) { return gate.ThreePoint(0.1, 0.1) }},
	} {
		effect, err := test.effect()
		if err != nil {
			t.Fatal(err)
		}
		const entries = 1000
		won, lost := 0, 0
		for range entries {
			e, gaveUp := open(t, gate.Terms{Alpha: 0.025, Clusters: 76}), false
			for !e.State().Decided() {
				observe(t, e, effect.Draw(random))
				gaveUp = gaveUp || e.Futile()
			}
			if e.State().Verdict == gate.Promoted {
				won++
				if gaveUp {
					lost++
				}
			}
		}
		t.Logf("%s: %d of %d won, %d of them given up", test.name, won, entries, lost)
		mustNotExceed(t, test.name+": lost", lost, entries, 0.01)
		if won < entries/2 {
			t.Errorf("%s: only %d of %d won; nothing to lose", test.name, won, entries)
		}
	}
	nothing, saved := 0, 0
	for range 300 {
		e := open(t, gate.Terms{Alpha: 0.025, Clusters: 76})
		for !e.State().Decided() && !e.Futile() {
			observe(t, e, float64(random.IntN(3)-1))
		}
		nothing++
		saved += 76 - e.State().Seen
	}
	if saved < nothing*20 {
		t.Errorf("without a gain %d clusters were saved in %d entries", saved, nothing)
	}
}
