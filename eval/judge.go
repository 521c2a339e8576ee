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

// JudgeInfo says what a judge is, and how far it is trusted. It goes into
// certificates.
type JudgeInfo struct {
	Name     string `json:"name"`               // "deterministic", or the model and the template
	Provider string `json:"provider,omitempty"` // the host that serves the model
	// Exact says that a grade is a function of case and answer, free of a
	// model's opinion, and so needs no calibration.
	Exact bool `json:"exact"`
	// Calibrated says that people's labels, given blind to the arm, stand
	// behind Bias: by how much at most the judge favours candidates, the upper
	// 95 % limit, or 0 if that is lower.
	Calibrated bool    `json:"calibrated,omitempty"`
	Bias       float64 `json:"bias,omitempty"`
	// Untrusted says in words why a person must decide though the judge is
	// calibrated, such as that it has drifted. Empty: nothing is known against it.
	Untrusted string `json:"untrusted,omitempty"`
}

// trusted tells whether the gate may promote by this judge's grades alone.
func (j JudgeInfo) trusted() bool { return j.doubt() == "" }

// doubt says why a person must decide; nothing speaks for it if it is empty.
func (j JudgeInfo) doubt() string {
	switch {
	case j.Exact:
		return ""
	case j.Untrusted != "":
		return j.Untrusted
	case !j.Calibrated:
		return "the judge is a model that was not calibrated"
	}
	return ""
}

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
	s := readAnswer(c, a)
	return assess(c, a, func() bool { return s.grounded(c, a) }, stated(s)), nil
}
