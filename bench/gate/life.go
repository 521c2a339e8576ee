package main

import (
	"encoding/json"
	"math"
	"math/rand/v2"

	"github.com/honehq/hone/eval/gate"
)

// rounds are how many rounds an agent lives through.
const rounds = 200

// world is what an agent and its candidates are like.
type world struct {
	clusters  int
	questions int     // per cluster
	repeats   int     // answers per question and prompt
	gains     float64 // share of candidates that are better by 20 points
	favour    float64 // by which the judge favours candidates
	judgeFail float64 // share of questions on which the judge fails
	proposer  proposer
	reuse     reuse
	apart     bool // wrong: each question is bet on as if it were a cluster
}

// reuse is when fresh sealed cases are drawn.
type reuse int

const (
	untilPromotion reuse = iota // as Hone does, with the champion's scores
	never                       // one fixed holdout
	freshEachRound              // what the simple rules are given, to be fair
)

// proposer makes candidates.
type proposer int

const (
	blind   proposer = iota // each candidate is new
	learns                  // builds on what was promoted and leaves what was rejected
	leaking                 // wrong: tries several on the sealed cases, and the best one enters
)

// features are what a proposer can change; a cluster gains or loses by each, so
// that over all clusters there are none gains.
const features = 24

// life is one agent: its sealed cases, and the champion's scores on them, which
// are used until the cases retire.
type life struct {
	world
	random   *rand.Rand
	quality  []float64           // by cluster
	champion [][]float64         // scores by cluster and question
	loads    [][features]float64 // how a cluster takes a feature, -1 or 1
	signs    [features]float64   // of the candidate
	best     [features]float64   // what the proposer builds on
}

func (l *life) seal() {
	l.quality = make([]float64, l.clusters)
	l.champion = make([][]float64, l.clusters)
	l.loads = make([][features]float64, l.clusters)
	for c := range l.clusters {
		l.quality[c] = 0.3 + 0.3*l.random.Float64()
		l.champion[c] = make([]float64, l.questions)
		for q := range l.champion[c] {
			l.champion[c][q] = judged(l.random, l.quality[c], l.repeats)
		}
		for f := range features {
			l.loads[c][f] = float64(2*l.random.IntN(2) - 1)
		}
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// propose draws the next candidate's signs.
func (l *life) propose() {
	if l.proposer == learns {
		l.signs = l.best
	}
	for f := range features {
		if l.proposer != learns || l.signs[f] == 0 || l.random.IntN(8) == 0 {
			l.signs[f] = float64(2*l.random.IntN(2) - 1)
		}
	}
}

// hear is what the proposer learns of a round.
func (l *life) hear(promoted bool) {
	l.best = l.signs
	for range 3 * (1 - one(promoted)) { // rejected: away from it
		l.best[l.random.IntN(features)] *= -1
	}
}

// entrant proposes the candidate that enters and returns its differences.
func (l *life) entrant(gain float64) []float64 {
	l.propose()
	d := l.differences(gain)
	if l.proposer == leaking {
		for range tries - 1 {
			l.propose()
			if other := l.differences(gain); mean(other) > mean(d) {
				d = other
			}
		}
	}
	return d
}

// tries is how many candidates a leaking proposer tries.
const tries = 10

// differences scores the candidate on the sealed clusters.
func (l *life) differences(gain float64) []float64 {
	var out []float64
	for c := range l.clusters {
		swing := 0.0
		for f := range features {
			swing += l.signs[f] * l.loads[c][f]
		}
		// Symmetric around 0, and so none on average; cut where quality ends.
		swing = min(max(0.25*swing/math.Sqrt(features), -0.2), 0.2)
		sum := 0.0
		for q := range l.questions {
			d := -1.0
			if l.judgeFail == 0 || l.random.Float64() >= l.judgeFail {
				d = (1-l.favour)*(judged(l.random, l.quality[c]+swing+gain, l.repeats)-l.champion[c][q]) + l.favour
			}
			if l.apart {
				out = append(out, d)
			}
			sum += d
		}
		if !l.apart {
			out = append(out, sum/float64(l.questions))
		}
	}
	return out
}

// fooled plays an agent's life and returns the round, from 1, in which a
// candidate without a gain was promoted first; 0 if none was.
func (w world) fooled(r *rand.Rand, by rule) int {
	l := life{world: w, random: r}
	l.seal()
	for round := 1; round <= rounds; round++ {
		if w.reuse == freshEachRound {
			l.seal()
		}
		gain := 0.0
		if w.gains > 0 && r.Float64() < w.gains {
			gain = 0.2
		}
		promoted := by.promotes(l.entrant(gain))
		if promoted && gain == 0 {
			return round
		}
		l.hear(promoted)
		if promoted && w.reuse == untilPromotion {
			l.seal()
		}
	}
	return 0
}

// crashing is the gate in a process that dies about once an entry, and under a
// person who cancels entries that look bad: those below the wealth they started
// with half-way through. What was stored is all that survives.
type crashing struct {
	byGate
	random *rand.Rand
}

func (g *crashing) promotes(differences []float64) bool {
	entry := must(gate.Open(gate.Terms{Alpha: must(g.ledger.Open()), Clusters: len(differences)}))
	verdict := gate.Rejected
	for i, d := range differences {
		if g.random.IntN(60) == 0 {
			g.ledger, entry = *again(&g.ledger), again(entry)
		}
		state := must(entry.Observe(d))
		if state.Decided() {
			verdict = state.Verdict
			break
		}
		if i == len(differences)/2 && state.E < 1 && g.random.IntN(2) == 0 {
			verdict = gate.Cancelled
			break
		}
	}
	if err := g.ledger.Close(verdict); err != nil {
		panic(err)
	}
	return verdict == gate.Promoted
}

// again is what a new process reads of what an old one stored.
func again[T any](v *T) *T {
	read := new(T)
	if err := json.Unmarshal(must(json.Marshal(v)), read); err != nil {
		panic(err)
	}
	return read
}

// guarded is the gate with guardrails on, for candidates that are no worse by
// them.
type guarded struct {
	byGate
	random *rand.Rand
}

func (g *guarded) promotes(differences []float64) bool {
	won := play(gate.Terms{Alpha: must(g.ledger.Open()), Clusters: len(differences)}, differences, drawn(harmless(g.random), len(differences)), goOn)
	verdict := gate.Rejected
	if won {
		verdict = gate.Promoted
	}
	if err := g.ledger.Close(verdict); err != nil {
		panic(err)
	}
	return won
}
