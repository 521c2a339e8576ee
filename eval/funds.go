package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/honehq/hone/agent"
)

// margin is by how much an answer may cost more than the first ones did before
// a stage is thought not to be covered.
const margin = 1.25

// funds are a round's purse, and what an answer costs by those made so far.
type funds struct {
	*purse
	answer amount // an answer with its grade, on average
}

// learn notes what the first answers cost.
func (f *funds) learn(spent Spend, answers int) {
	if answers > 0 {
		f.answer = spent.total().times(1 / float64(answers))
	}
}

// affords tells whether what is left, beside what is set aside, covers n answers
// at what they cost so far.
func (f *funds) affords(n int) bool { return f.covers(f.answer.times(float64(n) * margin)) }

// foreseeSpend tells what the rest of the round will cost by what the first
// answers did, and sets the gate's share aside. It returns the verdict of a
// round whose budget is too small to end at the gate, "" otherwise.
func (w *work) foreseeSpend(answers int) string {
	w.funds.learn(w.funds.total().less(w.cert.Spend), answers)
	proposals := w.cfg.Candidates * w.cfg.Generations
	search := proposals*batch + proposals/2*len(w.train) + screened*len(w.dev)
	entry := w.entryAnswers()
	total := w.funds.answer.times(float64((search + entry) * w.cfg.Repeats))
	gate := w.funds.answer.times(float64(entry*w.cfg.Repeats) * margin)
	w.tell(StageChampion, "An answer costs %s, its grade included. The round may need about %d more answers, %s; the gate takes up to %d of them. The budget is %s.",
		w.funds.answer, search+entry, total, entry, w.funds.budget)
	if !w.funds.covers(gate) {
		return fmt.Sprintf("The budget of %s does not cover a round: %s were spent on the prompt in use, and the gate alone may need %s. Nothing was proposed. "+raise,
			w.funds.budget, w.funds.total().total(), gate)
	}
	w.funds.setAside(gate)
	return ""
}

// entryAnswers is how many cases both prompts may have to answer at the gate.
func (w *work) entryAnswers() (n int) {
	if w.cert.Mode == Off {
		return 0
	}
	for _, cluster := range w.sealed {
		n += 2 * len(cluster)
	}
	return n
}

// openPurse makes the context whose model calls are paid from the round's
// purse. What the search of a resumed entry cost was paid before, and so was what
// came before a round started over.
func (w *work) openPurse(ctx context.Context) context.Context {
	w.funds = funds{purse: newPurse(w.cert.Budget, w.cfg.Prices)}
	w.funds.pay(w.cert.Spend)
	return withPurse(ctx, w.funds.purse)
}

// payLost pays for answers of an open entry that are on record and will not be
// asked for again: those under other documents than their bet was made, or will
// be made, and those to cases that are gone.
func (w *work) payLost() error {
	asked := map[string]string{} // under what conditions a case is asked for again
	for _, cluster := range w.sealed {
		e := w.eval
		if done := w.cert.Entry.bet(cluster[0].Cluster); done != nil {
			e.Frozen.Snapshot = cmp.Or(done.Snapshot, w.cert.Conditions.Snapshot)
		}
		for _, c := range cluster {
			asked[c.ID] = e.key()
		}
	}
	lost, err := w.replay.spent(func(k RecordKey) bool { return k.Kind == OfSealed && asked[k.Case] != k.Conditions })
	if err != nil {
		return err
	}
	w.funds.pay(lost)
	return nil
}

// tooPoor is how a round ends whose budget the prompt in use has used up.
func (w *work) tooPoor() ending {
	return ending{state: NoBetter, verdict: fmt.Sprintf("The budget of %s ended while the prompt in use was evaluated. Nothing was proposed. "+raise, w.funds.budget)}
}

// coversEntry tells whether what was set aside still covers the gate, and
// releases it to it.
func (w *work) coversEntry() bool {
	w.funds.setAside(amount{})
	return w.funds.affords(w.entryAnswers() * w.cfg.Repeats)
}

// account notes what was spent: what the entry cost is closed with it.
func (w *work) account() {
	if w.funds.purse == nil {
		return
	}
	total := w.funds.total()
	if w.cert.Entry == nil {
		w.cert.Spend = total
		return
	}
	w.cert.Entry.Spend = total.less(w.cert.Spend)
}

// document is the text of a cited document, "" where it is not at hand.
func (w *work) document(ctx context.Context, c agent.Citation) string {
	if w.eval.Frozen.Text == nil {
		return ""
	}
	text, err := w.eval.Frozen.Text(ctx, c)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			w.cfg.Logger.DebugContext(ctx, "a cited document could not be read", "error", err)
		}
		return ""
	}
	return text
}
