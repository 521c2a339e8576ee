package eval_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/prompts"
)

// fixed answers every question alike.
func fixed(a agent.Answer) runnerFunc {
	return func(context.Context, *prompts.Prompt, string, uint64) (agent.Answer, error) { return a, nil }
}

// table answers each question as it says, and fails on others.
func table(answers map[string]agent.Answer) runnerFunc {
	return func(_ context.Context, _ *prompts.Prompt, q string, _ uint64) (agent.Answer, error) {
		a, ok := answers[q]
		if !ok {
			return a, errors.New("no answer")
		}
		return a, nil
	}
}

// texts are the documents by path.
func texts(byPath map[string]string) func(context.Context, agent.Citation) (string, error) {
	return func(_ context.Context, c agent.Citation) (string, error) {
		text, ok := byPath[c.Path]
		if !ok {
			return "", fmt.Errorf("%s: %w", c.Path, fs.ErrNotExist)
		}
		return text, nil
	}
}
