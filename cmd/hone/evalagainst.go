package main

import (
	"context"
	"fmt"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

// evalAgainst answers cases by two versions of the prompt, under the same
// conditions, and says what changes from the other to this one.
func (a *app) evalAgainst(ctx context.Context, term terminal, asJSON bool, cases []eval.StoredCase, after prompts.Prompt, c evalRunCmd) error {
	before, err := a.version(ctx, c.Against)
	if err != nil {
		return err
	}
	bar := newBar(term, asJSON, false)
	defer bar.end()
	evaluator, err := a.evaluator(ctx, c.Repeats, nil)
	if err != nil {
		return err
	}
	var was, is eval.Evaluation
	for i, run := range []struct {
		prompt prompts.Prompt
		into   *eval.Evaluation
	}{{before, &was}, {after, &is}} {
		evaluator.Progress = func(done, total int) { bar.show("answers", int64(i*total+done), int64(2*total)) }
		if *run.into, err = evaluator.Run(ctx, run.prompt, cases); err != nil {
			return err
		}
	}
	bar.end()
	change, err := eval.Compare(was, is)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(term.out, change)
	}
	fmt.Fprintf(term.out, "%d cases in %d clusters, prompt v%d and v%d: %d cases better, %d worse\n",
		change.Cases, change.Clusters, before.Version, after.Version, change.Better, change.Worse)
	return printComparison(term.out, change)
}
