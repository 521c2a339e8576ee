package gate_test

import (
	"math/rand/v2"
	"testing"

	"github.com/honehq/hone/eval/gate"
)

// history is one agent's life: rounds against sealed cases that are used again
// until a promotion, with champion scores that are used again too.
type history struct {
	random   *rand.Rand
	clusters int
	ledger   gate.Ledger
	quality  []float64 // of the champion, per sealed cluster
	champion []float64 // its judged scores, kept until the cases retire
}

// seal draws fresh cases and the champion's scores on them.
func (h *history) seal() {
	h.quality, h.champion = make([]float64, h.clusters), make([]float64, h.clusters)
	for c := range h.quality {
		h.quality[c] = 0.2 + 0.4*h.random.Float64()
		h.champion[c] = judged(h.random, h.quality[c], 3)
	}
}

// candidate draws a prompt that does better on some documents and worse on
// others, by gain in the mean over all documents there are, and scores it on
// the sealed ones.
func (h *history) candidate(gain float64) []float64 {
	differences := make([]float64, h.clusters)
	for c := range differences {
		swing := 0.2 * float64(2*h.random.IntN(2)-1)
		differences[c] = judged(h.random, h.quality[c]+swing+gain, 3) - h.champion[c]
	}
	return differences
}

// live plays rounds and reports whether a candidate without a gain was ever
// promoted by the gate, whether one ever would have been because its mean on
// the sealed cases was higher, and how many true gains the gate found.
// trueGains is the share of rounds whose candidate is better by 20 points.
func (h *history) live(t *testing.T, rounds int, trueGains float64) (gateFooled, meanFooled bool, found int) {
	t.Helper()
	h.seal()
	for range rounds {
		gain := 0.0
		if h.random.Float64() < trueGains {
			gain = 0.2
		}
		differences := h.candidate(gain)
		alpha, err := h.ledger.Open()
		if err != nil {
			t.Fatal(err)
		}
		verdict := gate.Rejected
		if promotes(t, alpha, differences) {
			verdict = gate.Promoted
		}
		if err := h.ledger.Close(verdict); err != nil {
			t.Fatal(err)
		}
		meanFooled = meanFooled || gain == 0 && mean(differences) > 0
		if verdict == gate.Promoted {
			gateFooled = gateFooled || gain == 0
			if gain > 0 {
				found++
			}
			h.seal()
		}
	}
	return gateFooled, meanFooled, found
}

// Over 200 rounds on cases that are used again and again, at most one agent in
// twenty may ever see a promotion that is no improvement, whether or not there
// are true improvements on the way whose α comes back.
func TestLifetimeErrorStaysInBudget(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: simulation of whole histories, because of -short")
	}
	const histories, rounds, clusters = 300, 200, 60
	for name, trueGains := range map[string]float64{"no gains": 0, "gains now and then": 0.3} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(17, 18))
			gateFooled, meanFooled, found := 0, 0, 0
			for range histories {
				h := history{random: random, clusters: clusters}
				byGate, byMean, gains := h.live(t, rounds, trueGains)
				if byGate {
					gateFooled++
				}
				if byMean {
					meanFooled++
				}
				found += gains
			}
			mustNotExceed(t, "histories with a false promotion", gateFooled, histories, gate.Budget)
			t.Logf("by the mean alone: %d of %d; true gains found: %d", meanFooled, histories, found)
			if meanFooled < histories*9/10 {
				t.Errorf("going by the mean fooled only %d of %d; this simulation is too easy", meanFooled, histories)
			}
			if trueGains > 0 && found < histories {
				t.Errorf("%d true gains found in %d histories: no refunds to speak of", found, histories)
			}
		})
	}
}
