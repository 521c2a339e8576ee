package calibrate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"go.uber.org/goleak"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/calibrate"
	"github.com/honehq/hone/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const agentName = "default"

func open(t *testing.T) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "hone.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// pairs are cases of two facts each, of which the champion states the first and
// the candidate both in every other cluster.
func pairs(clusters int) []eval.Pair {
	var out []eval.Pair
	for i := range clusters {
		port, owner := fmt.Sprintf("port-%d", i), fmt.Sprintf("owner-%d", i)
		c := eval.StoredCase{Split: eval.Train, Agent: agentName, Cluster: fmt.Sprint("k", i), Case: eval.Case{
			ID: fmt.Sprint("c", i), Question: "What is it, and who has it?", Docs: []string{"a.md"},
			Nuggets: []eval.Nugget{{Text: port, Vital: true, AnyOf: []string{port}}, {Text: owner, Vital: true, AnyOf: []string{owner}}},
		}}
		answer := func(text string) eval.Graded {
			a := agent.Answer{Status: agent.Answered, Answer: text, Citations: []agent.Citation{{N: 1, Path: "a.md", Quote: text}}}
			g, _ := eval.Deterministic{}.Grade(context.Background(), c.Case, a)
			return eval.Graded{Answer: a, Grade: g}
		}
		both := answer(fmt.Sprintf("It is %s, which belongs to %s. [1]", port, owner))
		one := answer(fmt.Sprintf("It is %s, and belongs to an owner of some number %d. [1]", port, i))
		p := eval.Pair{Case: c, Champion: one, Candidate: one}
		if i%2 == 0 {
			p.Candidate = both
		}
		out = append(out, p)
	}
	return out
}

// judge is a model over HTTP that finds facts by their strings, but errs on a
// share of them, always on the same; the share can be changed, and above 1 it
// is out of order. It is so, too, on a share of requests, always the same.
type judge struct {
	eval.Judge
	wrong atomic.Int64 // in a hundred
	fails atomic.Int64 // in a hundred
	calls atomic.Int64
}

func newJudge(t *testing.T) *judge {
	t.Helper()
	j := &judge{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { j.serve(t, w, r) }))
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client := openai.NewClient(option.WithBaseURL(server.URL+"/v1"), option.WithAPIKey("k"), option.WithMaxRetries(0),
		option.WithHTTPClient(&http.Client{Transport: transport}))
	var err error
	if j.Judge, err = eval.NewModelJudge(eval.ModelJudgeConfig{Client: client, Model: "m", Provider: "judge.test", Retries: -1}); err != nil {
		t.Fatal(err)
	}
	return j
}

