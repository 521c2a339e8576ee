package eval

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/honehq/hone/prompts"
)

// end stores how the round ended, though ctx, which is the turn's, may have
// ended. A round that was interrupted stays as it is.
func (w *work) end(ctx context.Context, e ending, failure error) (Round, error) {
	if failure != nil && ctx.Err() != nil {
		failure = context.Cause(ctx)
	}
	if failure != nil {
		var by cancelled
		_, suspended := errors.AsType[suspension](failure)
		switch {
		case errors.As(failure, &by):
			e, failure = cancelledEnding(by.by), nil
		case suspended || ctx.Err() != nil:
			return w.round, failure
		default:
			e = ending{state: Failed, verdict: "The round failed: " + cut(failure.Error(), 500)}
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	w.account()
	if e.won && e.state != Waiting {
		w.round.Retire = w.cert.retiring(w.touched)
	}
	r, err := w.finish(ctx, w.round, w.cert, e)
	if errors.Is(err, prompts.ErrStale) {
		r, err = w.finish(ctx, w.round, w.cert, staleEnding(e.won))
	}
	if err != nil {
		return w.round, errors.Join(failure, err)
	}
	w.q.Progress(Progress{Stage: StageDone, Text: r.Verdict})
	return r, failure
}

// finish stores the final state of a round.
func (im *Improver) finish(ctx context.Context, r Round, cert Certificate, e ending) (_ Round, err error) {
	r.State, r.Verdict, r.Won, r.Ended = e.state, e.verdict, e.won, time.Now().UTC()
	cert.State, cert.Verdict, cert.Ended = r.State, r.Verdict, r.Ended
	if r.Certificate, err = cert.encode(); err != nil {
		return r, err
	}
	return im.cfg.Store.EndRound(ctx, r, e.promotion)
}

func cancelledEnding(by string) ending {
	return ending{state: Cancelled, verdict: fmt.Sprintf("%s cancelled the round. The prompt stays.", by)}
}
