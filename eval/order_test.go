package eval_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/eval"
)

// The scores of a prompt under one snapshot and seed are the same in whatever
// order cases are answered, however many at a time.
func TestScoresDontDependOnOrder(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	w.runner.noise = true // luck by question, prompt and seed
	cases := w.cases("")
	scores := func(cases []eval.StoredCase, parallel int, seed uint64) map[string][]float64 {
		e := eval.Evaluator{
			Frozen: eval.Frozen{Runner: w.runner, Model: "scripted", Snapshot: "snap"}, Judge: w.judge, Repeats: 3, Parallel: parallel, Seed: seed,
		}
		got, err := e.Run(t.Context(), w.inUse(), cases)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string][]float64{}
		for _, r := range got.Results {
			for _, a := range r.Answers {
				out[r.Case.ID] = append(out[r.Case.ID], a.Grade.Score)
			}
		}
		return out
	}
	want := scores(cases, 1, 7)
	random := rand.New(rand.NewPCG(7, 7))
	for _, parallel := range []int{1, 2, 8} {
		for range 3 {
			random.Shuffle(len(cases), func(i, j int) { cases[i], cases[j] = cases[j], cases[i] })
			if diff := cmp.Diff(want, scores(cases, parallel, 7)); diff != "" {
				t.Fatalf("%d at a time, scores (-in order +shuffled):\n%s", parallel, diff)
			}
		}
	}
	if cmp.Equal(want, scores(cases, 1, 8)) {
		t.Error("another seed, the same scores: nothing was tested")
	}
}
