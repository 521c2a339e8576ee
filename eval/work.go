package eval

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"

	"go.opentelemetry.io/otel/trace"

	"github.com/honehq/hone/eval/gate"
	"github.com/honehq/hone/prompts"
)

// work is a round in progress.
type work struct {
	*Improver
	collection
	q        RoundRequest
	turn     *turn
	round    Round
	cert     Certificate
	champion prompts.Prompt
	ledger   *gate.Ledger
	tried    []string // texts that entered the gate in vain
	returned []Returned
	touched  []string // sealed cases used since the last win
	eval     Evaluator
	replay   *replay
	random   *rand.Rand
	funds    funds
	// tightened says that a person set a stricter mode while the round ran.
	tightened bool
}

// Work goes on with a round where it stands, until it has ended, and returns
// it; one that has ended already is returned as it is. It evaluates the prompt
// in use, has candidates proposed from failures on train, screens them on dev,
// and lets the best one, if it looks better there, enter the gate.
//
// What was done before is replayed from what was recorded, so a process may end
// at any moment: the next call comes to the same verdict.
//
// It returns ErrBusy if another process works on the agent's rounds, or took
// this one over, and ErrPaused if the agent's rounds are held. After these, and
// after any error with which the round is still Running, call it again later. A
// round that failed comes with its error. progress may be nil; calls may come
// from several goroutines.
func (im *Improver) Work(ctx context.Context, roundID string, progress func(Progress)) (r Round, err error) {
	r, err = im.cfg.Store.Round(ctx, roundID)
	if err != nil || r.State != Running {
		return r, err
	}
	t, turnCtx, err := im.takeTurn(ctx, r.Agent, r.ID)
	if err != nil {
		return r, err
	}
	turnCtx, span := startRound(turnCtx, r)
	ctx = trace.ContextWithSpan(ctx, span)
	defer func() { endRound(span, r, err) }()
	defer func() {
		if failed := t.end(ctx); failed != nil {
			im.cfg.Logger.WarnContext(ctx, "the turn could not be given back; it expires", "agent", r.Agent, "error", failed)
		}
	}()
	// By ctx, for the turn's has ended where someone asked to cancel the round
	// while nobody worked on it; play then ends at once.
	if r, err = im.cfg.Store.Round(ctx, roundID); err != nil || r.State != Running {
		return r, err
	}
	tell := im.startTelling(turnCtx, r, t.owner, progress)
	defer tell.end(ctx)
	w, err := im.open(ctx, r, t, tell.hear)
	if err != nil {
		return r, err
	}
	e, err := w.play(turnCtx)
	r, err = w.end(turnCtx, e, err)
	if r.State != Running {
		im.cfg.Logger.InfoContext(ctx, "round ended", "agent", r.Agent, "round", r.ID, "state", string(r.State))
	}
	return r, err
}

// open reads what a round stands on.
func (im *Improver) open(ctx context.Context, r Round, t *turn, progress func(Progress)) (_ *work, err error) {
	r.Turn = t.owner
	w := &work{
		Improver: im, turn: t, round: r, random: rand.New(rand.NewPCG(r.Seed, 0)),
		q: RoundRequest{Agent: r.Agent, PromptID: r.PromptID, Cause: r.Cause, Seed: r.Seed, Progress: progress},
	}
	if w.cert, err = r.certificate(); err != nil {
		return nil, err
	}
	if w.cert.Entry != nil && w.cert.Chosen == nil {
		return nil, fmt.Errorf("certificate of round %s: it has an entry to the gate, but no candidate", r.ID)
	}
	w.champion = w.cert.Champion.prompt()
	past, err := im.history(ctx, r.Agent, r.ID)
	if err != nil {
		return nil, err
	}
	if w.ledger, err = past.ledger(); err != nil {
		return nil, err
	}
	w.tried, w.touched = past.tried(), touched(past.since)
	if im.cfg.Returned != nil {
		if w.returned, err = im.cfg.Returned(ctx, r.PromptID); err != nil {
			return nil, err
		}
	}
	if w.cert.Entry == nil {
		err = past.link(&w.cert)
	}
	return w, err
}

// prompt is the prompt recorded.
func (p PromptRecord) prompt() prompts.Prompt {
	return prompts.Prompt{ID: p.ID, Version: p.Version, Text: p.Text, Variables: p.Variables}
}

// checkpoint stores the round as far as it is, if that is not stored yet.
func (w *work) checkpoint(ctx context.Context) error {
	certificate, err := w.cert.encode()
	if err != nil || bytes.Equal(certificate, w.round.Certificate) {
		return err
	}
	w.round.Certificate = certificate
	return suspend(w.cfg.Store.PutRound(ctx, w.round))
}

// suspension is a failure of what the round stands on, not of the round: it
// stays Running, to be resumed.
type suspension struct{ error }

func (s suspension) Unwrap() error { return s.error }

// suspend marks an error as a suspension; but what is gone will not come back.
func suspend(err error) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return suspension{err}
}
