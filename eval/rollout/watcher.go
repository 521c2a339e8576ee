package rollout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/internal/id"
	"github.com/honehq/hone/internal/seldom"
	"github.com/honehq/hone/otel"
)

// Config configures a Watcher. Zero durations and shares mean the default named.
type Config struct {
	Store  Store
	Rounds Rounds
	Judge  Judge
	Agent  string
	// Ways are the ways out for notices. No two have the same name.
	Ways   []Notifier
	Sample float64       // share of the threads that are graded while a rollout lasts: 1
	Poll   time.Duration // how often to look: 15 s
	// Idle is how long after its last run a thread counts as finished: 15 min. One
	// that goes on for a day counts as finished, too.
	Idle time.Duration
	// Late is how long after a thread began its first run is known for sure, which
	// is stored when it ends: 5 min.
	Late time.Duration
	// Retry is how long after a failure a notice is tried again; twice as long
	// after each more: 15 s.
	Retry  time.Duration
	Logger *slog.Logger
}

// Rounds gives an agent's rounds, newest first.
type Rounds interface {
	Rounds(ctx context.Context, agent string, limit int) ([]eval.Round, error)
}

// Watcher looks after an agent's rollouts and tells people what became of them
// and of its rounds. Of several on the same store one works at a time; each step
// is stored before the next, so that another one goes on where one was killed.
// It is safe for concurrent use.
type Watcher struct {
	cfg      Config
	owner    string
	ungraded *seldom.Teller
}

// New checks the configuration and returns a watcher.
func New(c Config) (*Watcher, error) {
	switch {
	case c.Store == nil || c.Rounds == nil || c.Judge == nil || c.Agent == "":
		return nil, errors.New("rollout: Store, Rounds, Judge and Agent are wanted")
	case c.Sample < 0 || c.Sample > 1:
		return nil, fmt.Errorf("rollout: the share of live answers to grade is %v; it must be in (0, 1]", c.Sample)
	}
	names := map[string]bool{}
	for _, w := range c.Ways {
		if names[w.Name()] {
			return nil, fmt.Errorf("rollout: two ways out for notices are called %q", w.Name())
		}
		names[w.Name()] = true
	}
	c.Sample = cmp.Or(c.Sample, 1)
	c.Poll = cmp.Or(c.Poll, 15*time.Second)
	c.Idle = cmp.Or(c.Idle, 15*time.Minute)
	c.Late = cmp.Or(c.Late, 5*time.Minute)
	c.Retry = cmp.Or(c.Retry, 15*time.Second)
	c.Logger = cmp.Or(c.Logger, slog.Default())
	return &Watcher{c, id.New("watcher_"), seldom.New(time.Minute)}, nil
}

// Run looks again and again until ctx ends, and returns nil then. Failures are
// logged.
func (w *Watcher) Run(ctx context.Context) error {
	defer w.release(ctx)
	for pause := w.cfg.Poll; ; {
		if err := w.Look(ctx); err == nil || errors.Is(err, errNotOurs) {
			pause = w.cfg.Poll
		} else if ctx.Err() == nil {
			pause = min(2*pause, max(w.cfg.Poll, longestPause))
			w.cfg.Logger.ErrorContext(ctx, "watching the trial failed; it is tried again", "agent", w.cfg.Agent, "in", pause, "error", err)
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
	}
}

// Look does what is due now: it grades finished threads, decides about running
// rollouts, and delivers notices. It does nothing while another watcher of the
// agent is at work.
func (w *Watcher) Look(ctx context.Context) error {
	if err := w.hold(ctx); err != nil {
		if errors.Is(err, errNotOurs) {
			return nil
		}
		return err
	}
	return errors.Join(w.decide(ctx), w.announce(ctx), w.deliver(ctx))
}

// longestPause is how long to wait at most after a failure, where that is longer
// than usual.
const longestPause = 5 * time.Minute

// Turns.
const (
	turnTTL   = 3 * time.Minute // longer than grading one run may take
	storeTime = 10 * time.Second
)

var errNotOurs = errors.New("another process watches the agent's trials")

// turn names the right to watch an agent, apart from that to run its rounds.
func (w *Watcher) turn() string { return "rollouts of " + w.cfg.Agent }

// hold takes or prolongs the turn.
func (w *Watcher) hold(ctx context.Context) error {
	ok, err := w.cfg.Store.TakeTurn(ctx, w.turn(), w.owner, turnTTL)
	if err != nil {
		return fmt.Errorf("turn to watch agent %s: %w", w.cfg.Agent, err)
	}
	if !ok {
		return errNotOurs
	}
	return nil
}

// release gives the turn back; if that fails it expires.
func (w *Watcher) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	if err := w.cfg.Store.EndTurn(ctx, w.turn(), w.owner); err != nil {
		w.cfg.Logger.WarnContext(ctx, "the turn to watch trials could not be given back; it expires", "agent", w.cfg.Agent, "error", err)
	}
}

// decide goes on with each running rollout.
func (w *Watcher) decide(ctx context.Context) error {
	list, err := w.cfg.Store.Rollouts(ctx, w.cfg.Agent, recent)
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range list {
		if r.State == Running {
			errs = append(errs, w.judge(ctx, r))
		}
	}
	return errors.Join(errs...)
}

// recent is how many of the newest rollouts and rounds are looked at.
const recent = 20

