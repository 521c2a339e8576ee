package eval_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

var rollback = eval.Case{
	ID: "r", Question: "How do I roll back checkout?", Docs: []string{"runbooks/rollback.md"}, Answer: "Run helm rollback.",
	Nuggets: []eval.Nugget{
		{Text: "helm rollback checkout", Vital: true, AnyOf: []string{"helm rollback checkout"}},
		{Text: "within ten minutes", Vital: true, AnyOf: []string{"10 minutes", "ten  minutes"}},
		{Text: "tell the channel", AnyOf: []string{"#checkout"}},
	},
}

var nobodyKnows = eval.Case{ID: "u", Question: "Who painted it?", Type: eval.Unanswerable}

// says is an answer that cites these documents, whose words it uses.
func says(text string, paths ...string) agent.Answer {
	a := agent.Answer{Status: agent.Answered, Answer: text}
	for i, p := range paths {
		a.Citations = append(a.Citations, agent.Citation{N: i + 1, Path: p, Quote: "It stands there: " + text})
	}
	return a
}

var refused = agent.Answer{Status: agent.NotFound, Answer: "I don't know."}

func TestRubric(t *testing.T) {
	whole := "Run `helm rollback checkout` within\nTEN minutes. [1]"
	for name, tc := range map[string]struct {
		c      eval.Case
		a      agent.Answer
		score  float64
		failed string
	}{
		"all":      {rollback, says(whole, "runbooks/rollback.md"), 1, ""},
		"one fact": {rollback, says("Run helm rollback checkout. [1]", "runbooks/rollback.md"), 0.7, "nugget1"},
		"no fact":  {rollback, says("See the runbook there. [1]", "runbooks/rollback.md"), 0.4, "nugget0 nugget1"},
		"points, says naught": {rollback, func() agent.Answer {
			a := says("See the runbook there. [1]", "runbooks/rollback.md")
			a.Citations[0].Quote = "Undo the release with helm."
			return a
		}(), 0, "nugget0 nugget1 document"},
		"says what is cited": {rollback, func() agent.Answer {
			a := says("The release is undone. [1]", "runbooks/rollback.md")
			a.Citations[0].Quote = "Undo the release with helm."
			return a
		}(), 0.4, "nugget0 nugget1"},
		"facts elsewhere":    {rollback, says(whole, "other.md"), 0.8, "document"},
		"two documents":      {rollback, says(whole+"\n\nMore is written elsewhere. [2]", "x.md", "runbooks/rollback.md"), 1, ""},
		"nothing right":      {rollback, says("Call your mother at once. [1]", "other.md"), 0, "nugget0 nugget1 document"},
		"not every sentence": {rollback, says(whole+"\n\nAnd now for something completely different.", "runbooks/rollback.md"), 0.9, "cited"},
		"mark without end":   {rollback, says(whole+" [2]", "runbooks/rollback.md"), 0.9, "cited"},
		"too long":           {rollback, says(whole+strings.Repeat(" padding", 200)+" [1]", "runbooks/rollback.md"), 0.9, "length"},
		"facts too late":     {rollback, says(strings.Repeat("word ", 240)+whole, "runbooks/rollback.md"), 0.4, "nugget0 nugget1"},
		"no citation":        {rollback, says(whole), 0, "cited"},
		"refused":            {rollback, refused, 0, "answers"},
		"question repeated":  {eval.Case{Question: "Is it blue?", Docs: []string{"a"}, Nuggets: []eval.Nugget{{Text: "blue", Vital: true, AnyOf: []string{"blue"}}}}, says("Is it blue? [1]", "b"), 0, "nugget0 document"},
		"rightly refused":    {nobodyKnows, refused, 1, ""},
		"made up":            {nobodyKnows, says("Rembrandt did. [1]", "x"), 0, "refuses"},
		"cut short":          {rollback, func() agent.Answer { a := says(whole, "runbooks/rollback.md"); a.Status = agent.Degraded; return a }(), 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := eval.Deterministic{}.Grade(t.Context(), tc.c, tc.a)
			if err != nil {
				t.Fatal(err)
			}
			var failed []string
			for _, c := range g.Failed() {
				failed = append(failed, c.ID)
			}
			if diff := cmp.Diff(tc.score, g.Score, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
				t.Errorf("score (-want +got):\n%s%+v", diff, g.Checks)
			}
			if got := strings.Join(failed, " "); got != tc.failed {
				t.Errorf("failed %q, want %q", got, tc.failed)
			}
		})
	}
}

