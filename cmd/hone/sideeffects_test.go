package main

import (
	"io"
	"math/rand/v2"
	"path/filepath"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/knowledge"
)

// An agent that finds nothing reads local files and indexes them, which changes
// what later questions find. In an evaluation it does so, too; but each answer
// for itself: scores don't depend on the order of the questions, and nothing is
// left behind.
func TestEvaluationHasNoSideEffects(t *testing.T) {
	clearTelemetry(t)
	ctx := t.Context()
	a, err := openApp(ctx, settings{
		DB: "sqlite:" + filepath.Join(t.TempDir(), "hone.db"), Agent: "default", Backend: "embedded", Log: "warn",
		Model: offlineModel, Local: map[string]string{"notes": "testdata/local"},
	}, terminal{out: io.Discard, err: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := a.base.Sync(ctx, knowledge.SyncConfig{Source: "docs", Root: "testdata/docs"}); err != nil {
		t.Fatal(err)
	}
	const writing = "How do I release gift cards that are stuck in HOLD?"
	cases := []eval.StoredCase{
		sealedCase("release", writing, "giftctl release"),
		sealedCase("again", "giftcard-hold-age fires, gift cards are stuck in HOLD: what do I do?", "giftctl release"),
		sealedCase("rollback", "How do I roll back checkout?", "rollout undo"),
		sealedCase("history", "Where do I see the last good release of checkout?", "rollout history"),
	}
	before := a.leftovers(t)
	prompt, err := a.prompts.InUse(ctx, a.promptID)
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]eval.Graded
	random := rand.New(rand.NewPCG(1, 1))
	for run := range 6 {
		evaluator, err := a.evaluator(ctx, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		evaluator.Parallel, evaluator.Seed = 1+run%3, 7
		got, err := evaluator.Run(ctx, prompt, cases)
		if err != nil {
			t.Fatal(err)
		}
		scores := map[string]eval.Graded{}
		for _, r := range got.Results {
			g := r.Answers[0]
			if r.Case.Question == writing && g.Answer.Usage.ToolCalls == 0 {
				t.Errorf("the agent called no tool, so nothing was tested: %q", g.Answer.Answer)
			}
			scores[r.Case.ID] = eval.Graded{Grade: g.Grade, Failed: g.Failed, JudgeFailed: g.JudgeFailed}
		}
		if want == nil {
			want = scores
		}
		if diff := gocmp.Diff(want, scores, gocmp.FilterPath(func(p gocmp.Path) bool { return p.Last().String() == ".hash" }, gocmp.Ignore())); diff != "" {
			t.Fatalf("scores in another order:\n%s", diff)
		}
		if frozen := evaluator.Frozen; frozen.Close != nil {
			if err := frozen.Close(); err != nil {
				t.Error(err)
			}
		}
		random.Shuffle(len(cases), func(i, j int) { cases[i], cases[j] = cases[j], cases[i] })
	}
	if diff := gocmp.Diff(before, a.leftovers(t)); diff != "" {
		t.Errorf("the evaluation left something behind:\n%s", diff)
	}
}

func sealedCase(id, question, fact string) eval.StoredCase {
	return eval.StoredCase{Split: eval.Sealed, Cluster: id, Case: eval.Case{
		ID: id, Question: question, Nuggets: []eval.Nugget{{Text: fact, Vital: true, AnyOf: []string{fact}}},
	}}
}

// leftovers are what an evaluation could leave behind.
type leftovers struct {
	Sources   []knowledge.Source
	Snapshot  string
	Files     int
	Questions eval.Count
}

func (a *app) leftovers(t *testing.T) leftovers {
	t.Helper()
	ctx := t.Context()
	var out leftovers
	var err error
	if out.Sources, err = a.base.Sources(ctx); err != nil {
		t.Fatal(err)
	}
	frozen, err := a.freeze(ctx)
	if err != nil {
		t.Fatal(err)
	}
	out.Snapshot = frozen.Snapshot
	if frozen.Close != nil {
		if err := frozen.Close(); err != nil {
			t.Fatal(err)
		}
	}
	files, err := a.store.Files(ctx, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	out.Files = len(files)
	if out.Questions, err = a.store.Count(ctx, a.settings.Agent); err != nil {
		t.Fatal(err)
	}
	return out
}