// judge goes on with a rollout as far as it can.
func (w *Watcher) judge(ctx context.Context, r Rollout) error {
	bad, err := w.inTrouble(ctx, r)
	if err != nil {
		return err
	}
	if bad != "" {
		return w.end(ctx, r, Returned, bad)
	}
	pairs, err := w.compare(ctx, r)
	if err != nil && !errors.Is(err, errJudge) {
		return err
	}
	entry, other := reverse(r, pairs)
	if other != nil {
		return errors.Join(err, other)
	}
	state := entry.State()
	otel.RecordRollout(ctx, r.Agent, state.E)
	switch {
	case convinced(entry):
		old, fresh := means(pairs)
		return w.end(ctx, r, Returned, fmt.Sprintf("live, version %d is worse than version %d: %.2f to %.2f over %d pairs of threads, evidence %.3g to 1",
			r.New, r.Old, fresh, old, len(pairs), state.Peak))
	case len(pairs) >= r.Horizon:
		return w.end(ctx, r, Settled, fmt.Sprintf("%d pairs of threads did not show that version %d is worse than version %d", len(pairs), r.New, r.Old))
	case !time.Now().Before(r.Until):
		return w.end(ctx, r, Settled, fmt.Sprintf("its time is over; %d pairs of threads did not show that version %d is worse than version %d", len(pairs), r.New, r.Old))
	}
	return err
}

// end ends a rollout. If a person was faster, nothing happens.
func (w *Watcher) end(ctx context.Context, r Rollout, s State, reason string) (err error) {
	ctx, span := startWatch(ctx, r)
	defer func() { otel.End(span, err) }()
	r.State, r.Reason, r.Ended = s, reason, now()
	_, err = w.cfg.Store.EndRollout(ctx, r, Author)
	return err
}

// Author is who puts old prompts back, in the prompt's log.
const Author = "hone"

// inTrouble says why the rollout must end at once, if so.
func (w *Watcher) inTrouble(ctx context.Context, r Rollout) (why string, err error) {
	usual, err := w.cfg.Store.UsualSeconds(ctx, r, usualRuns)
	if err != nil {
		return "", err
	}
	limit := slow(usual)
	var differences []float64
	var old, fresh int
	for c, err := range couples(ctx, w.cfg.Store, r, Position{}, time.Now().Add(-w.cfg.Late), func(Thread) bool { return true }) {
		if err != nil {
			return "", err
		}
		o, n := c.old.inTrouble(limit), c.new.inTrouble(limit)
		old, fresh = old+o, fresh+n
		if differences = append(differences, float64(n-o)); len(differences) == troublePairs {
			break
		}
	}
	entry, err := trouble(differences)
	if err != nil || !convinced(entry) {
		return "", err
	}
	return fmt.Sprintf("%d of %d threads with version %d failed, were degraded or took very long; with version %d, %d did",
		fresh, len(differences), r.New, r.Old, old), nil
}

// inTrouble is 1 or 0, see trouble.
func (t Thread) inTrouble(slow float64) int {
	if t.Failed || t.Status == agent.Degraded || slow > 0 && t.Seconds > slow {
		return 1
	}
	return 0
}

var errJudge = errors.New("the judge of live answers failed")

// compare grades pairs of finished threads, in their order, and keeps each
// before the next. It stops at a pair that has not finished.
func (w *Watcher) compare(ctx context.Context, r Rollout) ([]Pair, error) {
	pairs, err := w.cfg.Store.Pairs(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	var after Position
	if n := len(pairs); n > 0 {
		after = pairs[n-1].Through
	}
	sampled := func(t Thread) bool { return r.sampled(t.Thread, w.cfg.Sample) }
	for c, err := range couples(ctx, w.cfg.Store, r, after, time.Now().Add(-w.cfg.Late), sampled) {
		if err != nil {
			return pairs, err
		}
		if len(pairs) >= r.Horizon || !w.finished(c.old) || !w.finished(c.new) {
			break
		}
		p, err := w.pair(ctx, r, c, pairs)
		if err != nil {
			return pairs, err
		}
		if pairs = append(pairs, p); p.E >= 1/gradesAlpha {
			break
		}
	}
	return pairs, nil
}

// finished tells whether a thread is over, for all one knows.
func (w *Watcher) finished(t Thread) bool {
	return time.Since(t.Last) > w.cfg.Idle || time.Since(t.At) > 24*time.Hour
}

// pair bets on a couple.
func (w *Watcher) pair(ctx context.Context, r Rollout, c couple, before []Pair) (p Pair, err error) {
	ctx, span := startWatch(ctx, r)
	defer func() { otel.End(span, err) }()
	p = Pair{N: len(before) + 1, Old: Half{Thread: c.old.Thread}, New: Half{Thread: c.new.Thread}, Through: c.through, At: now()}
	var ok, okToo bool
	if p.Old.Score, ok, err = w.score(ctx, r, c.old); err != nil {
		return p, fmt.Errorf("%w: %w", errJudge, err)
	}
	if p.New.Score, okToo, err = w.score(ctx, r, c.new); err != nil {
		return p, fmt.Errorf("%w: %w", errJudge, err)
	}
	// What no judge could grade speaks against putting anything back.
	if p.Difference = -1; ok && okToo {
		p.Difference = p.Old.Score - p.New.Score
	}
	entry, err := reverse(r, append(slices.Clip(before), p))
	if err != nil {
		return p, err
	}
	p.E = entry.State().E
	return p, w.cfg.Store.AddPair(ctx, r.ID, p)
}

// means are the mean scores of both arms.
func means(pairs []Pair) (old, fresh float64) {
	for _, p := range pairs {
		old += p.Old.Score / float64(len(pairs))
		fresh += p.New.Score / float64(len(pairs))
	}
	return old, fresh
}
