package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/honehq/hone/eval"
)

type improveCmd struct {
	Cases string `help:"Case file to add to the agent's cases first." type:"path"`
	Mode  string `enum:"auto,approve,off" default:"auto" help:"What happens when a prompt passes the gate; an agent whose own mode is stricter keeps that."`
	Seed  uint64 `help:"Seed of the round; 0: random."`

	NoFollow bool `help:"Fail if a round runs already, instead of following it to its end."`
}

func (c improveCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	ctx, end := commandSpan(ctx, "improve")
	defer end(&err)
	if c.Cases != "" {
		entered, err := a.enterFile(ctx, term, c.Cases, "")
		if err != nil {
			return err
		}
		if !s.JSON {
			printEntered(term.out, entered)
		}
	}
	round, err := a.improve(ctx, term, s.JSON, c)
	switch {
	case errors.Is(err, eval.ErrWaiting):
		return fmt.Errorf("%w: hone eval rounds approve ID, or decline ID", err)
	case errors.Is(err, eval.ErrPaused):
		return fmt.Errorf("%w: hone eval rounds resume", err)
	case err != nil && ctx.Err() != nil && round.State == eval.Running:
		fmt.Fprintf(term.err, "Round %s is kept: the next hone improve goes on with it, and so does hone serve. To end it: hone eval rounds cancel %s\n", round.ID, round.ID)
		return err
	case err != nil:
		return err
	}
	report, err := round.Report()
	if err != nil {
		return err
	}
	if s.JSON {
		err = printJSON(term.out, report)
	} else {
		printRound(term.out, news(report))
	}
	if err == nil && round.OutOfBudget() {
		err = errors.New("the budget did not suffice for a round: raise it with --budget-tokens or --budget-usd")
	}
	return err
}

// news is what of a report was not said while the round ran.
func news(r eval.RoundReport) eval.RoundReport {
	r.Forecast, r.Search, r.Candidates = "", "", nil
	return r
}

// improve runs one round, or follows the one that runs, and shows how it goes.
// Of the round that another process works on, it takes over the work if that
// process ends.
func (a *app) improve(ctx context.Context, term terminal, quiet bool, c improveCmd) (eval.Round, error) {
	improver, err := a.improver(eval.Stricter(eval.Mode(c.Mode), eval.Mode(a.spec.Mode)))
	if err != nil {
		return eval.Round{}, err
	}
	w := &roundWatch{term: term, quiet: quiet, bar: newBar(term, quiet, false), said: map[string]bool{}}
	defer w.bar.end()
	round, err := improver.Begin(ctx, eval.RoundRequest{Agent: a.settings.Agent, PromptID: a.promptID, Cause: "demand", Seed: c.Seed})
	switch {
	case errors.Is(err, eval.ErrBusy) && !c.NoFollow:
		w.say(fmt.Sprintf("Round %s, begun %s, has not ended; this goes on with it.", round.ID, round.Started.Local().Format(time.DateTime)))
	case errors.Is(err, eval.ErrBusy):
		return eval.Round{}, fmt.Errorf("round %s: %w: hone improve without --no-follow goes on with it", round.ID, eval.ErrBusy)
	case errors.Is(err, fs.ErrNotExist):
		return eval.Round{}, fmt.Errorf("agent %s has no cases to train or to screen on: add some with hone improve --cases FILE, or make them of the documents with hone eval cases make", a.settings.Agent)
	case err != nil:
		return eval.Round{}, err
	}
	for {
		round, err = improver.Work(ctx, round.ID, w.show)
		if !errors.Is(err, eval.ErrBusy) {
			return round, err
		}
		w.show(round.Progress)
		select {
		case <-ctx.Done():
			return round, context.Cause(ctx)
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// roundWatch shows how a round goes, and says each line once, though it may be
// told again when a round is resumed, or by the process that works on it.
type roundWatch struct {
	term  terminal
	quiet bool
	bar   *bar

	mu   sync.Mutex
	said map[string]bool
}

func (w *roundWatch) show(p eval.Progress) {
	w.bar.show(string(p.Stage), int64(p.Done), int64(p.Total))
	if p.Stage == eval.StageDone {
		return // the caller prints the verdict
	}
	for line := range strings.Lines(p.Text) {
		w.say(strings.TrimRight(line, "\n"))
	}
}

func (w *roundWatch) say(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.quiet || line == "" || w.said[line] {
		return
	}
	w.said[line] = true
	fmt.Fprintln(w.term.out, newPainter(w.term.out).dim("· "+clean(line)))
}
