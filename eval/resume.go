package eval

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// plan is what a round works with, fixed when its work begins: what is set or
// added later is the next round's.
type plan struct {
	Candidates  int        `json:"candidates"`
	Generations int        `json:"generations"`
	Repeats     int        `json:"repeats"`
	Train       []string   `json:"train"` // case IDs
	Dev         []string   `json:"dev"`
	Sealed      [][]string `json:"sealed"` // by cluster, in the order of use
}

var planKey = RecordKey{Kind: OfPlan}

// errGone says that cases of the plan are there no more.
var errGone = errors.New("cases that the round began with are gone")

// prepare makes the evaluator, and sets up what the round works with: as it was
// left, or from the start. ok is false if the round ends as e says.
//
// As long as no entry to the gate is open, what no longer fits makes the round
// start over. An open entry goes on under a new snapshot, for its bets need not
// share one; but not by another model or provider, judge or rubric.
func (w *work) prepare(ctx context.Context, frozen Frozen) (e ending, ok bool, err error) {
	if stale, err := w.stale(ctx); err != nil || stale {
		return staleEnding(false), false, err
	}
	if w.replay, err = openReplay(ctx, w.cfg.Store, w.round.ID); err != nil {
		return ending{}, false, err
	}
	known, lost := w.recallPlan(ctx)
	if lost != nil && !errors.Is(lost, errGone) {
		return ending{}, false, lost
	}
	judge, err := w.vouch(ctx, w.round.Agent)
	if err != nil {
		return ending{}, false, suspend(err)
	}
	if w.cert.Mode == Auto && !judge.Describe().trusted() {
		w.cert.Mode = Approve
	}
	if err := w.tighten(ctx); err != nil {
		return ending{}, false, err
	}
	w.eval = Evaluator{
		Frozen: frozen, Judge: judge, Repeats: w.cfg.Repeats, Parallel: w.cfg.Parallel, Seed: w.q.Seed,
		Yield: w.cfg.Yield, replay: w.replay,
	}
	now := w.eval.Conditions()
	changed := changes(w.cert.Conditions, now)
	if w.cert.Entry != nil {
		if !known {
			return unresumable("what it had recorded is gone"), false, nil
		}
		if changed = without(changed, "documents"); len(changed) > 0 {
			return unresumable("the " + strings.Join(changed, " and the ") + " changed meanwhile"), false, nil
		}
		return ending{}, true, nil
	}
	if lost != nil {
		changed = append(changed, "cases")
	}
	if name := w.cfg.Rewriter.Name(); w.cert.Rewriter != name && w.cert.Rewriter != "" {
		changed = append(changed, "rewriter")
	}
	if known && len(changed) > 0 {
		if err := w.startOver(ctx, changed); err != nil {
			return ending{}, false, err
		}
		known = false
	}
	if !known {
		if err := w.makePlan(ctx); err != nil {
			return ending{}, false, err
		}
	}
	w.cert.Rewriter, w.cert.Conditions = w.cfg.Rewriter.Name(), now
	return ending{}, true, w.checkpoint(ctx)
}

// startOver drops what was done under conditions that are no more. What it cost
// stays spent.
func (w *work) startOver(ctx context.Context, changed []string) error {
	why := fmt.Sprintf("The %s changed while the round was interrupted, so it starts over.", strings.Join(changed, " and the "))
	w.cert.Restarts = append(w.cert.Restarts, why)
	lost, err := w.replay.spent(func(RecordKey) bool { return true })
	if err != nil {
		return err
	}
	w.cert.Spend = w.cert.Spend.plus(lost)
	w.tell(StageChampion, "%s", why)
	w.cfg.Logger.InfoContext(ctx, "a round starts over", "agent", w.round.Agent, "round", w.round.ID, "changed", changed)
	return w.replay.forget(ctx)
}

func unresumable(why string) ending {
	return ending{state: Cancelled, verdict: "The round was interrupted at the gate and could not be resumed: " + why +
		". The entry is cancelled; its share of the error budget stays spent. The prompt stays."}
}

// changes names, in words, which conditions differ. Those of a round that has
// not begun to work are unknown, and nothing differs from them.
func changes(before, now Conditions) []string {
	if before.Model == "" && before.Judge.Name == "" {
		return nil
	}
	var out []string
	for _, c := range []struct {
		what    string
		differs bool
	}{
		{"agent's model", before.Model != now.Model},
		{"provider of the agent's model", before.Provider != "" && before.Provider != now.Provider},
		{"judge", before.Judge.Name != now.Judge.Name || before.Judge.Provider != now.Judge.Provider || before.Judge.Exact != now.Judge.Exact || before.Judge.Bias != now.Judge.Bias},
		{"rubric", before.Rubric != now.Rubric},
		{"documents", before.Snapshot != now.Snapshot},
	} {
		if c.differs {
			out = append(out, c.what)
		}
	}
	return out
}

func without(list []string, one string) []string {
	var out []string
	for _, s := range list {
		if s != one {
			out = append(out, s)
		}
	}
	return out
}

// makePlan takes the cases as they are now. Where a process that has lost its
// turn was faster, its plan counts.
func (w *work) makePlan(ctx context.Context) (err error) {
	if w.collection, err = w.gather(ctx, w.round.Agent); err != nil {
		return err
	}
	p := plan{
		Candidates: w.cfg.Candidates, Generations: w.cfg.Generations, Repeats: w.cfg.Repeats,
		Train: ids(w.train), Dev: ids(w.dev), Sealed: [][]string{},
	}
	for _, cluster := range w.sealed {
		p.Sealed = append(p.Sealed, ids(cluster))
	}
	if err := w.replay.keep(ctx, planKey, nil, p, &p); err != nil {
		return err
	}
	_, err = w.recallPlan(ctx)
	if errors.Is(err, errGone) {
		err = suspend(err)
	}
	return err
}

func ids(cases []StoredCase) []string {
	out := []string{}
	for _, c := range cases {
		out = append(out, c.ID)
	}
	return out
}

// recallPlan takes up the plan as it was recorded; false if there is none. It
// returns errGone if cases are missing, but for sealed ones, without which an
// entry goes on.
func (w *work) recallPlan(ctx context.Context) (bool, error) {
	var p plan
	if ok, err := w.replay.find(planKey, &p); err != nil || !ok {
		return false, err
	}
	cfg := w.cfg
	cfg.Candidates, cfg.Generations, cfg.Repeats = p.Candidates, p.Generations, p.Repeats
	w.Improver = &Improver{cfg}
	cases, err := cfg.Store.Cases(ctx, CaseFilter{Agent: w.round.Agent})
	if err != nil {
		return true, suspend(err)
	}
	byID := map[string]StoredCase{}
	for _, c := range cases {
		byID[c.ID] = c
	}
	w.collection = collection{train: found(byID, p.Train), dev: found(byID, p.Dev)}
	sealed := 0
	for _, cluster := range p.Sealed {
		if list := found(byID, cluster); len(list) > 0 {
			w.sealed = append(w.sealed, list)
			sealed++
		}
	}
	if len(w.train) < len(p.Train) || len(w.dev) < len(p.Dev) || w.cert.Entry == nil && sealed < len(p.Sealed) {
		return true, errGone
	}
	return true, nil
}

func found(byID map[string]StoredCase, ids []string) []StoredCase {
	var out []StoredCase
	for _, id := range ids {
		if c, ok := byID[id]; ok {
			out = append(out, c)
		}
	}
	return out
}
