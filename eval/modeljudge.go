package eval

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/openai/openai-go/v3"

	"github.com/honehq/hone/agent"
)

// ModelJudgeConfig configures a ModelJudge.
type ModelJudgeConfig struct {
	Client openai.Client
	Model  string
	// Exact says that the model is none, but the offline rules.
	Exact   bool
	Bias    float64 // as calibrated, see JudgeInfo
	Retries int     // after a failure; 0 means 2, below 0 none
}

// ModelJudge lets a language model decide which facts an answer states, over
// the Responses API. All other checks stay deterministic, and answers that are
// none never reach the model. The score is ours to add up.
type ModelJudge struct {
	model model
	info  JudgeInfo
}

var _ Judge = (*ModelJudge)(nil)

//go:embed templates/judge.md
var judgeTemplate string

// judgeVersion names the template.
const judgeVersion = "hone.judge/1"

// NewModelJudge returns a judge.
func NewModelJudge(c ModelJudgeConfig) (*ModelJudge, error) {
	if c.Model == "" {
		return nil, errors.New("judge: no model is set")
	}
	if c.Bias < 0 || c.Bias >= 1 {
		return nil, fmt.Errorf("judge %s: the bias %v is not in [0, 1)", c.Model, c.Bias)
	}
	return &ModelJudge{
		model: model{c.Client, c.Model, max(cmp.Or(c.Retries, 2), 0)},
		info:  JudgeInfo{Name: c.Model + " " + judgeVersion, Exact: c.Exact, Bias: c.Bias},
	}, nil
}

// Describe implements Judge.
func (j *ModelJudge) Describe() JudgeInfo { return j.info }

// gradeRequest is what the model gets.
type gradeRequest struct {
	Question     string       `json:"question"`
	Status       agent.Status `json:"status"`
	Answer       string       `json:"answer"`
	Expected     string       `json:"expected"`
	Nuggets      []Nugget     `json:"nuggets"`
	Unanswerable bool         `json:"unanswerable"`
	Checks       []gradeCheck `json:"checks"`
}

type gradeCheck struct {
	ID       string `json:"id"`
	Question string `json:"question"`
}

// gradeReply is what it says.
type gradeReply struct {
	Checks []struct {
		ID     string `json:"id"`
		Pass   *bool  `json:"pass"`
		Reason string `json:"reason"`
	} `json:"checks"`
}

// Grade implements Judge.
func (j *ModelJudge) Grade(ctx context.Context, c Case, a agent.Answer) (Grade, error) {
	if g, ok := settled(c, a); ok {
		return g, nil
	}
	vital := c.vital()
	if len(vital) == 0 {
		return assess(c, a, nil), nil
	}
	var pass []bool
	var reasons []string
	err := j.model.ask(ctx, gradeDialogue(c, a, vital), func(object json.RawMessage) (err error) {
		pass, reasons, err = readGrade(object, len(vital))
		return err
	})
	if err != nil {
		return Grade{}, err
	}
	return assess(c, a, func([]Nugget) ([]bool, []string) { return pass, reasons }), nil
}

func gradeDialogue(c Case, a agent.Answer, vital []Nugget) dialogue {
	q := gradeRequest{Question: c.Question, Status: a.Status, Answer: plain(a.Answer), Expected: c.Answer, Nuggets: vital}
	for i, n := range vital {
		q.Checks = append(q.Checks, gradeCheck{nuggetID(i), "Does the answer state this fact: " + n.Text})
	}
	check := object(map[string]any{"id": ofType("string"), "pass": ofType("boolean"), "reason": ofType("string")}, "id", "pass", "reason")
	return dialogue{
		format: "hone_grade", instructions: judgeTemplate, input: q,
		schema: object(map[string]any{"checks": map[string]any{"type": "array", "items": check}}, "checks"),
	}
}

// readGrade takes a reply that decides each of n checks exactly once.
func readGrade(object json.RawMessage, n int) (pass []bool, reasons []string, err error) {
	var reply gradeReply
	if err := json.Unmarshal(object, &reply); err != nil {
		return nil, nil, err
	}
	if len(reply.Checks) != n {
		return nil, nil, fmt.Errorf("the reply decides %d checks of %d", len(reply.Checks), n)
	}
	number := map[string]int{}
	for i := range n {
		number[nuggetID(i)] = i
	}
	pass, reasons = make([]bool, n), make([]string, n)
	for _, c := range reply.Checks {
		i, ok := number[c.ID]
		if !ok || c.Pass == nil {
			return nil, nil, errors.New("the reply names an unknown check, or one twice, or does not decide one")
		}
		delete(number, c.ID)
		pass[i], reasons[i] = *c.Pass, cut(c.Reason, 500)
	}
	return pass, reasons, nil
}
