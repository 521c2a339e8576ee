package eval

import (
	"context"
	"errors"
	"fmt"

	"github.com/honehq/hone/prompts"
)

// ErrNotWaiting says that a round doesn't wait for a person.
var ErrNotWaiting = errors.New("the round does not wait for approval")

// Approve puts the candidate of a waiting round in use. If the prompt in use
// has changed since, the round becomes stale instead.
func (im *Improver) Approve(ctx context.Context, roundID, author string) (Round, error) {
	return im.settle(ctx, roundID, func(r Round, c Certificate) (Round, *Promotion) {
		r.State, r.Verdict = Promoted, fmt.Sprintf("The candidate passed the gate, and %s approved it.", author)
		return r, im.promotion(r, c, fmt.Sprintf("%s (round %s)", author, r.ID))
	})
}

// Decline ends a waiting round without a promotion. The gate was convinced, so
// the sealed cases that it used retire all the same.
func (im *Improver) Decline(ctx context.Context, roundID, author string) (Round, error) {
	return im.settle(ctx, roundID, func(r Round, _ Certificate) (Round, *Promotion) {
		r.State, r.Verdict = Rejected, fmt.Sprintf("The candidate passed the gate, but %s declined it. The prompt stays.", author)
		return r, nil
	})
}

// settle ends a waiting round, while no other round runs.
func (im *Improver) settle(ctx context.Context, roundID string, how func(Round, Certificate) (Round, *Promotion)) (_ Round, err error) {
	r, err := im.cfg.Store.Round(ctx, roundID)
	if err != nil {
		return Round{}, err
	}
	t, ctx, err := im.takeTurn(ctx, r.Agent, "")
	if err != nil {
		return Round{}, err
	}
	defer func() { err = errors.Join(err, t.end(ctx)) }()
	if r, err = im.cfg.Store.Round(ctx, roundID); err != nil {
		return Round{}, err
	}
	r.Turn = t.owner
	cert, err := r.certificate()
	if err != nil {
		return r, err
	}
	if r.State != Waiting || cert.Chosen == nil || cert.Entry == nil {
		return r, fmt.Errorf("round %s is %s: %w", roundID, r.State, ErrNotWaiting)
	}
	if r.Retire, err = im.retiring(ctx, r, cert); err != nil {
		return r, err
	}
	done, promotion := how(r, cert)
	ended, err := im.endWaiting(ctx, done, cert, promotion)
	if errors.Is(err, prompts.ErrStale) {
		e := staleEnding(true)
		r.State, r.Verdict = e.state, e.verdict
		ended, err = im.endWaiting(ctx, r, cert, nil)
	}
	return ended, err
}

func (im *Improver) endWaiting(ctx context.Context, r Round, cert Certificate, p *Promotion) (_ Round, err error) {
	cert.State, cert.Verdict = r.State, r.Verdict
	if r.Certificate, err = cert.encode(); err != nil {
		return r, err
	}
	return im.cfg.Store.EndRound(ctx, r, p)
}

// retiring are the sealed cases that retire when a waiting round is settled.
func (im *Improver) retiring(ctx context.Context, r Round, c Certificate) ([]string, error) {
	entries, err := im.entriesBefore(ctx, r.Agent, r.ID)
	if err != nil {
		return nil, err
	}
	before, err := im.sinceWin(ctx, entries)
	if err != nil {
		return nil, err
	}
	return c.retiring(touched(before)), nil
}
