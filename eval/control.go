package eval

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// RoundControl is how people and other processes see and steer a running round.
type RoundControl interface {
	// PutProgress stores where a round is, by its Progress, if it is running. If
	// its Turn is not empty, it returns ErrTurnLost as PutRound does.
	PutProgress(ctx context.Context, r Round) error
	// AskCancel asks whoever works on a running round to cancel it. It wraps
	// fs.ErrNotExist if the round is not running.
	AskCancel(ctx context.Context, round, author string) error
	// PauseRounds holds the rounds of an agent, or lets them go on. Doing so
	// twice is no error.
	PauseRounds(ctx context.Context, agent string, hold bool) error
	// Signals returns what was asked of an agent and of a round. Both may be
	// unknown.
	Signals(ctx context.Context, agent, round string) (Signals, error)
}

// Signals is what was asked of an agent and of one of its rounds.
type Signals struct {
	Paused      bool
	CancelledBy string // empty: nobody asked for it
}

// ErrNotRunning says that a round has ended.
var ErrNotRunning = errors.New("the round does not run")

// Cancel ends a running round. Where a process works on it, that does so within
// seconds, and the round is returned as it still is: Running. An entry to the
// gate that it had opened stays charged.
func (im *Improver) Cancel(ctx context.Context, roundID, author string) (_ Round, err error) {
	r, err := im.cfg.Store.Round(ctx, roundID)
	if err != nil {
		return r, err
	}
	if r.State != Running {
		return r, fmt.Errorf("round %s is %s: %w", roundID, r.State, ErrNotRunning)
	}
	if err := im.cfg.Store.AskCancel(ctx, roundID, author); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	t, ctx, err := im.takeTurn(ctx, r.Agent, "")
	if errors.Is(err, ErrBusy) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, t.end(ctx)) }()
	if r, err = im.cfg.Store.Round(ctx, roundID); err != nil || r.State != Running {
		return r, err
	}
	cert, err := r.certificate()
	if err != nil {
		return r, err
	}
	r.Turn = t.owner
	return im.finish(ctx, r, cert, cancelledEnding(author))
}

// Pause holds an agent's rounds: none begins, and one that runs stops within
// seconds, to be resumed.
func (im *Improver) Pause(ctx context.Context, agent string) error {
	return im.cfg.Store.PauseRounds(ctx, agent, true)
}

// Resume lets an agent's rounds go on. A round that was held goes on as soon as
// someone works on it.
func (im *Improver) Resume(ctx context.Context, agent string) error {
	return im.cfg.Store.PauseRounds(ctx, agent, false)
}
