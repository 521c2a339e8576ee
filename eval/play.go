package eval

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/honehq/hone/eval/gate"
	"github.com/honehq/hone/prompts"
)

// ending is how a round ended.
type ending struct {
	state     State
	verdict   string
	won       bool
	promotion *Promotion
}

const (
	// rejection is all that anyone learns of an entry that did not pass.
	rejection = "The gate was not convinced that the candidate is better. The prompt stays."
	// minPower is the chance to find the gain seen on dev below which an entry
	// would only burn budget.
	minPower = 0.1
	// screened is how many candidates answer dev: the best on train.
	screened = 4
	// batch is how many failures a rewriter sees at a time.
	batch = 8
)

// play goes through the stages.
func (w *work) play(ctx context.Context) (_ ending, err error) {
	frozen, err := w.cfg.Freeze(ctx)
	if err != nil {
		return ending{}, suspend(fmt.Errorf("freeze conditions: %w", err))
	}
	defer func() {
		if frozen.Close != nil {
			err = errors.Join(err, frozen.Close())
		}
	}()
	if e, ok, err := w.prepare(ctx, frozen); err != nil || !ok {
		return e, err
	}
	ctx = w.openPurse(ctx)
	if w.cert.Entry != nil {
		return w.reenter(ctx)
	}
	champion, err := w.evaluate(ctx, StageChampion, w.champion, slices.Concat(w.train, w.dev))
	if errors.Is(err, errBudget) {
		return w.tooPoor(), nil
	}
	if err != nil {
		return ending{}, err
	}
	train, dev := champion.split(len(w.train))
	if n := champion.failures(); 2*n > len(champion.Results)*w.cfg.Repeats {
		return ending{}, fmt.Errorf("%d of %d answers failed: the agent or its model does not work", n, len(champion.Results)*w.cfg.Repeats)
	}
	report := train.Report()
	w.cert.Train = &report
	w.tell(StageChampion, "The prompt in use scores %.2f on %d train cases and %.2f on %d dev cases, each cluster of cases weighing the same.",
		clusterMean(train), len(w.train), clusterMean(dev), len(w.dev))
	if verdict := w.foreseeSpend(len(champion.Results) * w.cfg.Repeats); verdict != "" {
		return ending{state: NoBetter, verdict: verdict}, nil
	}
	p, err := w.propose(ctx, train)
	if err != nil {
		return ending{}, err
	}
	best, poor, err := w.screen(ctx, p, dev)
	if err != nil {
		return ending{}, err
	}
	if best == nil && poor {
		return ending{state: NoBetter, verdict: "The budget ended before a candidate had shown on dev that it does better; the gate was not asked. The prompt stays. " + raise}, nil
	}
	if best == nil {
		return ending{state: NoBetter, verdict: "No candidate did better than the prompt in use; the gate was not asked. The prompt stays."}, nil
	}
	w.cert.Questions = slices.Concat(caseChanges(Train, train, best.train), caseChanges(Dev, dev, best.dev))
	return w.decide(ctx, *best)
}

// decide lets the best candidate enter the gate, if that makes sense.
func (w *work) decide(ctx context.Context, best finalist) (ending, error) {
	w.cert.Dev = &best.change
	chosen := record(best.prompt)
	w.cert.Chosen = &chosen
	gain := fmt.Sprintf("The best candidate gained %.1f points on dev", 100*best.gain())
	if err := w.tighten(ctx); err != nil {
		return ending{}, err
	}
	if w.cert.Mode == Off {
		return ending{state: NoBetter, verdict: gain + "; the mode is off, so the gate was not asked. The prompt stays."}, nil
	}
	if len(w.sealed) == 0 {
		return ending{state: NoBetter, verdict: gain + ", but no sealed cases are left to prove it on. Add cases."}, nil
	}
	terms := gate.Terms{Alpha: w.ledger.Next(), Clusters: len(w.sealed), Bias: w.cert.Conditions.Judge.Bias}
	power, err := w.foresee(terms, best)
	if err != nil {
		return ending{}, err
	}
	if power < minPower {
		return ending{state: NoBetter, verdict: fmt.Sprintf("%s, which %d sealed clusters could show with a probability of only %.2f; the gate was not asked. Add cases, or raise the repeats.",
			gain, len(w.sealed), power)}, nil
	}
	if !w.coversEntry() {
		return ending{state: NoBetter, verdict: fmt.Sprintf("%s, but of the budget %s are left, and the gate may need more; it was not asked. "+raise, gain, w.funds.left())}, nil
	}
	w.account()
	if stale, err := w.stale(ctx); err != nil || stale {
		return staleEnding(false), err
	}
	return w.enter(ctx, terms)
}

// evaluate runs a stage's answers.
func (w *work) evaluate(ctx context.Context, s Stage, p prompts.Prompt, cases []StoredCase) (Evaluation, error) {
	e := w.eval
	e.Progress = w.counting(s)
	out, err := e.Run(ctx, p, cases)
	w.cert.Tokens += out.tokens()
	return out, err
}

// split takes an evaluation apart behind its first n results.
func (e Evaluation) split(n int) (first, rest Evaluation) {
	first, rest = e, e
	first.Results, rest.Results = e.Results[:n], e.Results[n:]
	return first, rest
}

func (e Evaluation) failures() (n int) {
	for _, r := range e.Results {
		for _, a := range r.Answers {
			n += int(yes(a.Failed))
		}
	}
	return n
}

func (e Evaluation) tokens() (n float64) {
	for _, r := range e.Results {
		for _, a := range r.Answers {
			n += a.Measures[Tokens]
		}
	}
	return n
}

// stale tells whether the prompt in use is no longer the champion.
func (w *work) stale(ctx context.Context) (bool, error) {
	p, err := w.cfg.Prompts.InUse(ctx, w.q.PromptID)
	return p.Version != w.champion.Version, suspend(err)
}

func staleEnding(won bool) ending {
	return ending{state: Stale, won: won, verdict: "The prompt in use was changed while the round ran, so the round ended."}
}
