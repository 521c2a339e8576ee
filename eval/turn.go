package eval

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/honehq/hone/internal/id"
)

// ErrBusy says that a round of the agent is running already, here or on
// another replica.
var ErrBusy = errors.New("a round of this agent is running")

var errTurnLost = errors.New("another process took the turn over")

const (
	turnTTL     = 2 * time.Minute
	turnProlong = 20 * time.Second
	storeTime   = 30 * time.Second // for what must be stored although ctx has ended
)

// turn is the right to run rounds of an agent, prolonged while it is held.
type turn struct {
	store        Schedule
	agent, owner string
	cancel       context.CancelCauseFunc
	waits        sync.WaitGroup
}

// takeTurn takes the turn or returns ErrBusy. The context returned ends with
// the turn.
func takeTurn(ctx context.Context, store Schedule, agent string) (*turn, context.Context, error) {
	t := &turn{store: store, agent: agent, owner: id.New("turn_")}
	ok, err := store.TakeTurn(ctx, agent, t.owner, turnTTL)
	if err != nil {
		return nil, nil, fmt.Errorf("take the turn of agent %s: %w", agent, err)
	}
	if !ok {
		return nil, nil, fmt.Errorf("agent %s: %w", agent, ErrBusy)
	}
	ctx, t.cancel = context.WithCancelCause(ctx)
	t.waits.Go(func() { t.prolong(ctx) })
	return t, ctx, nil
}

// prolong keeps the turn until the context ends. A database that cannot be
// reached for a moment loses nothing until the turn would have expired.
func (t *turn) prolong(ctx context.Context) {
	held := time.Now()
	for pause(ctx, turnProlong) == nil {
		switch ok, err := t.store.TakeTurn(ctx, t.agent, t.owner, turnTTL); {
		case err == nil && ok:
			held = time.Now()
		case err == nil, time.Since(held) > turnTTL-turnProlong:
			t.cancel(errTurnLost)
			return
		}
	}
}

// hold makes sure that the turn is ours still, for a ttl from now, before
// something is stored that only its owner may store.
func (t *turn) hold(ctx context.Context) error {
	ok, err := t.store.TakeTurn(ctx, t.agent, t.owner, turnTTL)
	if err != nil {
		return fmt.Errorf("hold the turn of agent %s: %w", t.agent, err)
	}
	if !ok {
		return errTurnLost
	}
	return nil
}

// end gives the turn back. If that fails it expires.
func (t *turn) end(ctx context.Context) error {
	t.cancel(nil)
	t.waits.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	return t.store.EndTurn(ctx, t.agent, t.owner)
}
