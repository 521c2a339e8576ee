package gate

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/honehq/hone/eval/stats"
)

// Simulation says how long to simulate. The same seed gives the same answer.
type Simulation struct {
	Histories int // entries simulated; 0 means 2,000
	Seed      uint64
}

// Estimate is the chance that an entry promotes a candidate with this gain.
type Estimate struct {
	Gain        float64 `json:"gain"`
	Probability float64 `json:"probability"`
	// Low and High are the 95 % limits of Probability that the number of
	// simulated entries leaves (Clopper-Pearson).
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Power simulates entries on these terms and returns the share that promote
// when the candidate's differences are distributed like effect. It spends
// nothing, and takes well under a microsecond per cluster and history.
func Power(terms Terms, effect Effect, sim Simulation) (Estimate, error) {
	if sim.Histories == 0 {
		sim.Histories = 2000
	}
	if sim.Histories < 0 {
		return Estimate{}, fmt.Errorf("power: %d histories", sim.Histories)
	}
	if effect.Draw == nil {
		return Estimate{}, errors.New("power: effect without Draw")
	}
	random := rand.New(rand.NewPCG(sim.Seed, 0x706f776572))
	promoted := 0
	for range sim.Histories {
		verdict, err := runEntry(terms, effect, random)
		if err != nil {
			return Estimate{}, fmt.Errorf("power: %w", err)
		}
		if verdict == Promoted {
			promoted++
		}
	}
	low, high, err := stats.ClopperPearson(promoted, sim.Histories, 0.95)
	if err != nil {
		return Estimate{}, fmt.Errorf("power: %w", err)
	}
	share := float64(promoted) / float64(sim.Histories)
	return Estimate{Gain: effect.Gain, Probability: share, Low: low, High: high}, nil
}

// runEntry draws differences until the entry is decided.
func runEntry(terms Terms, effect Effect, random *rand.Rand) (Verdict, error) {
	entry, err := Open(terms)
	if err != nil {
		return "", err
	}
	state := entry.State()
	for !state.Decided() {
		if state, err = entry.Observe(effect.Draw(random)); err != nil {
			return "", err
		}
	}
	return state.Verdict, nil
}
