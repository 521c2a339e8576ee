package gate

import (
	"errors"
	"fmt"
	"math/rand/v2"
)

// Effect is an assumption about a candidate: how the differences of clusters
// would be distributed if its gain were Gain.
type Effect struct {
	Gain float64                    // the mean of Draw
	Draw func(r *rand.Rand) float64 // one cluster's difference, in [-1, 1]
}

// ThreePoint assumes that a share of clusters, changed, differs between the
// prompts, each by 1 in one direction or the other, and that the mean is gain.
// It has the most variance that differences with this changed share can have,
// and needs no data. It takes |gain| ≤ changed ≤ 1.
func ThreePoint(gain, changed float64) (Effect, error) {
	if !(changed >= 0 && changed <= 1) || !(gain >= -changed && gain <= changed) {
		return Effect{}, fmt.Errorf("effect: gain %v with %v of clusters changed is impossible", gain, changed)
	}
	better := (changed + gain) / 2
	return Effect{Gain: gain, Draw: func(r *rand.Rand) float64 {
		switch u := r.Float64(); {
		case u < better:
			return 1
		case u < changed:
			return -1
		default:
			return 0
		}
	}}, nil
}

// Empirical assumes the spread of differences that were measured elsewhere,
// such as on dev, moved so that their mean is gain in (-1, 1); what would leave
// [-1, 1] is cut off, and the shift makes up for it. Only the spread is taken
// from the data: its mean is that of a candidate chosen for it, and too good.
// At least two of the differences must differ.
func Empirical(differences []float64, gain float64) (Effect, error) {
	if !(gain > -1 && gain < 1) {
		return Effect{}, fmt.Errorf("effect: gain %v is not in (-1, 1)", gain)
	}
	varied := false
	for i, d := range differences {
		if !(d >= -1 && d <= 1) {
			return Effect{}, fmt.Errorf("effect: difference %d is %v, not in [-1, 1]", i, d)
		}
		varied = varied || d != differences[0]
	}
	if !varied {
		return Effect{}, errors.New("effect: the differences show no spread")
	}
	moved := moveTo(differences, gain)
	return Effect{Gain: gain, Draw: func(r *rand.Rand) float64 {
		return moved[r.IntN(len(moved))]
	}}, nil
}

// moveTo shifts and clips differences so that their mean is gain, by bisection
// on the shift: the mean rises with it, from -1 at -2 to 1 at 2.
func moveTo(differences []float64, gain float64) []float64 {
	moved := make([]float64, len(differences))
	low, high := -2.0, 2.0
	for range 60 {
		shift := (low + high) / 2
		var sum float64
		for i, d := range differences {
			moved[i] = clip(d + shift)
			sum += moved[i]
		}
		if sum < gain*float64(len(differences)) {
			low = shift
		} else {
			high = shift
		}
	}
	return moved
}
