package gate

import (
	"errors"
	"fmt"
)

// JudgeFailed is what a case counts as whose judge failed after its retries:
// the worst there is for the candidate. Leaving the case out instead would be
// valid only if the judge failed equally often for both prompts.
const JudgeFailed = -1.0

// Case is one sealed case as judged under both prompts.
type Case struct {
	Champion  []float64 // scores in [0, 1], one per repeat; a failed answer is 0
	Candidate []float64 // likewise; the number of repeats may differ
	// JudgeFailed says that the judge failed for either prompt. The case then
	// counts as the constant JudgeFailed and its scores are not looked at.
	JudgeFailed bool
}

// Difference returns what a document cluster adds to an entry: the mean over
// its cases of mean candidate score minus mean champion score, in [-1, 1].
// Questions about the same documents are not independent, so a cluster is one
// bet however many cases it has.
func Difference(cluster []Case) (float64, error) {
	if len(cluster) == 0 {
		return 0, errors.New("difference: cluster without cases")
	}
	var sum float64
	for i, c := range cluster {
		d, err := c.difference()
		if err != nil {
			return 0, fmt.Errorf("difference: case %d: %w", i, err)
		}
		sum += d
	}
	return clip(sum / float64(len(cluster))), nil
}

func (c Case) difference() (float64, error) {
	if c.JudgeFailed {
		return JudgeFailed, nil
	}
	candidate, err := meanScore(c.Candidate)
	if err != nil {
		return 0, fmt.Errorf("candidate: %w", err)
	}
	champion, err := meanScore(c.Champion)
	if err != nil {
		return 0, fmt.Errorf("champion: %w", err)
	}
	return candidate - champion, nil
}

func meanScore(scores []float64) (float64, error) {
	if len(scores) == 0 {
		return 0, errors.New("no scores")
	}
	var sum float64
	for _, s := range scores {
		if !(s >= 0 && s <= 1) {
			return 0, fmt.Errorf("score %v is not in [0, 1]", s)
		}
		sum += s
	}
	return sum / float64(len(scores)), nil
}

// clip keeps rounding from leaving [-1, 1].
func clip(d float64) float64 { return min(max(d, -1), 1) }
