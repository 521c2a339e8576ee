package server_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/server"
)

// someRounds are rounds of agents that are named by what is the matter with them.
type someRounds struct{}

func (someRounds) BeginRound(_ context.Context, agent string) (eval.Round, error) {
	r := eval.Round{ID: "rnd_9", Agent: agent, Cause: "demand", State: eval.Running, PromptID: "pmpt_1", Champion: 1, Started: moment}
	switch agent {
	case "busy":
		return r, fmt.Errorf("agent busy: %w", eval.ErrBusy)
	case "waiting":
		return eval.Round{}, eval.ErrWaiting
	case "paused":
		return eval.Round{}, eval.ErrPaused
	case "empty":
		return eval.Round{}, fmt.Errorf("no cases: %w", fs.ErrNotExist)
	case "broken":
		return eval.Round{}, errors.New("disk /secret/path is full")
	}
	return r, nil
}

func (someRounds) CancelRound(_ context.Context, id, author string) (eval.Round, error) {
	switch id {
	case "rnd_9":
		return eval.Round{ID: id, Agent: "default", Cause: "demand", State: eval.Cancelled, Started: moment, Verdict: "Cancelled by " + author + "."}, nil
	case "rnd_8":
		return eval.Round{}, fmt.Errorf("round rnd_8 is rejected: %w", eval.ErrNotRunning)
	}
	return eval.Round{}, fmt.Errorf("round: %w", fs.ErrNotExist)
}

// troubled are agents of those names.
func troubled(names ...string) (list []server.Asker) {
	for _, name := range names {
		list = append(list, &scripted{name: name, script: []any{agent.TextEvent{Text: "…"}}})
	}
	return list
}
