package eval

import (
	"fmt"

	"github.com/honehq/hone/eval/gate"
)

// DefaultGuardrails are those of package gate, with room for answers that take
// up to twice the tokens and time: a prompt that makes an agent search again
// costs more, and is worth it where the score says so.
func DefaultGuardrails() []gate.Guardrail {
	rails := gate.Guardrails()
	for i := range rails {
		if rails[i].Relative {
			rails[i].Margin = 1
		}
	}
	return rails
}

// guardMetrics are the metrics behind the guardrails' names.
var guardMetrics = map[string]Metric{"refusal": RefusalRight, "citations": CitationsValid, "cost": Tokens, "latency": Seconds}

// guard checks what the score does not measure, on the sealed cases used. What
// is unclear, as most is with few clusters, does not hold a candidate back.
func (w *work) guard(arms pair) (bool, error) {
	held := true
	for _, g := range w.cfg.Guardrails {
		m, ok := guardMetrics[g.Name]
		if !ok {
			return false, fmt.Errorf("guardrail %q measures nothing: it is refusal, citations, cost or latency", g.Name)
		}
		var pairs []gate.Pair
		for i, b := range arms.champion.Results {
			pairs = append(pairs, gate.Pair{Cluster: b.Case.Cluster, Champion: guarded(b, m), Candidate: guarded(arms.candidate.Results[i], m)})
		}
		f, err := g.Check(pairs, w.q.Seed)
		if err != nil {
			return false, err
		}
		w.cert.Entry.Guardrails = append(w.cert.Entry.Guardrails, f)
		held = held && f.Result != gate.Broken
	}
	return held, nil
}

// guarded is a result's value: one that refused has no wrong citations.
func guarded(r Result, m Metric) float64 {
	v, ok := r.mean(m)
	if !ok && m == CitationsValid {
		return 1
	}
	return v
}