func TestStatementsCited(t *testing.T) {
	for text, want := range map[string]float64{
		"One statement stands here. [1]":                                                          1,
		"One statement stands here. [1]\n\nAnother one stands there.":                             0.5,
		"# A heading of many words\n\nThese are all the steps:\n\n1. Stop the old one now. [1]\n": 1,
		"Do this on the host: [1]\n\n```sh\nrm -rf build # [7]\n```\n":                            1,
		"Do this on the host:\n\n```sh\nmake all of it\n```\n\nIt takes a while, though. [1]":     1,
		"Do this on the host:\n\n```sh\nmake all of it\n```\n":                                    0,
		"| a | b |\n|---|---|\n| 1 | 2 [1] |\n":                                                   1,
		"Yes. [1]":                                                                                1,
		"Use `a[0]` first.":                                                                       0,
	} {
		e := eval.Evaluator{Judge: eval.Deterministic{}, Frozen: eval.Frozen{Runner: fixed(says(text, "x.md"))}}
		got, err := e.Run(t.Context(), prompts.Prompt{}, eval.Clustered([]eval.Case{rollback}))
		if err != nil {
			t.Fatal(err)
		}
		if v := got.Results[0].Answers[0].Measures[eval.StatementsCited]; v != want {
			t.Errorf("%q: %v, want %v", text, v, want)
		}
	}
}

func TestRetrievalMetrics(t *testing.T) {
	ranked := []string{"a", "x", "b", "y", "z"}
	gold := []string{"b", "a", "missing"}
	approx := func(what string, got, want float64) {
		t.Helper()
		if !cmp.Equal(got, want, cmpopts.EquateApprox(0, 1e-9)) {
			t.Errorf("%s = %v, want %v", what, got, want)
		}
	}
	approx("hit@1", eval.Hit(ranked, gold, 1), 1)
	approx("hit@1 of b", eval.Hit(ranked, []string{"b"}, 1), 0)
	approx("hit@5 of b", eval.Hit(ranked, []string{"b"}, 5), 1)
	approx("recall@1", eval.Recall(ranked, gold, 1), 1.0/3)
	approx("recall@10", eval.Recall(ranked, gold, 10), 2.0/3)
	approx("recall without gold", eval.Recall(ranked, nil, 10), 0)
	approx("recall of nothing", eval.Recall(nil, gold, 10), 0)
	// Gains at ranks 1 and 3: 1 + 1/2; ideal at 1, 2, 3: 1 + 0.63093 + 0.5.
	approx("nDCG", eval.NDCG(ranked, gold, 10), 1.5/2.1309297535714574)
	approx("nDCG at 2 of one", eval.NDCG(ranked, []string{"x"}, 2), 0.6309297535714574)
	approx("MRR", eval.ReciprocalRank(ranked, []string{"z", "b"}), 1.0/3)
	approx("MRR of nothing", eval.ReciprocalRank(ranked, []string{"q"}), 0)
}

