package server_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/rollout"
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

func (someRounds) ApproveRound(_ context.Context, id, author string) (eval.Round, error) {
	return decided(id, eval.Promoted, "The candidate passed the gate, and "+author+" approved it.")
}

func (someRounds) DeclineRound(_ context.Context, id, author string) (eval.Round, error) {
	return decided(id, eval.Rejected, "The candidate passed the gate, but "+author+" declined it. The prompt stays.")
}

func decided(id string, state eval.State, verdict string) (eval.Round, error) {
	switch id {
	case "rnd_9":
		return eval.Round{ID: id, Agent: "default", Cause: "demand", State: state, Started: moment, Verdict: verdict, Entered: true, Won: true}, nil
	case "rnd_8":
		return eval.Round{}, fmt.Errorf("round rnd_8 is rejected: %w", eval.ErrNotWaiting)
	case "rnd_7":
		return eval.Round{}, fmt.Errorf("agent default: %w", eval.ErrBusy)
	}
	return eval.Round{}, fmt.Errorf("round: %w", fs.ErrNotExist)
}

func (someRounds) EndTrial(_ context.Context, id string, keep bool, author string) (rollout.Rollout, error) {
	r := rollout.Rollout{ID: id, Agent: "default", PromptID: "pmpt_1", Round: "rnd_9", Old: 1, New: 2, Share: 0.5, Horizon: 100, State: rollout.Overruled, Started: moment, Until: moment, Ended: moment}
	switch {
	case id == "rol_8":
		return r, fmt.Errorf("rollout rol_8: %w", rollout.ErrEnded)
	case id != "rol_9":
		return r, fmt.Errorf("rollout: %w", fs.ErrNotExist)
	case keep:
		r.Reason = author + " gave version 2 to everyone."
	default:
		r.Reason = author + " put version 1 in use."
	}
	return r, nil
}

func (someRounds) PauseRounds(_ context.Context, agent string, _ bool) error {
	if agent != "default" {
		return fmt.Errorf("agent: %w", fs.ErrNotExist)
	}
	return nil
}

// troubled are agents of those names.
func troubled(names ...string) (list []server.Asker) {
	for _, name := range names {
		list = append(list, &scripted{name: name, script: []any{agent.TextEvent{Text: "…"}}})
	}
	return list
}
