package roundpage_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/gate"
	"github.com/honehq/hone/eval/roundpage"
	"github.com/honehq/hone/eval/stats"
)

const hostile = `<script>alert("x")</script><img src=x onerror=alert(1)>`

func comparison() *eval.Comparison {
	score := eval.Change{Metric: eval.MetricScore, Cases: 40, Before: 0.5, After: 0.6, Difference: stats.Interval{Estimate: 0.1, Low: 0.02, High: 0.17, Clusters: 20}}
	return &eval.Comparison{Cases: 40, Clusters: 20, Changes: []eval.Change{score, {Metric: eval.VitalRecall, Cases: 30, Before: 0.7, After: 0.8}, {Metric: eval.Tokens, Cases: 40, Before: 900, After: 1000}}, ByCluster: score}
}

func promoted() eval.RoundReport {
	dev := comparison()
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return eval.RoundReport{
		Round: eval.Round{ID: "rnd_1", Agent: "default", State: eval.Promoted, Champion: 1, Promoted: 2, Started: began,
			Ended: began.Add(90 * time.Second), Verdict: "It is better. " + hostile, Entered: true, Won: true},
		Before:     eval.PromptRecord{Text: "Answer.\nBe kind.", Hash: strings.Repeat("a", 64)},
		After:      &eval.PromptRecord{Text: "Answer.\nSearch twice. " + hostile, Hash: strings.Repeat("b", 64)},
		Candidates: []eval.CandidateRecord{{PromptRecord: eval.PromptRecord{Hash: strings.Repeat("b", 64)}, Parent: strings.Repeat("a", 64), Rationale: hostile}},
		Train: &eval.Report{Rows: []eval.Row{{Figures: []eval.Figure{{Metric: eval.MetricScore, Cases: 40,
			Interval: stats.Interval{Estimate: 0.5, Low: 0.4, High: 0.6, Clusters: 20}}}}}},
		Dev: dev,
		Questions: []eval.CaseChange{{ID: "c1", Split: eval.Train, Before: 0, After: 1}, {ID: "c2", Split: eval.Dev, Before: 1, After: 0.5},
			{ID: "c3", Split: eval.Dev, Before: 1, After: 1}, {ID: "s1", Split: eval.Sealed, Before: 0.5, After: 1}},
		Gate: &eval.GateReport{Alpha: 0.025, Needed: 40, E: []float64{1.2, 0, 45}, Clusters: 3, Change: dev,
			Guardrails: []gate.Finding{{Guardrail: "refusal", Champion: 0.9, Candidate: 0.95, Allowed: 0.05, Result: gate.Held}}},
		Hash: strings.Repeat("c", 64),
	}
}

func TestPageOfARound(t *testing.T) {
	var out bytes.Buffer
	if err := roundpage.Round(&out, promoted(), map[string]string{"c1": "How? " + hostile, "s1": "Which port?"}); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	for _, want := range []string{
		`<span class="del">-Be kind.</span>`, `<span class="add">&#43;Search twice. &lt;script&gt;`, "the best on dev", "Which port?",
		"2 cases: 0 better, 1 worse", "&#43;10.0 points", "refusal 0.9 before, 0.95 after: held", "<td>vital nuggets<td", "took 1m30s", strings.Repeat("c", 64),
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, never := range []string{"<script", "<img src=x", "ZgotmplZ", "vital_recall"} {
		if strings.Contains(page, never) {
			t.Errorf("the page holds %q", never)
		}
	}
	if n := wellFormed(t, page); n != 2 {
		t.Errorf("%d pictures, not 2", n)
	}
}

// TestPolicyLetsTheStyleIn: a browser takes the hash of what stands between the
// tags.
func TestPolicyLetsTheStyleIn(t *testing.T) {
	var out bytes.Buffer
	if err := roundpage.Round(&out, promoted(), nil); err != nil {
		t.Fatal(err)
	}
	_, style, _ := strings.Cut(out.String(), "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; style == "" || !strings.Contains(roundpage.Policy, want) {
		t.Errorf("%s lacks %s", roundpage.Policy, want)
	}
}

// wellFormed checks the pictures in a page and counts them.
func wellFormed(t *testing.T, page string) int {
	t.Helper()
	found := regexp.MustCompile(`src="data:image/svg&#43;xml;base64,([^"]+)"|src="data:image/svg\+xml;base64,([^"]+)"`).FindAllStringSubmatch(page, -1)
	for _, m := range found {
		svg, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(m[1]+m[2], "&#43;", "+"))
		if err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(bytes.NewReader(svg))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("a picture is no XML: %v", err)
			}
		}
		if strings.Contains(string(svg), "NaN") {
			t.Error("a picture holds NaN")
		}
	}
	return len(found)
}

func TestAClosedGateShowsNothing(t *testing.T) {
	r := promoted()
	r.State, r.Won, r.Gate, r.Questions = eval.Rejected, false, nil, r.Questions[:3]
	var out bytes.Buffer
	if err := roundpage.Round(&out, r, nil); err != nil {
		t.Fatal(err)
	}
	if page := out.String(); !strings.Contains(page, "stays closed") || strings.Contains(page, "Question by question: sealed") {
		t.Error(page)
	}
}

func TestPageOfAllRounds(t *testing.T) {
	var out bytes.Buffer
	failed := eval.RoundReport{Round: eval.Round{ID: "rnd_0", State: eval.Failed, Verdict: hostile}}
	err := roundpage.Rounds(&out, "default", []eval.RoundReport{failed, promoted()}, func(id string) string { return "/rounds/" + id })
	if err != nil {
		t.Fatal(err)
	}
	page := out.String()
	if wellFormed(t, page) != 1 || !strings.Contains(page, `href="/rounds/rnd_1"`) || strings.Contains(page, "<script") {
		t.Error(page)
	}
	out.Reset()
	if err := roundpage.Rounds(&out, "default", nil, nil); err != nil || !strings.Contains(out.String(), "No rounds yet") {
		t.Errorf("%v: %s", err, out.String())
	}
}

func TestPlotsAsPNG(t *testing.T) {
	p, err := roundpage.Learning([]eval.RoundReport{promoted(), promoted()})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := roundpage.Write(&out, p, "png"); err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(&out); err != nil || img.Bounds().Dx() < 300 {
		t.Errorf("%v", err)
	}
	if err := roundpage.Write(&out, p, "gif"); err == nil || !strings.Contains(err.Error(), "svg or png") {
		t.Errorf("gif: %v", err)
	}
}
