package eval_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/gate"
)

// someRounds runs rounds from the first prompt on, oldest first: promoted,
// rejected and others.
func someRounds(t *testing.T) (*world, []eval.Round) {
	t.Helper()
	w := newWorld(t, firstPrompt, 150)
	w.runner.noise = true
	sealed := map[string]bool{}
	for _, c := range w.cases(eval.Sealed) {
		sealed[c.Question] = true
	}
	w.runner.byQuestion = func(prompt, question string) float64 {
		if !sealed[question] && strings.Contains(prompt, guidelines[2]) {
			return 0.9
		}
		return 0.3
	}
	if r := w.round(100); r.State != eval.Rejected || !r.Entered {
		t.Fatalf("what is good on train and dev alone ended as %s", r.State)
	}
	w.runner.byQuestion = nil
	for seed := range uint64(7) {
		w.round(seed + 1)
	}
	rounds, err := w.store.Rounds(t.Context(), agentName, 0)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(rounds)
	return w, rounds
}

func TestCertificatesOfRoundsHold(t *testing.T) {
	_, rounds := someRounds(t)
	states := map[eval.State]int{}
	bets := 0
	for i, v := range eval.Verify(rounds) {
		if len(v.Problems) > 0 || v.Hash == "" {
			t.Errorf("round %d, %s: %q, hash %q", i+1, v.State, v.Problems, v.Hash)
		}
		states[v.State]++
		bets += v.Bets
	}
	if states[eval.Promoted] == 0 || bets < 20 {
		t.Errorf("not much was checked: %v, %d bets", states, bets)
	}
}

// TestAForgedCertificateIsFound changes one thing at a time, canonically, and in
// the record as well where it repeats the certificate.
func TestAForgedCertificateIsFound(t *testing.T) {
	_, rounds := someRounds(t)
	won := slices.IndexFunc(rounds, func(r eval.Round) bool { return r.State == eval.Promoted })
	if won < 0 || won == len(rounds)-1 {
		t.Fatalf("no promotion that another round follows among %d", len(rounds))
	}
	for name, forge := range map[string]func(c map[string]any){
		"verdict":        func(c map[string]any) { c["verdict"] = "It was far better." },
		"champion":       func(c map[string]any) { at(c, "champion")["text"] = "Another prompt." },
		"chosen":         func(c map[string]any) { at(c, "chosen")["hash"] = strings.Repeat("0", 64) },
		"previous":       func(c map[string]any) { c["previous"] = strings.Repeat("0", 64) },
		"alpha":          func(c map[string]any) { at(c, "entry", "terms")["alpha"] = 0.05 },
		"a score":        func(c map[string]any) { at(c, "entry", "clusters", 0, "cases", 0, "champion", 0)["score"] = 0.123 },
		"a difference":   func(c map[string]any) { at(c, "entry", "clusters", 0)["difference"] = 0.77 },
		"an e-value":     func(c map[string]any) { at(c, "entry", "clusters", 1)["e"] = 1e6 },
		"a cluster less": func(c map[string]any) { e := at(c, "entry"); e["clusters"] = e["clusters"].([]any)[1:] },
		"a dev score":    func(c map[string]any) { at(c, "questions", 0)["after"] = 0.99 },
		"an addition":    func(c map[string]any) { c["remark"] = "checked" },
	} {
		t.Run(name, func(t *testing.T) {
			forged := slices.Clone(rounds)
			var c map[string]any
			if err := json.Unmarshal(rounds[won].Certificate, &c); err != nil {
				t.Fatal(err)
			}
			forge(c)
			text, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			forged[won].Certificate = text
			found := eval.Verify(forged)
			if len(found[won].Problems) == 0 && len(found[won+1].Problems) == 0 {
				t.Error("the forgery was not found")
			}
			t.Log(found[won].Problems, found[won+1].Problems)
		})
	}
	t.Run("a round that is missing", func(t *testing.T) {
		found := eval.Verify(slices.Delete(slices.Clone(rounds), won, won+1))
		if !slices.ContainsFunc(found, func(v eval.Verified) bool { return len(v.Problems) > 0 }) {
			t.Error("nobody missed it")
		}
	})
}

// at goes down a tree of JSON.
func at(tree any, path ...any) map[string]any {
	for _, step := range path {
		switch s := step.(type) {
		case string:
			tree = tree.(map[string]any)[s]
		case int:
			tree = tree.([]any)[s]
		}
	}
	return tree.(map[string]any)
}

// A promotion wants each guardrail to have held; that none was broken is not
// enough.
func TestAWinWithAnUnclearGuardrailIsFound(t *testing.T) {
	_, rounds := someRounds(t)
	won := slices.IndexFunc(rounds, func(r eval.Round) bool { return r.State == eval.Promoted })
	var c map[string]any
	if err := json.Unmarshal(rounds[won].Certificate, &c); err != nil {
		t.Fatal(err)
	}
	rail := at(c, "entry", "guardrails", 0)
	rail["differences"], rail["e"], rail["against"], rail["result"] = []any{nil}, 1, 1, gate.Unclear
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	rounds[won].Certificate = text
	if found := eval.Verify(rounds)[won].Problems; len(found) != 1 || !strings.Contains(found[0], "guardrail") {
		t.Errorf("found: %q", found)
	}
}

