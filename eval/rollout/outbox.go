package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/honehq/hone/eval"
)

// ErrRefused says that a way out will not take a notice however often it is
// tried.
var ErrRefused = errors.New("the notice was refused")

// Deliveries.
const (
	deliveries  = 10 // at a time and way
	attempts    = 12 // of one notice: the last about five hours after the first
	longestWait = time.Hour
	deliverTime = 20 * time.Second // for all of a look
)

// news is how old what is told may be: who turns a way out on does not want to
// hear of last year.
const news = 7 * 24 * time.Hour

// announce puts what happened to rounds and rollouts into the outbox, each once.
// What is stored there is the truth, so no crash loses news of it.
func (w *Watcher) announce(ctx context.Context) error {
	rounds, err := w.cfg.Rounds.Rounds(ctx, w.cfg.Agent, recent)
	if err != nil {
		return err
	}
	rollouts, err := w.cfg.Store.Rollouts(ctx, w.cfg.Agent, recent)
	if err != nil {
		return err
	}
	var list []Notice
	for _, r := range slices.Backward(rounds) {
		list = append(list, ofRound(r, rollouts)...)
	}
	for _, r := range slices.Backward(rollouts) {
		list = append(list, ofRollout(r)...)
	}
	for _, n := range list {
		if time.Since(n.At) > news {
			continue
		}
		for _, way := range w.cfg.Ways {
			if _, err := w.cfg.Store.PutNotice(ctx, way.Name(), n); err != nil {
				return err
			}
		}
	}
	return nil
}

// ofRound is what there is to tell of a round: nothing or one notice.
func ofRound(r eval.Round, rollouts []Rollout) []Notice {
	n := Notice{Agent: r.Agent, PromptID: r.PromptID, Old: r.Champion, New: r.Promoted, Round: r.ID, At: r.Ended}
	switch r.State {
	case eval.Promoted:
		n.Kind = NoticePromoted
		n.Text = fmt.Sprintf("Agent %s: version %d of the prompt passed the gate and takes the place of version %d.", r.Agent, r.Promoted, r.Champion)
		for _, o := range rollouts {
			if o.Round == r.ID {
				n.Rollout = o.ID
				n.Text += fmt.Sprintf(" At first %.0f %% of new threads get it.", 100*o.Share)
			}
		}
	case eval.Waiting:
		n.Kind = NoticeWaiting
		n.Text = fmt.Sprintf("Agent %s: a rewritten prompt passed the gate and waits for a person: hone eval rounds show %s, then approve or decline.", r.Agent, r.ID)
	case eval.Failed:
		n.Kind = NoticeFailed
		n.Text = fmt.Sprintf("Agent %s: round %s failed. %s", r.Agent, r.ID, r.Verdict)
	default:
		return nil
	}
	n.ID = r.ID + "/" + string(n.Kind)
	return []Notice{n}
}

// ofRollout is what there is to tell of a rollout: nothing or one notice.
func ofRollout(r Rollout) []Notice {
	n := Notice{Agent: r.Agent, PromptID: r.PromptID, Old: r.Old, New: r.New, Round: r.Round, Rollout: r.ID, At: r.Ended}
	switch r.State {
	case Returned:
		n.Kind = NoticeReturned
		n.Text = fmt.Sprintf("Agent %s: version %d of the prompt was put back in place of version %d: %s.", r.Agent, r.Old, r.New, r.Reason)
	case Settled:
		n.Kind = NoticeSettled
		n.Text = fmt.Sprintf("Agent %s: everyone gets version %d of the prompt now: %s.", r.Agent, r.New, r.Reason)
	case Overruled:
		n.Kind = NoticeOverruled
		n.Text = fmt.Sprintf("Agent %s: the trial of version %d of the prompt was ended by a person. %s", r.Agent, r.New, r.Reason)
	case Running, Superseded:
		return nil
	}
	n.ID = r.ID + "/" + string(n.Kind)
	return []Notice{n}
}

// deliver tries what is due on each way out.
func (w *Watcher) deliver(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, deliverTime)
	defer cancel()
	var errs []error
	for _, way := range w.cfg.Ways {
		due, err := w.cfg.Store.DueNotices(limited, way.Name(), time.Now(), deliveries)
		errs = append(errs, err)
		for _, d := range due {
			if limited.Err() != nil {
				return errors.Join(errs...)
			}
			told := notify(limited, way, d.Notice)
			if ctx.Err() != nil {
				return errors.Join(errs...)
			}
			errs = append(errs, w.cfg.Store.NoteDelivery(ctx, way.Name(), d.ID, w.next(ctx, way, d, told)))
		}
	}
	return errors.Join(errs...)
}

// next is when a notice is tried again, zero for never.
func (w *Watcher) next(ctx context.Context, way Notifier, d Delivery, err error) time.Time {
	if err == nil {
		return time.Time{}
	}
	tried := d.Attempts + 1
	if errors.Is(err, ErrRefused) || tried >= attempts {
		w.cfg.Logger.ErrorContext(ctx, "a notice could not be delivered and is given up", "notice", d.ID, "way", way.Name(), "attempts", tried, "error", err)
		return time.Time{}
	}
	w.cfg.Logger.WarnContext(ctx, "a notice could not be delivered; it is tried again", "notice", d.ID, "way", way.Name(), "attempts", tried, "error", err)
	return now().Add(min(w.cfg.Retry<<d.Attempts, longestWait))
}
