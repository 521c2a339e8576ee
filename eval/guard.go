package eval

import (
	"fmt"
	"math"

	"github.com/honehq/hone/eval/gate"
)

// DefaultGuardrails are those of package gate.
func DefaultGuardrails() []gate.Guardrail { return gate.Guardrails() }

// guardMetrics are the metrics behind the guardrails' names.
var guardMetrics = map[string]Metric{"refusal": RefusalRight, "citations": CitationsValid, "cost": Tokens, "latency": Seconds}

// guards watch, along an entry, over what the score does not measure.
type guards struct {
	rails   []gate.Guardrail
	watches []*gate.Watch
}

// watch opens the guardrails of an entry of so many clusters.
func watch(rails []gate.Guardrail, clusters int) (*guards, error) {
	g := &guards{rails: rails}
	for _, r := range rails {
		if _, ok := guardMetrics[r.Name]; !ok {
			return nil, fmt.Errorf("guardrail %q measures nothing: it is refusal, citations, cost or latency", r.Name)
		}
		w, err := r.Watch(clusters)
		if err != nil {
			return nil, err
		}
		g.watches = append(g.watches, w)
	}
	return g, nil
}

// observe takes a cluster's results under both prompts.
func (g *guards) observe(champion, candidate []Result) error {
	for i, r := range g.rails {
		m := guardMetrics[r.Name]
		var pairs []gate.Pair
		for j := range champion {
			pairs = append(pairs, gate.Pair{Champion: guarded(champion[j], m), Candidate: guarded(candidate[j], m)})
		}
		if _, err := g.watches[i].Observe(pairs); err != nil {
			return err
		}
	}
	return nil
}

// held tells whether all of them have held: what a promotion wants.
func (g *guards) held() bool {
	for _, w := range g.watches {
		if w.Finding().Result != gate.Held {
			return false
		}
	}
	return true
}

// futile tells whether one of them is broken or has no chance left.
func (g *guards) futile() bool {
	for _, w := range g.watches {
		if w.Futile() {
			return true
		}
	}
	return false
}

func (g *guards) findings() []gate.Finding {
	var out []gate.Finding
	for _, w := range g.watches {
		out = append(out, w.Finding())
	}
	return out
}

// over tells whether an entry need not go on. One that is convinced of the
// score goes on until its guardrails are settled, too.
func (g *guards) over(entry *gate.Entry) bool {
	if g.futile() || entry.Futile() {
		return true
	}
	return entry.State().Verdict == gate.Promoted && g.held()
}

// guarded is a result's value, NaN if it has none: one that refused has no
// wrong citations, one that failed took no time that could be praised.
func guarded(r Result, m Metric) float64 {
	v, ok := r.mean(m)
	switch {
	case ok:
		return v
	case m == CitationsValid:
		return 1
	}
	return math.NaN()
}
