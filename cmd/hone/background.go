package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/jobs"
)

// refreshEvery is how long other processes' changes of the agents may go
// unnoticed.
const refreshEvery = 2 * time.Second

// tasks are what runs for an agent in the background, each until its ctx ends.
func (u *unit) tasks(s schedule, queue eval.Queue) ([]func(context.Context) error, error) {
	scheduler, err := u.scheduler(s.with(u.spec), queue)
	if err != nil {
		return nil, fmt.Errorf("agent %s: %w", u.settings.Agent, err)
	}
	watcher, err := u.watcher()
	if err != nil {
		return nil, fmt.Errorf("agent %s: %w", u.settings.Agent, err)
	}
	keeper, err := u.keeper(s.harvesting)
	if err != nil {
		return nil, fmt.Errorf("agent %s: %w", u.settings.Agent, err)
	}
	return []func(context.Context) error{scheduler.Run, watcher.Run, keeper, u.lookAtJudge}, nil
}

// background works for all agents of a fleet, whichever there are.
type background struct {
	fleet    *fleet
	schedule schedule
	queue    *jobs.Queue
	ready    map[string]*shift // by agent
	failures chan error        // of shifts
}

// shift is the work for one agent as its spec is.
type shift struct {
	likeness string
	tasks    []func(context.Context) error
	stop     context.CancelFunc // nil: not started
	done     sync.WaitGroup
}

// background wires all agents and what runs for them; nothing runs yet.
func (f *fleet) background(ctx context.Context, s schedule) (*background, error) {
	b := &background{fleet: f, schedule: s, ready: map[string]*shift{}, failures: make(chan error, 1)}
	units, err := f.units(ctx)
	if err != nil {
		return nil, err
	}
	if b.queue, err = f.queue(ctx, s); err != nil {
		return nil, err
	}
	for _, u := range units {
		if b.ready[u.settings.Agent], err = b.shift(u); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *background) shift(u *unit) (*shift, error) {
	likeness, err := u.likeness()
	if err != nil {
		return nil, err
	}
	tasks, err := u.tasks(b.schedule, b.queue)
	return &shift{likeness: likeness, tasks: tasks}, err
}

// likeness is the same as long as nothing changes for an agent.
func (u *unit) likeness() (string, error) {
	var all []any
	for _, r := range u.reach() {
		all = append(all, r.spec)
	}
	b, err := json.Marshal(all)
	return string(b), err
}

// run works until ctx ends, and returns once everything has ended. It takes
// changes of the agents over.
func (b *background) run(ctx context.Context) (err error) {
	ctx, stop := context.WithCancel(ctx)
	var queue errgroup.Group
	queue.Go(func() error { defer stop(); return b.queue.Run(ctx) })
	defer func() {
		stop()
		for _, s := range b.ready {
			s.done.Wait()
		}
		err = errors.Join(err, queue.Wait())
	}()
	for _, s := range b.ready {
		b.start(ctx, s)
	}
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-b.failures:
			return err
		case <-b.fleet.news:
		case <-tick.C:
		}
		b.catchUp(ctx)
	}
}

func (b *background) start(ctx context.Context, s *shift) {
	ctx, s.stop = context.WithCancel(ctx)
	group, ctx := errgroup.WithContext(ctx)
	for _, task := range s.tasks {
		group.Go(func() error { return task(ctx) })
	}
	s.done.Go(func() {
		if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
			select {
			case b.failures <- err:
			default: // one is enough to end
			}
		}
	})
}

// catchUp takes over the set in force: work for agents that are gone or changed
// ends, that for others goes on. What can't be taken over is logged, and the
// work stays as it was.
func (b *background) catchUp(ctx context.Context) {
	log := b.fleet.house.log
	if err := b.fleet.refresh(ctx); err != nil {
		if ctx.Err() == nil {
			log.ErrorContext(ctx, "a change of the agents is not taken over", "error", err)
		}
		return
	}
	units, err := b.fleet.units(ctx)
	if err != nil {
		log.ErrorContext(ctx, "the agents can't be wired", "error", err)
		return
	}
	there := map[string]bool{}
	for _, u := range units {
		name := u.settings.Agent
		there[name] = true
		now, err := u.likeness()
		old := b.ready[name]
		if err == nil && old != nil && old.likeness == now {
			continue
		}
		next, err := b.shift(u)
		if err != nil {
			log.ErrorContext(ctx, "background work for an agent can't begin", "agent", name, "error", err)
			continue
		}
		old.end()
		b.ready[name] = next
		b.start(ctx, next)
	}
	for name, old := range b.ready {
		if !there[name] {
			old.end()
			delete(b.ready, name)
		}
	}
}

// end stops a shift and waits for it.
func (s *shift) end() {
	if s == nil || s.stop == nil {
		return
	}
	s.stop()
	s.done.Wait()
}
