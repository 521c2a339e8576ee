package calibrate

import (
	"context"
	"errors"
	"io/fs"

	"github.com/honehq/hone/eval"
)

// Report is how far a judge is trusted, and why.
type Report struct {
	Judge       eval.JudgeInfo `json:"judge"`
	Auto        bool           `json:"auto"` // promotions by its grades do without a person
	Calibration *Calibration   `json:"calibration,omitempty"`
}

// Show reports what is known of a judge, without asking it.
func Show(ctx context.Context, store Store, agent string, j eval.JudgeInfo) (Report, error) {
	if j.Exact {
		return Report{Judge: j, Auto: true}, nil
	}
	c, err := Find(ctx, store, agent, j)
	if errors.Is(err, fs.ErrNotExist) {
		j.Untrusted = uncalibrated
		return Report{Judge: j}, nil
	}
	return c.Report(j), err
}

// Report is what the calibration makes of its judge.
func (c *Calibration) Report(j eval.JudgeInfo) Report {
	j = c.Standing(j)
	return Report{Judge: j, Auto: j.Untrusted == "", Calibration: c}
}
