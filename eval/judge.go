package eval

import (
	"context"

	"github.com/honehq/hone/agent"
)

// Judge grades answers by the rubric. It is safe for concurrent use.
type Judge interface {
	Describe() JudgeInfo
	// Grade grades an answer of a run that did not fail. An error means that
	// the judge failed, after what retries it makes; it says nothing about the
	// answer.
	Grade(ctx context.Context, c Case, a agent.Answer) (Grade, error)
}

// JudgeInfo says what a judge is. It goes into certificates.
type JudgeInfo struct {
	Name string `json:"name"` // "deterministic", or the model and the template
	// Exact says that a grade is a function of case and answer, free of a
	// model's opinion, and so needs no calibration.
	Exact bool `json:"exact"`
	// Bias is by how much at most the judge favours candidates, the upper 95 %
	// limit against people's labels given blind to the arm; 0 for an exact one,
	// and for one that was never calibrated.
	Bias float64 `json:"bias,omitempty"`
}

// trusted tells whether the gate may promote by this judge's grades alone.
func (j JudgeInfo) trusted() bool { return j.Exact || j.Bias > 0 }

// Deterministic grades without a model: a fact is stated if the answer
// contains one of its strings.
type Deterministic struct{}

var _ Judge = Deterministic{}

// Describe implements Judge.
func (Deterministic) Describe() JudgeInfo { return JudgeInfo{Name: "deterministic", Exact: true} }

// Grade implements Judge. It never fails.
func (Deterministic) Grade(_ context.Context, c Case, a agent.Answer) (Grade, error) {
	if g, ok := settled(c, a); ok {
		return g, nil
	}
	return assess(c, a, stated(c, a)), nil
}
