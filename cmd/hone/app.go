package main

import (
	"context"
	"errors"
	"io/fs"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/agents"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/calibrate"
	"github.com/honehq/hone/eval/harvest"
	"github.com/honehq/hone/eval/rollout"
	"github.com/honehq/hone/jobs"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/prompts"
)

// store is all that Hone keeps; both databases are one.
type store interface {
	knowledge.Store
	prompts.Store
	openresponses.Store
	agent.Store
	agents.Store
	eval.Store
	calibrate.Store
	harvest.Store
	rollout.Store
	Jobs(ctx context.Context, c jobs.Config) (*jobs.Queue, error)
	Waiting(ctx context.Context) (map[string]int, error)
	Close() error
}

// app is a wired Hone, seen from the agent that --agent names: what belongs to
// an agent is that one's.
type app struct {
	*unit
	fleet *fleet
}

// openApp opens the database and wires everything over it. The caller closes
// the app.
func openApp(ctx context.Context, s settings, term terminal) (*app, error) {
	h, err := openHouse(ctx, s, term)
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	a := &app{}
	if a.fleet, err = h.openFleet(ctx); err == nil {
		a.unit, err = a.fleet.unit(ctx, s.Agent)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = usageError{err}
	}
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return a, nil
}
