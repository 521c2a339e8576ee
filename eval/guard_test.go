package eval_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/gate"
	"github.com/honehq/hone/prompts"
)

// altered is an agent whose answers differ in more than what they say once its
// prompt has a guideline of the stock.
type altered struct {
	eval.Runner
	change func(a *agent.Answer)
}

func (r altered) Answer(ctx context.Context, p *prompts.Prompt, question string, seed uint64) (agent.Answer, error) {
	a, err := r.Runner.Answer(ctx, p, question, seed)
	if strings.Contains(p.Text, guidelines[0]) {
		r.change(&a)
	}
	return a, err
}

// entry is what a certificate says of the gate.
type entry struct {
	Terms      gate.Terms            `json:"terms"`
	Clusters   []struct{ E float64 } `json:"clusters"`
	State      gate.State            `json:"state"`
	Guardrails []gate.Finding        `json:"guardrails"`
}

func (w *world) guarded(change func(a *agent.Answer)) (eval.Round, entry) {
	w.Helper()
	w.rewriter.guidelines = guidelines[:1]
	im, err := eval.NewImprover(eval.ImproverConfig{
		Store: w.store, Prompts: w.prompts, Judge: w.judge, Rewriter: w.rewriter, Mode: w.mode, Logger: w.logger,
		Freeze: func(context.Context) (eval.Frozen, error) {
			return eval.Frozen{Runner: altered{w.runner, change}, Model: "scripted", Snapshot: w.snapshot}, nil
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	r, err := im.Round(w.Context(), w.request(1))
	if err != nil {
		w.Fatal(err)
	}
	var c struct{ Entry entry }
	if err := json.Unmarshal(r.Certificate, &c); err != nil {
		w.Fatal(err)
	}
	for _, v := range eval.Verify([]eval.Round{r}) {
		if len(v.Problems) > 0 {
			w.Errorf("the certificate does not hold: %q", v.Problems)
		}
	}
	return r, c.Entry
}

func results(e entry) map[string]gate.Result {
	out := map[string]gate.Result{}
	for _, f := range e.Guardrails {
		out[f.Guardrail] = f.Result
	}
	return out
}

// A candidate that is better by its score and worse by something else is
// rejected, in the same words as any other.
func TestAGuardrailRejects(t *testing.T) {
	for name, change := range map[string]func(a *agent.Answer){
		"cost":    func(a *agent.Answer) { a.Usage.InputTokens *= 10 },
		"latency": func(a *agent.Answer) { a.Duration *= 10 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "Answer from the documents.", 120)
			r, e := w.guarded(change)
			if r.State != eval.Rejected || r.Won || w.inUse().Version != 1 {
				t.Errorf("round: %s, won %v, %q", r.State, r.Won, r.Verdict)
			}
			if got := results(e)[name]; got == "" || got == gate.Held {
				t.Errorf("%s is %q: %v", name, got, e.Guardrails)
			}
			if strings.Contains(r.Verdict, name) || strings.Contains(r.Verdict, "guard") {
				t.Errorf("the verdict tells why: %q", r.Verdict)
			}
			report, err := r.Report()
			if err != nil || report.Gate != nil {
				t.Errorf("the report shows the gate: %+v, %v", report.Gate, err)
			}
		})
	}
}

// Answers that cost more, but less than twice as much, take more clusters to
// tell than the score does: the entry goes on until they have told.
func TestAnEntryGoesOnUntilGuardrailsAreSettled(t *testing.T) {
	w := newWorld(t, "Answer from the documents.", 200)
	r, e := w.guarded(func(a *agent.Answer) { a.Usage.InputTokens, a.Usage.OutputTokens = 170, 20 })
	first := 0
	for i, c := range e.Clusters {
		if c.E >= 1/e.Terms.Alpha {
			first = i + 1
			break
		}
	}
	if first == 0 || e.State.Seen <= first {
		t.Errorf("convinced after %d clusters, ended after %d; want it to go on", first, e.State.Seen)
	}
	if r.State != eval.Promoted {
		t.Errorf("round: %s, %q; guardrails %v", r.State, r.Verdict, e.Guardrails)
	}
	for name, got := range results(e) {
		if got != gate.Held {
			t.Errorf("promoted with %s %s", name, got)
		}
	}
	if len(e.Guardrails) != 4 {
		t.Errorf("%d guardrails, want 4", len(e.Guardrails))
	}
}
