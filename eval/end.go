package eval

import (
	"context"
	"errors"
	"time"

	"github.com/honehq/hone/prompts"
)

// end stores how the round ended. It does so though ctx has ended, unless the
// turn was lost: then whoever has it closes the round.
func (w *work) end(ctx context.Context, e ending, failure error) (Round, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	if failure != nil {
		e = ending{state: Failed, verdict: "The round failed: " + cut(failure.Error(), 500)}
	}
	if err := w.turn.hold(ctx); err != nil {
		return w.round, errors.Join(failure, err)
	}
	r, err := w.store(ctx, e)
	if errors.Is(err, prompts.ErrStale) {
		r, err = w.store(ctx, staleEnding(e.won))
	}
	if err == nil {
		w.tell(StageDone, "%s", r.Verdict)
	}
	return r, errors.Join(failure, err)
}

func (w *work) store(ctx context.Context, e ending) (_ Round, err error) {
	w.round.State, w.round.Verdict, w.round.Won, w.round.Ended = e.state, e.verdict, e.won, time.Now().UTC()
	w.cert.State, w.cert.Verdict, w.cert.Ended = w.round.State, w.round.Verdict, w.round.Ended
	if w.round.Certificate, err = w.cert.encode(); err != nil {
		return w.round, err
	}
	return w.cfg.Store.EndRound(ctx, w.round, e.promotion)
}
