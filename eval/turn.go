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

// ErrTurnLost says that another process took over from one that was silent for
// too long. It wraps ErrBusy.
var ErrTurnLost = fmt.Errorf("another process took the turn over: %w", ErrBusy)

// storeTime is for what must be stored although the context has ended.
const storeTime = 30 * time.Second

// cancelled is the error of a round that a person cancelled.
type cancelled struct{ by string }

func (c cancelled) Error() string { return "cancelled by " + c.by }

// turn is the right to run rounds of an agent, prolonged while it is held.
type turn struct {
	store        Store
	agent, owner string
	round        string // to be watched; may be empty
	ttl          time.Duration
	cancel       context.CancelCauseFunc
	waits        sync.WaitGroup
}

// takeTurn takes the turn to work on a round, or returns ErrBusy, or ErrPaused.
// The context returned ends with the turn, and as soon as someone cancels or
// pauses the round. Without a round nothing is watched.
func (im *Improver) takeTurn(ctx context.Context, agent, round string) (*turn, context.Context, error) {
	t := &turn{store: im.cfg.Store, agent: agent, owner: id.New("turn_"), round: round, ttl: im.cfg.TurnTTL}
	ok, err := t.store.TakeTurn(ctx, agent, t.owner, t.ttl)
	if err != nil {
		return nil, nil, fmt.Errorf("take the turn of agent %s: %w", agent, err)
	}
	if !ok {
		return nil, nil, fmt.Errorf("agent %s: %w", agent, ErrBusy)
	}
	ctx, t.cancel = context.WithCancelCause(ctx)
	if err := t.listen(ctx); errors.Is(err, ErrPaused) {
		return nil, nil, errors.Join(err, t.end(ctx))
	}
	t.waits.Go(func() { t.prolong(ctx) })
	return t, ctx, nil
}

// prolong keeps the turn until the context ends. A database that cannot be
// reached for a moment loses nothing until the turn would have expired.
func (t *turn) prolong(ctx context.Context) {
	held := time.Now()
	for pause(ctx, t.ttl/5) == nil {
		asked := time.Now()
		switch ok, err := t.store.TakeTurn(ctx, t.agent, t.owner, t.ttl); {
		case err == nil && ok:
			held = asked
		case err == nil, time.Since(held) > t.ttl:
			t.cancel(ErrTurnLost)
			return
		}
		_ = t.listen(ctx)
	}
}

// listen ends the context with what was asked for, and returns it. Signals that
// cannot be read now are read next time.
func (t *turn) listen(ctx context.Context) error {
	if t.round == "" {
		return nil
	}
	switch s, err := t.store.Signals(ctx, t.agent, t.round); {
	case err != nil:
		return nil //nolint:nilerr // see above
	case s.CancelledBy != "":
		t.cancel(cancelled{s.CancelledBy})
	case s.Paused:
		t.cancel(fmt.Errorf("agent %s: %w", t.agent, ErrPaused))
	}
	return context.Cause(ctx)
}

// end gives the turn back. If that fails it expires.
func (t *turn) end(ctx context.Context) error {
	t.cancel(nil)
	t.waits.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	return t.store.EndTurn(ctx, t.agent, t.owner)
}