func (j *judge) serve(t *testing.T, w http.ResponseWriter, r *http.Request) {
	j.calls.Add(1)
	wrong := uint32(j.wrong.Load())
	if wrong > 100 {
		http.Error(w, "{}", http.StatusServiceUnavailable)
		return
	}
	var body struct{ Input string }
	var asked struct {
		Checks []struct {
			ID                  string
			Wordings, Sentences []string
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		t.Error(err)
	}
	if err := json.Unmarshal([]byte(body.Input), &asked); err != nil {
		t.Error(err)
	}
	whole := fnv.New32a()
	whole.Write([]byte(body.Input))
	if whole.Sum32()%100 < uint32(j.fails.Load()) {
		http.Error(w, "{}", http.StatusServiceUnavailable)
		return
	}
	var checks []string
	for _, c := range asked.Checks {
		text := strings.Join(c.Sentences, " ")
		h := fnv.New32a()
		h.Write([]byte(c.ID + text))
		pass := strings.Contains(text, c.Wordings[0]) != (h.Sum32()%100 < wrong)
		checks = append(checks, fmt.Sprintf(`{"id":%q,"pass":%v,"reason":"so"}`, c.ID, pass))
	}
	text, _ := json.Marshal(fmt.Sprintf(`{"checks":[%s]}`, strings.Join(checks, ",")))
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"id":"resp_1","object":"response","status":"completed","model":"m","output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":%s,"annotations":[]}]}]}`, text)
}

// label is a person who finds facts by their strings, and never errs.
func label(t *testing.T, store calibrate.Store, n int) {
	t.Helper()
	items, err := store.LabelItems(t.Context(), agentName)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range calibrate.Open(items)[:n] {
		l := calibrate.Label{Facts: map[string]bool{}, By: "kim", At: time.Now()}
		for _, f := range i.Case.Facts() {
			l.Facts[f.ID] = strings.Contains(i.Answer.Answer, f.Text)
		}
		if err := store.PutLabel(t.Context(), agentName, i.ID, l); err != nil {
			t.Fatal(err)
		}
	}
}

func run(t *testing.T, store calibrate.Store, j eval.Judge) calibrate.Calibration {
	t.Helper()
	c, err := calibrate.Run(t.Context(), calibrate.Config{Store: store, Judge: j, Agent: agentName, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A judge is trusted once enough answers were labelled, until it drifts, and
// again once it is calibrated anew. Where it can't be looked at, it is not.
func TestTrust(t *testing.T) {
	store, j := open(t), newJudge(t)
	watched := ""
	keeper := calibrate.NewKeeper(store, func(_ context.Context, agent, _ string, drift float64, trusted bool) {
		watched = fmt.Sprintf("%s %v %v", agent, drift > 0.2, trusted)
	})
	standing := func(calibrated bool, doubt string) eval.JudgeInfo {
		t.Helper()
		info, err := keeper.Standing(t.Context(), agentName, j)
		if err != nil {
			t.Fatal(err)
		}
		if info.Calibrated != calibrated || (doubt == "") != (info.Untrusted == "") || !strings.Contains(info.Untrusted, doubt) {
			t.Fatalf("standing %+v; want calibrated %v, doubt %q", info, calibrated, doubt)
		}
		return info
	}
	standing(false, "not calibrated")
	if _, err := calibrate.Run(t.Context(), calibrate.Config{Store: store, Judge: j, Agent: agentName}); !errors.Is(err, calibrate.ErrNoLabels) {
		t.Fatalf("without labels: %v", err)
	}
	if _, err := store.AddLabelItems(t.Context(), agentName, calibrate.Draw(pairs(70), 70, 1)); err != nil {
		t.Fatal(err)
	}
	label(t, store, 40)
	c := run(t, store, j)
	if c.Wanted <= 0 || c.Clusters >= calibrate.MinClusters {
		t.Errorf("after 40 labels: %d clusters, %d more wanted", c.Clusters, c.Wanted)
	}
	standing(true, "are wanted")

	label(t, store, 100)
	c = run(t, store, j)
	if c.Kappa.Estimate != 1 || c.Sensitivity.Estimate != 1 || c.Specificity.Estimate != 1 || c.Bias.Estimate != 0 || c.Clusters != 70 || c.Wanted != 0 {
		t.Errorf("a judge without fault: %+v", c)
	}
	// What nobody saw in 70 clusters may still be: about 4 ln(20) / (2 * 70).
	if c.Bias.High < 0.05 || c.Bias.High > 0.12 || c.Kappa.Low > 0.99 {
		t.Errorf("bias %+v, kappa %+v", c.Bias, c.Kappa)
	}
	info := standing(true, "")
	if info.Bias != c.Bias.High || watched != "default false true" {
		t.Errorf("standing %+v, watched %q", info, watched)
	}
	calls := j.calls.Load()
	standing(true, "") // looked at within the hour
	if j.calls.Load() != calls {
		t.Error("the fixed answers were graded again at once")
	}

	j.wrong.Store(999)
	c, err := keeper.Look(t.Context(), c, j)
	if err != nil {
		t.Fatal(err)
	}
	standing(true, "nobody knows")
	j.wrong.Store(3)
	if c, err = keeper.Look(t.Context(), c, j); err != nil || c.Drift.Reason != "" {
		t.Fatalf("a few flips are no drift: %+v, %v", c.Drift, err)
	}
	j.wrong.Store(30)
	if c, err = keeper.Look(t.Context(), c, j); err != nil || !c.Drift.Final || c.Drift.P > 0.001 {
		t.Fatalf("drift %+v, %v", c.Drift, err)
	}
	standing(true, "drifted")
	if watched != "default true false" {
		t.Errorf("watched %q", watched)
	}
	c = run(t, store, j) // as it is now
	if c.Kappa.Estimate > 0.6 || c.Sensitivity.Estimate > 0.9 {
		t.Errorf("a judge that errs on 30 of 100: kappa %+v, sensitivity %+v", c.Kappa, c.Sensitivity)
	}
	if c, err = keeper.Look(t.Context(), c, j); err != nil || c.Drift.Reason != "" {
		t.Errorf("calibrated anew: %+v, %v", c.Drift, err)
	}
}

// A judge that fails on too many answers is not calibrated by the others; on a
// few, it is.
func TestFailures(t *testing.T) {
	store, j := open(t), newJudge(t)
	if _, err := store.AddLabelItems(t.Context(), agentName, calibrate.Draw(pairs(100), 100, 1)); err != nil {
		t.Fatal(err)
	}
	label(t, store, 200)
	for _, tc := range []struct {
		fails int64 // in a hundred
		few   bool
	}{{fails: 0, few: true}, {fails: 6, few: true}, {fails: 30}, {fails: 100}} {
		j.fails.Store(tc.fails)
		c := run(t, store, j)
		// As it is kept, and shown later.
		report, err := calibrate.Show(t.Context(), store, agentName, j.Describe())
		if err != nil {
			t.Fatal(err)
		}
		share := float64(c.Failures) / float64(c.Answers)
		if c.Answers != 200 || (share <= calibrate.MaxFailures) != tc.few || tc.fails > 0 && c.Failures == 0 || tc.fails == 100 && c.Failures != 200 {
			t.Errorf("%d in 100 fail: it failed on %d of %d", tc.fails, c.Failures, c.Answers)
		}
		said := fmt.Sprintf("failed to grade %d of 200", c.Failures)
		if report.Auto != tc.few || report.Judge.Calibrated != tc.few || strings.Contains(report.Judge.Untrusted, said) == tc.few {
			t.Errorf("%d in 100 fail: %+v", tc.fails, report.Judge)
		}
	}
}

// Another model, provider or rubric is another judge.
func TestAnotherJudge(t *testing.T) {
	store, j := open(t), newJudge(t)
	if _, err := store.AddLabelItems(t.Context(), agentName, calibrate.Draw(pairs(5), 5, 1)); err != nil {
		t.Fatal(err)
	}
	label(t, store, 10)
	run(t, store, j)
	for _, other := range []eval.JudgeInfo{{Name: "n hone.judge/2", Provider: "judge.test"}, {Name: j.Describe().Name, Provider: "else.test"}} {
		if _, err := calibrate.Find(t.Context(), store, agentName, other); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%+v: %v", other, err)
		}
	}
	if _, err := calibrate.Find(t.Context(), store, agentName, j.Describe()); err != nil {
		t.Error(err)
	}
}

// A draw is the same for a seed, has both arms of each case, one case of each
// cluster before another, the judge's verdicts in proportion, and nothing
// sealed or certain.
func TestDraw(t *testing.T) {
	all := pairs(100)
	refusing := all[0]
	refusing.Case.Cluster, refusing.Case.ID = "certain", "certain"
	refusing.Champion.Answer.Status, refusing.Candidate.Answer.Status = agent.NotFound, agent.NotFound
	again := all[1]
	again.Case.ID = "second of its cluster"
	if none := calibrate.Draw(all, -1, 7); len(none) > 0 {
		t.Errorf("%d items of -1 pairs", len(none))
	}
	items := calibrate.Draw(append(append([]eval.Pair{}, all...), refusing, again), 40, 7)
	same := calibrate.Draw(append(append([]eval.Pair{}, all...), refusing, again), 40, 7)
	arms, better, ofCluster := map[calibrate.Arm]int{}, 0, map[string]string{}
	for n, i := range items {
		if i.ID != same[n].ID {
			t.Fatal("the same seed draws others")
		}
		arms[i.Arm]++
		if other := ofCluster[i.Cluster]; i.Case.ID == "certain" || other != "" && other != i.Case.ID {
			t.Errorf("%s was drawn, and %q", i.Case.ID, other)
		}
		ofCluster[i.Cluster] = i.Case.ID
		if i.Arm == calibrate.Candidate && strings.Contains(i.Answer.Answer, "owner-") {
			better++
		}
	}
	if arms[calibrate.Champion] != 40 || arms[calibrate.Candidate] != 40 || better < 19 || better > 21 {
		t.Errorf("arms %v, %d of 40 better by the judge; 20 would be in proportion", arms, better)
	}
}

// What a person sees has no trace of the arm, and comes back only for the text
// that it was given for.
func TestSheet(t *testing.T) {
	items := calibrate.Draw(pairs(4), 4, 1)
	sheet := calibrate.NewSheet(agentName, items)
	plain, err := json.Marshal(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"arm", "champion", "candidate", "score", "grade", "prompt"} {
		if strings.Contains(string(plain), word) {
			t.Errorf("the sheet says %q: %s", word, plain)
		}
	}
	yes := true
	for n := range sheet.Answers[:2] {
		for f := range sheet.Answers[n].Facts {
			sheet.Answers[n].Facts[f].Stated = &yes
		}
	}
	sheet.Answers[2].Skip = true
	sheet.Answers[3].Facts[0].Stated = &yes // half
	labels, err := sheet.Labels(items, "kim", time.Time{})
	if err != nil || len(labels) != 3 || !labels[sheet.Answers[2].ID].Skipped || len(labels[sheet.Answers[0].ID].Facts) != 2 {
		t.Errorf("labels %+v, %v", labels, err)
	}
	for name, change := range map[string]func(*calibrate.Sheet){
		"id":       func(s *calibrate.Sheet) { s.Answers[0].ID = "lbl_other" },
		"text":     func(s *calibrate.Sheet) { s.Answers[0].Answer += " Really." },
		"question": func(s *calibrate.Sheet) { s.Answers[0].Question = "Why?" },
		"fact":     func(s *calibrate.Sheet) { s.Answers[0].Facts[0].ID = "nugget9" },
	} {
		changed := calibrate.NewSheet(agentName, items)
		change(&changed)
		if _, err := changed.Labels(items, "kim", time.Time{}); err == nil {
			t.Errorf("a changed %s was taken", name)
		}
	}
}

func FuzzReadSheet(f *testing.F) {
	plain, _ := json.Marshal(calibrate.NewSheet(agentName, calibrate.Draw(pairs(2), 2, 1)))
	f.Add(string(plain))
	f.Add(`{"format":"hone.labels/1","answers":[{"id":"x","facts":[{"id":"nugget0","stated":null}]}]}`)
	f.Add(`{"format":"hone.labels/1"} {}`)
	items := calibrate.Draw(pairs(2), 2, 1)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := calibrate.ReadSheet(strings.NewReader(text))
		if err != nil {
			return
		}
		labels, err := s.Labels(items, "kim", time.Time{})
		if err == nil && len(labels) > len(items) {
			t.Errorf("%d labels of %d answers", len(labels), len(items))
		}
	})
}
