package eval_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/eval"
)

const firstPrompt = "Answer from the documents."

func TestABetterPromptIsPromoted(t *testing.T) {
	w := newWorld(t, firstPrompt, 120)
	var told []eval.Progress
	for seed := range uint64(5) {
		q := w.request(seed + 1)
		q.Progress = func(p eval.Progress) {
			if p.Text != "" {
				told = append(told, p)
			}
		}
		r, err := w.improver().Round(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if r.State != eval.Promoted {
			continue
		}
		checkPromotion(t, w, r, told)
		return
	}
	t.Fatal("no promotion within five rounds")
}

func checkPromotion(t *testing.T, w *world, r eval.Round, told []eval.Progress) {
	t.Helper()
	t.Log(r.Verdict)
	p := w.inUse()
	if p.Version != 2 || r.Promoted != 2 || r.Champion != 1 || !r.Won || !r.Entered {
		t.Errorf("version %d in use after %+v", p.Version, r)
	}
	if byGuidelines(p.Text) <= byGuidelines(firstPrompt) {
		t.Errorf("the prompt in use is no better: %q", p.Text)
	}
	report, err := r.Report()
	if err != nil {
		t.Fatal(err)
	}
	if report.Gate == nil || report.Gate.Change == nil || len(report.Gate.E) != report.Gate.Clusters || report.After.Text != p.Text {
		t.Fatalf("report %+v", report)
	}
	if last := report.Gate.E[len(report.Gate.E)-1]; last < report.Gate.Needed {
		t.Errorf("promoted with an e-value of %v, %v is needed", last, report.Gate.Needed)
	}
	if ch := report.Gate.Change.ByCluster; ch.Difference.Low <= 0 || ch.Difference.Clusters != report.Gate.Clusters {
		t.Errorf("change on sealed cases %+v", ch)
	}
	retired := 0
	for _, c := range w.cases(eval.Sealed) {
		if !c.Retired.IsZero() {
			retired++
		}
	}
	if retired == 0 {
		t.Error("no sealed case retired")
	}
	var stages []eval.Stage
	for _, p := range told {
		stages = append(stages, p.Stage)
	}
	for _, s := range []eval.Stage{eval.StageChampion, eval.StageCandidates, eval.StageScreen, eval.StagePower, eval.StageDone} {
		if !slices.Contains(stages, s) {
			t.Errorf("nothing was told of stage %s", s)
		}
	}
	canonical(t, r.Certificate)
}

// canonical checks that reading and writing a certificate keeps its bytes.
func canonical(t *testing.T, c json.RawMessage) {
	t.Helper()
	var tree any
	d := json.NewDecoder(strings.NewReader(string(c)))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(tree); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(out.String()), string(c)); diff != "" {
		t.Errorf("the certificate is not canonical:\n%s", diff)
	}
}

func TestFromAGoodPromptNothingIsBetter(t *testing.T) {
	w := newWorld(t, firstPrompt+"\n"+guidelines[0]+"\n"+guidelines[1], 120)
	for seed := range uint64(6) {
		r := w.round(seed + 1)
		if r.State != eval.NoBetter || r.Entered || r.Verdict == "" {
			t.Errorf("round %d: %+v", seed, r)
		}
	}
	if v := w.inUse().Version; v != 1 {
		t.Errorf("version %d in use", v)
	}
}

// No prompt helps, and luck strikes each prompt anew: what looks better on dev
// must not get through.
func TestLuckIsNotPromoted(t *testing.T) {
	w := newWorld(t, firstPrompt, 100)
	w.runner.noise = true
	w.runner.quality = func(string) float64 { return 0.5 }
	entered := 0
	for seed := range uint64(25) {
		// Another wording each round, so that the luck is another one.
		w.rewriter.guidelines = []string{fmt.Sprintf("Mind rule %d.", 2*seed), fmt.Sprintf("Mind rule %d.", 2*seed+1)}
		r := w.round(seed + 1)
		if r.State != eval.NoBetter && r.State != eval.Rejected {
			t.Fatalf("round %d: %s: %s", seed, r.State, r.Verdict)
		}
		if r.Entered {
			entered++
		}
	}
	t.Logf("%d of 25 rounds entered the gate", entered)
	if entered == 0 {
		t.Error("nothing ever entered the gate, so nothing was tested")
	}
}

func TestModeOffReportsOnly(t *testing.T) {
	w := newWorld(t, firstPrompt, 120)
	w.mode = eval.Off
	for seed := range uint64(4) {
		if r := w.round(seed + 1); r.State != eval.NoBetter || r.Entered {
			t.Errorf("round %+v", r)
		}
	}
}