func TestReportOfAnEvaluation(t *testing.T) {
	cases := []eval.Case{
		{ID: "1", Question: "q1", Type: "lookup", Style: "lexical", Docs: []string{"a"}, Nuggets: []eval.Nugget{{Text: "x", Vital: true, AnyOf: []string{"x1"}}}},
		{ID: "2", Question: "q2", Type: "lookup", Style: "paraphrase", Docs: []string{"a", "b"}, Nuggets: []eval.Nugget{{Text: "x", Vital: true, AnyOf: []string{"x2"}}}},
		{ID: "3", Question: "q3", Type: "procedure", Docs: []string{"c"}},
		{ID: "4", Question: "q4", Type: eval.Unanswerable},
		{ID: "5", Question: "q5", Type: eval.Unanswerable},
	}
	answers := map[string]agent.Answer{
		"q1": says("x1 [1]", "a"), "q2": says("x2 [1]", "a"), "q3": refused, "q4": refused, "q5": says("no [1]", "a"),
	}
	run := func(answers map[string]agent.Answer) eval.Evaluation {
		t.Helper()
		e := eval.Evaluator{Judge: eval.Deterministic{}, Frozen: eval.Frozen{Model: "m", Runner: table(answers)}}
		out, err := e.Run(t.Context(), prompts.Prompt{ID: "p", Version: 3}, eval.Clustered(cases))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	before := run(answers)
	r := before.Report()
	want := eval.Refusal{Answerable: 3, Unanswerable: 2, Recall: 0.5, Precision: 0.5, OverRefusal: 1.0 / 3, BalancedAccuracy: (0.5 + 2.0/3) / 2}
	if diff := cmp.Diff(want, r.Refusal, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("refusal (-want +got):\n%s", diff)
	}
	if r.Cases != 5 || r.Clusters != 4 || r.Failures != 0 {
		t.Errorf("%d cases in %d clusters, %d failures", r.Cases, r.Clusters, r.Failures)
	}
	figures := map[string]float64{}
	for _, row := range r.Rows {
		for _, f := range row.Figures {
			figures[row.By+" "+row.Group+" "+string(f.Metric)] = f.Estimate
		}
	}
	for key, want := range map[string]float64{
		"all all score": 3.0 / 5, "all all vital_recall": 1, "all all cited_recall": 0.5, "all all cited_precision": 2.0 / 3,
		"type lookup score": 1, "type procedure score": 0, "style lexical cited_recall": 1, "style paraphrase cited_recall": 0.5,
		"type unanswerable refusal_right": 0.5,
	} {
		if got, ok := figures[key]; !ok || !cmp.Equal(got, want, cmpopts.EquateApprox(0, 1e-12)) {
			t.Errorf("%s = %v, want %v", key, got, want)
		}
	}

	answers["q3"] = says("It is written so. [1]", "c")
	delete(answers, "q2") // the agent fails
	after := run(answers)
	c, err := eval.Compare(before, after)
	if err != nil {
		t.Fatal(err)
	}
	ch, ok := c.Change(eval.MetricScore)
	if !ok || c.Better != 1 || c.Worse != 1 || !cmp.Equal(ch.Difference.Estimate, 0.0, cmpopts.EquateApprox(0, 1e-12)) {
		t.Errorf("comparison %+v", c)
	}
	if n := after.Report().Failures; n != 1 {
		t.Errorf("%d failures", n)
	}
	after.Conditions.Snapshot = "another"
	if _, err := eval.Compare(before, after); err == nil {
		t.Error("evaluations on different snapshots compare")
	}
}

// The scores of one prompt are the same however many answers run at a time.
func TestOrderDoesNotMatter(t *testing.T) {
	cases := eval.Clustered(someCases(40))
	var want eval.Report
	for i, parallel := range []int{1, 2, 7} {
		e := eval.Evaluator{Judge: eval.Deterministic{}, Frozen: eval.Frozen{Runner: &scripted{quality: byGuidelines, noise: true}}, Parallel: parallel, Repeats: 3, Seed: 5}
		got, err := e.Run(t.Context(), prompts.Prompt{Text: firstPrompt}, cases)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			want = got.Report()
		} else if diff := cmp.Diff(want, got.Report()); diff != "" {
			t.Errorf("%d at a time:\n%s", parallel, diff)
		}
	}
}

// quotes are looked for in the documents, where these are at hand.
func TestQuotesAreFound(t *testing.T) {
	a := says("One is right here. [1] Another one is not. [2]", "a.md", "b.md")
	a.Citations[0].Quote, a.Citations[1].Quote = "verbatim", "verbatim"
	e := eval.Evaluator{Judge: eval.Deterministic{}, Frozen: eval.Frozen{Runner: fixed(a), Text: texts(map[string]string{"a.md": "so it is  VERBATIM, yes"})}}
	got, err := e.Run(t.Context(), prompts.Prompt{}, eval.Clustered([]eval.Case{rollback}))
	if err != nil {
		t.Fatal(err)
	}
	m := got.Results[0].Answers[0].Measures
	if m[eval.QuotesFound] != 0.5 || m[eval.CitationsValid] != 0.5 {
		t.Errorf("measures %s", fmt.Sprint(m))
	}
}

// Two cases about one document weigh as much as one about another.
func TestClustersWeighTheSame(t *testing.T) {
	gold := func(id, doc string) eval.Case { return eval.Case{ID: id, Question: "q" + id, Docs: []string{doc}} }
	cases := eval.Clustered([]eval.Case{gold("1", "a"), gold("2", "a"), gold("3", "a"), gold("4", "b")})
	run := func(answers map[string]agent.Answer) eval.Evaluation {
		t.Helper()
		e := eval.Evaluator{Judge: eval.Deterministic{}, Frozen: eval.Frozen{Runner: table(answers)}}
		out, err := e.Run(t.Context(), prompts.Prompt{}, cases)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	good := says("It is written there. [1]", "a")
	c, err := eval.Compare(run(map[string]agent.Answer{"q1": good, "q2": good, "q3": good, "q4": refused}),
		run(map[string]agent.Answer{"q1": good, "q2": refused, "q3": refused, "q4": says("It is written there. [1]", "b")}))
	if err != nil {
		t.Fatal(err)
	}
	byCase, _ := c.Change(eval.MetricScore)
	got := []float64{byCase.Difference.Estimate, c.ByCluster.Before, c.ByCluster.After, c.ByCluster.Difference.Estimate}
	if diff := cmp.Diff([]float64{-0.25, 0.5, 2.0 / 3, 1.0 / 6}, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("by case; before, after and difference by cluster (-want +got):\n%s", diff)
	}
}
