package eval_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/honehq/hone/eval"
)

// scriptRewriter is a rewriter that does what a test wants.
type scriptRewriter struct {
	plan eval.Plan
	do   func(q eval.RewriteRequest) (string, error)
}

func (scriptRewriter) Name() string { return "script" }

func (s scriptRewriter) Plan() eval.Plan { return s.plan }

func (s scriptRewriter) Rewrite(_ context.Context, q eval.RewriteRequest) (eval.Rewrite, error) {
	text, err := s.do(q)
	return eval.Rewrite{Prompt: text, Rationale: "script"}, err
}

// searched runs a round in which the gate is not asked, and returns its
// certificate.
func (w *world) searched(seed uint64, r eval.Rewriter, change func(*eval.ImproverConfig)) (eval.Round, eval.Certificate) {
	w.Helper()
	cfg := eval.ImproverConfig{
		Store: w.store, Prompts: w.prompts, Judge: w.judge, Rewriter: r, Mode: eval.Off, Logger: w.logger,
		Freeze: func(context.Context) (eval.Frozen, error) {
			return eval.Frozen{Runner: w.runner, Model: "scripted", Snapshot: "snap"}, nil
		},
	}
	if change != nil {
		change(&cfg)
	}
	im, err := eval.NewImprover(cfg)
	if err != nil {
		w.Fatal(err)
	}
	round, err := im.Round(w.Context(), w.request(seed))
	if err != nil {
		w.Fatal(err)
	}
	var c eval.Certificate
	if err := json.Unmarshal(round.Certificate, &c); err != nil {
		w.Fatal(err)
	}
	return round, c
}

func kinds(c eval.Certificate) map[string]int {
	out := map[string]int{}
	for _, line := range c.Candidates {
		out[line.Kind]++
	}
	return out
}

// Whatever a rewriter does, the round ends well and says why the search did.
func TestTheSearchSaysWhyItEnded(t *testing.T) {
	add := func(g string) func(eval.RewriteRequest) (string, error) {
		return func(q eval.RewriteRequest) (string, error) { return q.Prompt.Text + "\n- " + g, nil }
	}
	count := 0
	for name, test := range map[string]struct {
		rewriter scriptRewriter
		quality  func(string) float64
		want     string
	}{
		"nothing fails":    {scriptRewriter{do: add(guidelines[0])}, func(string) float64 { return 1 }, "Nothing fails on train"},
		"perfect":          {scriptRewriter{do: add(guidelines[0])}, func(p string) float64 { return share(strings.Contains(p, guidelines[0])) }, "passes every check on train"},
		"the same prompt":  {scriptRewriter{do: func(q eval.RewriteRequest) (string, error) { return q.Prompt.Text, nil }}, byGuidelines, "6 were refused by the lint"},
		"huge":             {scriptRewriter{do: add(strings.Repeat("Search in several ways. ", 300))}, byGuidelines, "6 were refused by the lint"},
		"another language": {scriptRewriter{do: add("Antworte immer aus den Dokumenten, und sage es, wenn sie nichts wissen.")}, byGuidelines, "6 were refused by the lint"},
		"placeholder lost": {scriptRewriter{do: add("Ask for {{ name }}.")}, byGuidelines, "6 were refused by the lint"},
		"without effect": {scriptRewriter{do: func(q eval.RewriteRequest) (string, error) {
			count++
			return fmt.Sprintf("%s\nMind rule %d.", q.Prompt.Text, count), nil
		}}, byGuidelines, "6 were no better on the cases that they were made from"},
		"nothing left":       {scriptRewriter{plan: eval.Plan{Climb: true}, do: func(eval.RewriteRequest) (string, error) { return "", eval.ErrExhausted }}, byGuidelines, "nothing left that was not tried"},
		"some failures":      {scriptRewriter{do: flaky(add(guidelines[3]))}, byGuidelines, "failed 3 times in a row: rewrite: no JSON today"},
		"climbing, no grips": {scriptRewriter{plan: eval.Plan{Climb: true}, do: add(guidelines[3])}, byGuidelines, "were refused by the lint, 1 were best at nothing on train"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, firstPrompt, 40)
			w.runner.quality = test.quality
			r, c := w.searched(1, test.rewriter, nil)
			if r.State != eval.NoBetter || !strings.Contains(strings.Join(strings.Fields(c.Search), " "), test.want) {
				t.Errorf("%s: %q, want %q", r.State, c.Search, test.want)
			}
			report, err := r.Report()
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.Join(report.Words(), "\n"), c.Search) {
				t.Errorf("the report doesn't say it: %q", report.Words())
			}
		})
	}
}

