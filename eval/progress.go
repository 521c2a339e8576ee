package eval

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Progress tells where a round is.
type Progress struct {
	Stage Stage  `json:"stage"`
	Done  int    `json:"done"`           // answers or proposals
	Total int    `json:"total"`          // 0: not told
	Text  string `json:"text,omitempty"` // what was found, in words, at the end of a stage
}

// Stage is a part of a round.
type Stage string

// The stages of a round.
const (
	StageChampion   Stage = "champion"   // the prompt in use answers train and dev
	StageCandidates Stage = "candidates" // proposals answer train
	StageScreen     Stage = "screen"     // the best ones answer dev
	StagePower      Stage = "power"      // what the gate could find
	StageGate       Stage = "gate"       // sealed cases; how far it is stays closed
	StageDone       Stage = "done"
)

// tell reports what a stage found.
func (w *work) tell(s Stage, format string, args ...any) {
	w.q.Progress(Progress{Stage: s, Text: fmt.Sprintf(format, args...)})
}

// counting reports how far a stage is.
func (w *work) counting(s Stage) func(done, total int) {
	return func(done, total int) { w.q.Progress(Progress{Stage: s, Done: done, Total: total}) }
}

// telling passes progress on to who asked, and stores it every second for
// everybody else.
type telling struct {
	im    *Improver
	round Round
	to    func(Progress)
	stop  context.CancelFunc
	waits sync.WaitGroup

	mu      sync.Mutex
	now     Progress
	changed bool
}

// startTelling begins. Of a round that is at the gate, what was found before
// stays; else that is told again.
func (im *Improver) startTelling(ctx context.Context, r Round, owner string, to func(Progress)) *telling {
	t := &telling{im: im, round: r, to: to}
	t.round.Turn = owner
	if r.Entered {
		t.now = r.Progress
	}
	ctx, t.stop = context.WithCancel(ctx)
	t.waits.Go(func() {
		for pause(ctx, time.Second) == nil {
			t.keep(ctx)
		}
	})
	return t
}

func (t *telling) hear(p Progress) {
	if p.Stage == StageGate {
		p.Done, p.Total = 0, 0
	}
	t.mu.Lock()
	text := t.now.Text
	t.now, t.changed = p, true
	if p.Text != "" {
		t.now.Text = strings.TrimLeft(text+"\n"+p.Text, "\n")
	} else {
		t.now.Text = text
	}
	t.mu.Unlock()
	if t.to != nil {
		t.to(p)
	}
}

// keep stores what is new.
func (t *telling) keep(ctx context.Context) {
	t.mu.Lock()
	now, changed := t.now, t.changed
	t.changed = false
	t.mu.Unlock()
	if !changed {
		return
	}
	r := t.round
	r.Progress = now
	err := t.im.cfg.Store.PutProgress(ctx, r)
	if errors.Is(err, ErrTurnLost) {
		return // who has the turn now says how far it is
	}
	if err != nil && ctx.Err() == nil {
		t.im.cfg.Logger.WarnContext(ctx, "progress could not be stored", "round", t.round.ID, "error", err)
	}
}

// end stores the last of it, for a round that is to be resumed.
func (t *telling) end(ctx context.Context) {
	t.stop()
	t.waits.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	t.keep(ctx)
}