// TestAClosedCertificateKeepsItsHash: who kept the closed form can check the
// open one later.
func TestAClosedCertificateKeepsItsHash(t *testing.T) {
	w, rounds := someRounds(t)
	entered := 0
	for _, r := range rounds {
		if !r.Entered {
			continue
		}
		entered++
		var whole eval.Certificate
		if err := json.Unmarshal(r.Certificate, &whole); err != nil {
			t.Fatal(err)
		}
		closed, err := whole.Closed()
		if err != nil {
			t.Fatal(err)
		}
		x, errX := whole.Hash()
		y, errY := closed.Hash()
		if errX != nil || errY != nil || x != y || closed.Entry != nil || closed.Tokens != 0 || closed.Commitment == "" {
			t.Errorf("hashes %s and %s, entry %v", x, y, closed.Entry)
		}
		seen, err := eval.OpenCertificate(t.Context(), w.store, r)
		if err != nil {
			t.Fatal(err)
		}
		report, err := eval.OpenReport(t.Context(), w.store, r)
		if err != nil {
			t.Fatal(err)
		}
		retired := !slices.ContainsFunc(w.cases(eval.Sealed), func(c eval.StoredCase) bool {
			return c.Retired.IsZero() && strings.Contains(string(r.Certificate), `"`+c.ID+`"`)
		})
		if open := strings.Contains(string(seen), `"entry"`); open != retired || (report.Gate != nil) != retired || report.Hash != x {
			t.Errorf("round %s, %s: retired %v, certificate open %v, report open %v", r.ID, r.State, retired, open, report.Gate != nil)
		}
	}
	if entered < 2 {
		t.Errorf("%d entries", entered)
	}
}

// The order of rounds decides what each entry is charged, whatever the clocks
// of replicas say.
func TestRoundsBeginOneAfterAnother(t *testing.T) {
	w := newWorld(t, firstPrompt, 120)
	ahead := w.firstEntry()
	ahead.Started = ahead.Started.Add(time.Hour)
	if err := w.store.PutRound(t.Context(), ahead); err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(3) {
		if r := w.round(seed + 20); !r.Started.After(ahead.Started) {
			t.Errorf("a round began at %v, the one before it at %v", r.Started, ahead.Started)
		}
	}
}

// A round is interrupted at the gate, and when it goes on, all cases of the
// cluster that it was at are gone with their documents. That is no forgery; to
// say so of a cluster that was scored is one.
func TestACertificateWhoseClusterIsGone(t *testing.T) {
	w := newWorld(t, firstPrompt, 120)
	r := w.interrupted(8, w.isSealed())
	before := certificateOf(t, r)
	last := before.Entry.Clusters[len(before.Entry.Clusters)-1]
	if last.Difference != nil {
		t.Fatal("the round was interrupted between two bets")
	}
	other := eval.Round{ID: "rnd_other", Agent: agentName, State: eval.NoBetter, PromptID: w.promptID, Champion: 1, Started: r.Started.Add(-time.Hour)}
	for _, c := range last.Cases {
		other.Retire = append(other.Retire, c.ID)
	}
	if _, err := w.store.EndRound(t.Context(), other, nil); err != nil {
		t.Fatal(err)
	}
	r, c := w.work(r)
	gone := c.Entry.Clusters[len(before.Entry.Clusters)-1]
	if r.State != eval.Promoted || !gone.Gone || gone.Cluster != last.Cluster || len(c.Entry.Clusters) <= len(before.Entry.Clusters) {
		t.Fatalf("round %s: %s; %+v", r.State, r.Verdict, gone)
	}
	if found := eval.Verify([]eval.Round{r}); len(found[0].Problems) > 0 || found[0].Bets != len(c.Entry.Clusters)-1 {
		t.Errorf("%d bets, problems %q", found[0].Bets, found[0].Problems)
	}
	report, err := r.Report()
	if err != nil || len(report.Gate.E) != len(c.Entry.Clusters)-1 || slices.Contains(report.Gate.E, 0) {
		t.Errorf("the report has e-values %v, %v", report.Gate.E, err)
	}

	var tree map[string]any
	if err := json.Unmarshal(r.Certificate, &tree); err != nil {
		t.Fatal(err)
	}
	at(tree, "entry", "clusters", 0)["gone"] = true
	if r.Certificate, err = json.Marshal(tree); err != nil {
		t.Fatal(err)
	}
	if found := eval.Verify([]eval.Round{r}); !strings.Contains(strings.Join(found[0].Problems, " "), "its cases were scored") {
		t.Errorf("problems %q", found[0].Problems)
	}
}
