package eval

import (
	"context"
	"fmt"
)

// Trust tells how far an agent's judge is to be trusted.
type Trust interface {
	// Standing returns what the judge says of itself, with Calibrated, Bias and
	// Untrusted as people's labels and a look at what it says today have them.
	// It is asked when the work on a round begins or goes on, and may ask the
	// judge. That the judge can't be reached is no error but a doubt.
	Standing(ctx context.Context, agent string, j Judge) (JudgeInfo, error)
}

// vouched is a judge with its standing.
type vouched struct {
	Judge
	info JudgeInfo
}

// Describe implements Judge.
func (v vouched) Describe() JudgeInfo { return v.info }

// vouch asks how far the judge is trusted.
func (im *Improver) vouch(ctx context.Context, agent string) (Judge, error) {
	if im.cfg.Trust == nil || im.cfg.Judge.Describe().Exact {
		return im.cfg.Judge, nil
	}
	info, err := im.cfg.Trust.Standing(ctx, agent, im.cfg.Judge)
	if err != nil {
		return nil, fmt.Errorf("standing of the judge: %w", err)
	}
	return vouched{im.cfg.Judge, info}, nil
}
