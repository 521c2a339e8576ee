package eval_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

// Each rejected entry leaves less for the next, and the shares are those of
// the ledger.
func TestRejectionsAreChargedAndSayNothing(t *testing.T) {
	w := newWorld(t, firstPrompt, 100)
	good := map[string]bool{}
	for _, split := range []eval.Split{eval.Train, eval.Dev} {
		for _, c := range w.cases(split) {
			good[c.Question] = true
		}
	}
	// The candidate is better on train and dev only.
	w.runner.quality = func(string) float64 { return 0.3 }
	inner := w.runner
	overfit := func(q, p string) bool { return good[q] && strings.Contains(p, "Mind") }
	runner := runnerFunc(func(ctx context.Context, p *prompts.Prompt, q string, seed uint64) (agent.Answer, error) {
		if overfit(q, p.Text) {
			return (&scripted{quality: func(string) float64 { return 1 }}).Answer(ctx, p, q, seed)
		}
		return inner.Answer(ctx, p, q, seed)
	})
	var alphas []float64
	for seed := range uint64(3) {
		w.rewriter.guidelines = []string{fmt.Sprintf("Mind rule %d.", seed)}
		im := w.improverWith(runner)
		r, err := im.Round(t.Context(), w.request(seed+1))
		if err != nil {
			t.Fatal(err)
		}
		if r.State != eval.Rejected || !r.Entered || r.Won {
			t.Fatalf("round %d: %+v", seed, r)
		}
		alphas = append(alphas, r.Alpha)
		if strings.ContainsAny(r.Verdict, "0123456789") {
			t.Errorf("the verdict tells more than one word: %q", r.Verdict)
		}
		report, err := r.Report()
		if err != nil {
			t.Fatal(err)
		}
		if report.Gate != nil || report.Tokens != 0 {
			t.Errorf("the report of a rejection tells %+v, %v tokens", report.Gate, report.Tokens)
		}
	}
	for i, want := range []float64{0.024663776, 0.006545312, 0.003082972} {
		if diff := alphas[i] - want; diff > 1e-8 || diff < -1e-8 {
			t.Errorf("entry %d was charged %v, want %v", i+1, alphas[i], want)
		}
	}
}

type runnerFunc func(context.Context, *prompts.Prompt, string, uint64) (agent.Answer, error)

func (f runnerFunc) Answer(ctx context.Context, p *prompts.Prompt, q string, seed uint64) (agent.Answer, error) {
	return f(ctx, p, q, seed)
}

func (w *world) improverWith(r eval.Runner) *eval.Improver {
	w.Helper()
	im, err := eval.NewImprover(eval.ImproverConfig{
		Store: w.store, Prompts: w.prompts, Judge: w.judge, Rewriter: w.rewriter, Mode: w.mode, Logger: w.logger,
		Freeze: func(context.Context) (eval.Frozen, error) {
			return eval.Frozen{Runner: r, Model: "scripted", Snapshot: "snap"}, nil
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	return im
}