func share(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// flaky answers the first request only.
func flaky(do func(eval.RewriteRequest) (string, error)) func(eval.RewriteRequest) (string, error) {
	n := 0
	return func(q eval.RewriteRequest) (string, error) {
		if n++; n > 1 {
			return "", errors.New("no JSON today")
		}
		return do(q)
	}
}

// A rewriter that never answers ends the round with its error.
func TestARewriterThatAlwaysFails(t *testing.T) {
	w := newWorld(t, firstPrompt, 40)
	w.rewriter.guidelines = nil
	r, err := w.improver().Round(t.Context(), w.request(1))
	if err == nil || r.State != eval.Failed || !strings.Contains(r.Verdict, "the stock is empty") {
		t.Errorf("%+v, %v", r, err)
	}
}

// Two guidelines help different questions, and the rewriter never gives both:
// only a merge can.
func TestMergesUniteWhatIsGoodAtDifferentThings(t *testing.T) {
	const ports, owners = "Give exact numbers first.", "Name the team that owns something."
	rewriter := scriptRewriter{do: func(q eval.RewriteRequest) (string, error) {
		if q.Merge != nil {
			return q.Prompt.Text + strings.TrimPrefix(q.Merge.Other.Text, q.Merge.Ancestor.Text), nil
		}
		return firstPrompt + "\n- " + []string{ports, owners}[q.Seed%2], nil
	}}
	for seed := range uint64(5) {
		w := newWorld(t, firstPrompt, 60)
		w.runner.byQuestion = func(prompt, question string) float64 {
			return 0.1 + 0.9*share(strings.Contains(question, "port") && strings.Contains(prompt, ports) ||
				strings.Contains(question, "owner") && strings.Contains(prompt, owners))
		}
		r, c := w.searched(seed+1, rewriter, nil)
		if c.Chosen == nil || !strings.Contains(c.Chosen.Text, ports) || !strings.Contains(c.Chosen.Text, owners) {
			t.Errorf("seed %d: %s; %s; chosen %+v", seed, c.Search, r.Verdict, c.Chosen)
		}
		merges := 0
		for _, line := range c.Candidates {
			if line.Kind == "merge" {
				merges++
				if line.Parent == "" || line.Other == "" || line.Parent == line.Other || line.Trial == nil {
					t.Errorf("the record of a merge: %+v", line)
				}
			}
		}
		if merges == 0 {
			t.Errorf("seed %d: no merge: %v", seed, kinds(c))
		}
	}
}

// A guideline without effect is taken out again: of prompts that do as well the
// shorter one is chosen.
func TestPromptsDoNotOnlyGrow(t *testing.T) {
	const padding = "Be friendly to the reader."
	for seed := range uint64(5) {
		w := newWorld(t, firstPrompt, 60)
		rewriter := scriptRewriter{do: func(q eval.RewriteRequest) (string, error) {
			return firstPrompt + "\n- " + padding + "\n- " + guidelines[0], nil
		}}
		_, c := w.searched(seed+1, rewriter, nil)
		if c.Chosen == nil || strings.Contains(c.Chosen.Text, padding) || !strings.Contains(c.Chosen.Text, guidelines[0]) {
			t.Errorf("seed %d: chosen %+v, %v", seed, c.Chosen, kinds(c))
		}
	}
}

// A proposal that is no better on its minibatch does not answer the rest of
// train.
func TestAMinibatchSavesAnswers(t *testing.T) {
	w := newWorld(t, firstPrompt, 80)
	_, c := w.searched(1, scriptRewriter{do: func(q eval.RewriteRequest) (string, error) {
		return fmt.Sprintf("%s\nMind rule %d.", q.Prompt.Text, q.Seed%7), nil
	}}, nil)
	for _, line := range c.Candidates {
		if line.Refused == "" && (line.Trial == nil || line.Trial.Cases > 8 || line.Train != nil) {
			t.Errorf("%+v", line)
		}
	}
}

// The stock needs no model: it finds what helps, one guideline at a time.
func TestTheStockClimbs(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	helps := map[string]float64{
		"Quote commands whole, with every flag.":                         0.3,
		"Cite each statement with the passage that says it.":             0.2,
		"Answer from the best passages even if they answer only partly.": -0.2,
	}
	w.runner.quality = func(p string) float64 {
		q := 0.3
		for g, effect := range helps {
			q += effect * share(strings.Contains(p, g))
		}
		return q
	}
	_, c := w.searched(3, eval.Stock{}, func(cfg *eval.ImproverConfig) { cfg.Candidates, cfg.Generations = 30, 2 })
	if c.Chosen == nil {
		t.Fatalf("%s", c.Search)
	}
	if w.runner.quality(c.Chosen.Text) <= 0.3 {
		t.Errorf("chosen: %q", c.Chosen.Text)
	}
	for _, line := range c.Candidates {
		if line.Refused != "" {
			t.Errorf("a guideline of the stock is refused: %s: %s", line.Rationale, line.Refused)
		}
	}
}
