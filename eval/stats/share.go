package stats

import (
	"fmt"

	"gonum.org/v1/gonum/stat/distuv"
)

// ClopperPearson returns the exact two-sided interval for a share, given
// successes out of trials independent trials (C. J. Clopper and E. S. Pearson,
// Biometrika 26 (1934), 404-413, through quantiles of the beta distribution).
// Its coverage is at least level, in (0, 1), for every true share. For a
// one-sided limit at confidence c, ask for level 2c - 1 and take one end.
func ClopperPearson(successes, trials int, level float64) (low, high float64, err error) {
	if trials < 1 || successes < 0 || successes > trials || !(level > 0 && level < 1) {
		return 0, 0, fmt.Errorf("interval for %d of %d at level %v: out of range", successes, trials, level)
	}
	tail := (1 - level) / 2
	hits, misses := float64(successes), float64(trials-successes)
	low, high = 0, 1
	if successes > 0 {
		low = distuv.Beta{Alpha: hits, Beta: misses + 1}.Quantile(tail)
	}
	if successes < trials {
		high = distuv.Beta{Alpha: hits + 1, Beta: misses}.Quantile(1 - tail)
	}
	return low, high, nil
}
