package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"github.com/honehq/hone/agents"
	"github.com/honehq/hone/server"
)

// fleet is the agents of a process. It is safe for concurrent use.
type fleet struct {
	*agents.Registry
	house *house

	news chan struct{} // that the set changed; the background reads it

	mu   sync.Mutex
	crew *crew // of the set in force, as far as this process knows
}

// crew is the units of one set. Those that ask one another are of one crew: no
// question is answered half by an old set and half by a new one.
type crew struct {
	set   agents.Set
	house *house

	mu    sync.Mutex
	units map[string]*unit
}

// openFleet reads which agents there are. Units are wired as they are wanted.
func (h *house) openFleet(ctx context.Context) (*fleet, error) {
	registry, err := agents.NewRegistry(agents.RegistryConfig{
		Store: h.store, File: h.settings.Agents, Default: h.settings.Agent, World: h.world,
	})
	if err != nil {
		return nil, usageError{err}
	}
	f := &fleet{Registry: registry, house: h, news: make(chan struct{}, 1)}
	f.crew, err = f.muster(ctx)
	return f, err
}

// world is what a set must fit.
func (h *house) world(ctx context.Context) (agents.World, error) {
	w := agents.World{Local: h.folders.Names()}
	if h.settings.Backend == "remote" {
		return w, nil // whose sources are not known here
	}
	sources, err := h.base.Sources(ctx)
	if err != nil {
		return w, err
	}
	w.Sources = []string{}
	for _, s := range sources {
		w.Sources = append(w.Sources, s.Name, s.ID)
	}
	return w, nil
}

// checkWorld tells whether the sources and folders of the agents are there. A
// file must fit; a set of the store did when it came, and what went missing
// since then is a warning.
func (f *fleet) checkWorld(ctx context.Context) error {
	set, err := f.Set(ctx)
	if err != nil {
		return err
	}
	_, err = f.Check(ctx, agents.Draft{Agents: set.Agents})
	switch {
	case err == nil:
	case set.From == agents.FromFile:
		return usageError{fmt.Errorf("%s: %w", filepath.Base(f.house.settings.Agents), err)}
	case errors.As(err, new(agents.Problems)):
		f.house.log.WarnContext(ctx, "the agents don't fit what is here any more", "error", err)
	default:
		return err
	}
	return nil
}

// muster makes a crew of the set in force.
func (f *fleet) muster(ctx context.Context) (*crew, error) {
	set, err := f.Set(ctx)
	if err != nil {
		return nil, err
	}
	return &crew{set: set, house: f.house, units: map[string]*unit{}}, nil
}

// unit returns an agent's unit; "" means the default agent. An unknown name is
// an error that wraps fs.ErrNotExist.
func (f *fleet) unit(ctx context.Context, name string) (*unit, error) {
	f.mu.Lock()
	c := f.crew
	f.mu.Unlock()
	if name == "" {
		name = f.Default()
	}
	return c.unit(ctx, name)
}

// units returns all units, in the set's order.
func (f *fleet) units(ctx context.Context) ([]*unit, error) {
	f.mu.Lock()
	c := f.crew
	f.mu.Unlock()
	return c.all(ctx)
}

func (c *crew) all(ctx context.Context) ([]*unit, error) {
	var list []*unit
	for _, a := range c.set.Agents {
		u, err := c.unit(ctx, a.Name)
		if err != nil {
			return nil, err
		}
		list = append(list, u)
	}
	return list, nil
}

func (c *crew) unit(ctx context.Context, name string) (*unit, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wire(ctx, name)
}

// wire makes a unit and those that it asks, which the set's check keeps from
// asking in a circle.
func (c *crew) wire(ctx context.Context, name string) (*unit, error) {
	if u := c.units[name]; u != nil {
		return u, nil
	}
	spec, ok := c.set.Named(name)
	if !ok {
		return nil, agents.Missing(name, c.set)
	}
	var asks []*unit
	for _, asked := range spec.Asks {
		u, err := c.wire(ctx, asked)
		if err != nil {
			return nil, fmt.Errorf("agent %s asks %s: %w", name, asked, err)
		}
		asks = append(asks, u)
	}
	u, err := c.house.openUnit(ctx, spec, asks)
	if err != nil {
		return nil, err
	}
	c.units[name] = u
	return u, nil
}

// refresh takes over the set in force if it is not the one that this process
// knows. Of a set that can't be wired here nothing is taken over.
func (f *fleet) refresh(ctx context.Context) error {
	version, err := f.Version(ctx)
	if err != nil {
		return err
	}
	f.mu.Lock()
	known := f.crew.set.Version
	f.mu.Unlock()
	if version == known {
		return nil
	}
	c, err := f.muster(ctx)
	if err != nil {
		return err
	}
	if _, err := c.all(ctx); err != nil {
		return fmt.Errorf("agents, version %d: %w", c.set.Version, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.set.Version > f.crew.set.Version {
		f.crew = c
	}
	return nil
}

// Asker implements server.Fleet.
func (f *fleet) Asker(ctx context.Context, name string) (server.Asker, error) {
	u, err := f.unit(ctx, name)
	if err != nil {
		return nil, err
	}
	return u.agent, nil
}

// Replace implements server.Fleet.
func (f *fleet) Replace(ctx context.Context, d agents.Draft, based int, author string) (agents.Set, error) {
	return f.inForce(ctx)(f.Registry.Replace(ctx, d, based, author))
}

// Put implements server.Fleet.
func (f *fleet) Put(ctx context.Context, name string, d agents.Draft, author string) (agents.Set, error) {
	return f.inForce(ctx)(f.Registry.Put(ctx, name, d, author))
}

// Delete implements server.Fleet.
func (f *fleet) Delete(ctx context.Context, name, author string) (agents.Set, error) {
	return f.inForce(ctx)(f.Registry.Delete(ctx, name, author))
}

// inForce takes a change over at once, and tells the background.
func (f *fleet) inForce(ctx context.Context) func(agents.Set, error) (agents.Set, error) {
	return func(s agents.Set, err error) (agents.Set, error) {
		if err != nil {
			return s, err
		}
		if err := f.refresh(ctx); err != nil {
			return s, err
		}
		select {
		case f.news <- struct{}{}:
		default: // it looks anyway
		}
		return s, nil
	}
}

// reach are a unit and all that it may ask, each once.
func (u *unit) reach() []*unit {
	list := []*unit{u}
	for _, asked := range u.asks {
		for _, other := range asked.reach() {
			if !slices.Contains(list, other) {
				list = append(list, other)
			}
		}
	}
	return list
}
