package main

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// scenario is a world in which no candidate is better, and who decides there.
type scenario struct {
	name  string
	world world
	rules []contender
}

// contender is a rule with its name. Wrong ones are there to show that the
// simulation notices.
type contender struct {
	name  string
	make  func(r *rand.Rand) rule
	reuse *reuse
	ours  bool
	wrong bool
}

// nullRow is how often a rule ever promoted a candidate that is no better.
type nullRow struct {
	scenario, rule string
	ours, wrong    bool
	ever           share
	by             []float64 // share of histories by each round
}

func simple(name string, r rule, when reuse) contender {
	return contender{name: name, make: func(*rand.Rand) rule { return r }, reuse: &when}
}

func theGate() contender {
	return contender{name: gateName, make: func(*rand.Rand) rule { return &byGate{} }, ours: true}
}

const (
	gateName    = "gate"
	meanName    = "mean went up"
	tName       = "t-test each round, p < 0.05"
	mixName     = "plain mixture, same account"
	holdoutName = "fixed holdout, t-test"
)

func scenarios() []scenario {
	plain := world{clusters: 60, questions: 1, repeats: 3, proposer: blind}
	with := func(change func(*world)) world {
		w := plain
		change(&w)
		return w
	}
	others := func(peeks bool) []contender {
		return []contender{
			simple(meanName, byMean{peeks}, freshEachRound),
			simple(tName, byTest{0.05, peeks}, freshEachRound),
			{name: mixName, make: func(*rand.Rand) rule { return &byMixture{} }},
			simple(holdoutName, byTest{0.05, peeks}, never),
		}
	}
	const favour = 0.03
	clustered := with(func(w *world) { w.questions = 5 })
	return []scenario{
		{"one look at the end, noisy judge", plain, append([]contender{theGate()}, others(false)...)},
		{"peeking after each cluster", plain, append([]contender{theGate()}, others(true)...)},
		{"a proposer that learns from the verdicts", with(func(w *world) { w.proposer = learns }), append([]contender{theGate()}, others(true)...)},
		{"the best of ten on the sealed cases enters", with(func(w *world) { w.proposer = leaking }), []contender{
			{name: gateName, make: func(*rand.Rand) rule { return &byGate{} }, wrong: true},
		}},
		{"five questions per cluster", clustered, append([]contender{theGate()}, others(true)...)},
		{"the same, each question a bet", with(func(w *world) { w.questions, w.apart = 5, true }), []contender{
			{name: gateName, make: func(*rand.Rand) rule { return &byGate{} }, wrong: true},
		}},
		{"one answer per question", with(func(w *world) { w.repeats = 1 }), append([]contender{theGate()}, others(true)...)},
		{"true gains now and then, α comes back", with(func(w *world) { w.gains = 0.3 }), append([]contender{theGate()}, others(true)...)},
		{"a judge that favours candidates by 3 points, 150 clusters", with(func(w *world) { w.favour, w.clusters = favour, 150 }), append([]contender{
			{name: "gate, δ = 3 points", make: func(*rand.Rand) rule { return &byGate{bias: favour} }, ours: true},
			{name: "gate, δ = 0", make: func(*rand.Rand) rule { return &byGate{} }, wrong: true},
		}, others(true)...)},
		{"a judge that fails on 5 % of the questions", with(func(w *world) { w.judgeFail = 0.05 }), []contender{theGate()}},
		{"crashes, resumes and cancelled entries", plain, []contender{
			{name: gateName, make: func(r *rand.Rand) rule { return &crashing{random: r} }, ours: true},
		}},
		{"guardrails on", plain, []contender{
			{name: gateName, make: func(r *rand.Rand) rule { return &guarded{random: r} }, ours: true},
		}},
	}
}

// nulls plays all scenarios.
func (b bench) nulls(start time.Time) []nullRow {
	var out []nullRow
	for _, s := range scenarios() {
		for _, c := range s.rules {
			out = append(out, b.null(s, c))
		}
		b.say("  "+s.name, start)
	}
	return out
}

func (b bench) null(s scenario, c contender) nullRow {
	w := s.world
	if c.reuse != nil {
		w.reuse = *c.reuse
	}
	firsts := each(b, fmt.Sprint("null ", s.name, "/", c.name), b.histories, func(r *rand.Rand) int {
		return w.fooled(r, c.make(r))
	})
	row := nullRow{scenario: s.name, rule: c.name, ours: c.ours, wrong: c.wrong, ever: share{of: b.histories}, by: make([]float64, rounds+1)}
	for _, first := range firsts {
		if first == 0 {
			continue
		}
		row.ever.hits++
		for round := first; round <= rounds; round++ {
			row.by[round] += 1 / float64(b.histories)
		}
	}
	return row
}
