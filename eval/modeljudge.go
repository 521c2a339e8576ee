package eval

import (
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/openai/openai-go/v3"

	"github.com/honehq/hone/agent"
)

// ModelJudgeConfig configures a ModelJudge.
type ModelJudgeConfig struct {
	Client openai.Client
	Model  string
	// Provider is the host that serves the model: the same name elsewhere is
	// another judge.
	Provider string
	// Exact says that the model is none, but the offline rules.
	Exact   bool
	Retries int // after a failure; 0 means 2, below 0 none
}

// ModelJudge lets a language model decide which facts an answer states, over
// the Responses API. All other checks stay deterministic, and answers that are
// none never reach the model. The score is ours to add up.
//
// Of each fact the model sees the few sentences that might state it, without
// styling, citations, praise and padding, see neutral; facts that no sentence
// has a word of are not stated and not asked about. Facts come in an order
// drawn by case, the same for every answer to it. Nothing tells which prompt
// the answer comes from.
//
// What that leaves to chance: a tone within a sentence, the choice of words, the
// language, and the order and length of the sentences that are about one fact.
type ModelJudge struct {
	model model
	info  JudgeInfo
}

var _ Judge = (*ModelJudge)(nil)

//go:embed templates/judge.md
var judgeTemplate string

// judgeVersion names the template and what is shown with it.
const judgeVersion = "hone.judge/2"

// NewModelJudge returns a judge.
func NewModelJudge(c ModelJudgeConfig) (*ModelJudge, error) {
	if c.Model == "" {
		return nil, errors.New("judge: no model is set")
	}
	return &ModelJudge{
		model: model{c.Client, c.Model, max(cmp.Or(c.Retries, 2), 0)},
		info:  JudgeInfo{Name: c.Model + " " + judgeVersion, Provider: c.Provider, Exact: c.Exact},
	}, nil
}

// Describe implements Judge.
func (j *ModelJudge) Describe() JudgeInfo { return j.info }

// gradeRequest is what the model gets.
type gradeRequest struct {
	Question string       `json:"question"`
	Expected string       `json:"expected"`
	Checks   []gradeCheck `json:"checks"`
}

type gradeCheck struct {
	ID        string   `json:"id"`
	Question  string   `json:"question"`
	Wordings  []string `json:"wordings"`
	Sentences []string `json:"sentences"`
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
	s := readAnswer(c, a)
	decided := map[string]decision{}
	if checks := gradeChecks(c, s); len(checks) > 0 {
		err := j.model.ask(ctx, gradeDialogue(c, checks), func(object json.RawMessage) (err error) {
			decided, err = readGrade(object, checks)
			return err
		})
		if err != nil {
			return Grade{}, err
		}
	}
	return assess(c, a, func() bool { return s.grounded(c, a) }, func(nuggets []Nugget) (pass []bool, reasons []string) {
		for i, n := range nuggets {
			d, asked := decided[nuggetID(i)]
			if !asked {
				d.reason = "The answer lacks: " + n.Text
			}
			pass, reasons = append(pass, d.pass), append(reasons, d.reason)
		}
		return pass, reasons
	}), nil
}

// decision is what the model said of a check.
type decision struct {
	pass   bool
	reason string
}

// gradeChecks are the facts that the answer might state, in the case's order.
func gradeChecks(c Case, s said) []gradeCheck {
	var checks []gradeCheck
	vital := c.vital()
	for _, i := range order(c.ID, len(vital)) {
		if sentences := s.about(vital[i]); len(sentences) > 0 {
			check := gradeCheck{ID: nuggetID(i), Question: "Do these sentences state this fact: " + vital[i].Text, Sentences: sentences}
			for _, w := range vital[i].AnyOf {
				check.Wordings = append(check.Wordings, bare(w))
			}
			checks = append(checks, check)
		}
	}
	return checks
}

// order draws the order of n facts, always the same for a case.
func order(id string, n int) []int {
	sum := sha256.Sum256([]byte(id))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:]), 0)).Perm(n)
}

func gradeDialogue(c Case, checks []gradeCheck) dialogue {
	check := object(map[string]any{"id": ofType("string"), "pass": ofType("boolean"), "reason": ofType("string")}, "id", "pass", "reason")
	return dialogue{
		format: "hone_grade", instructions: judgeTemplate, input: gradeRequest{c.Question, c.Answer, checks},
		schema: object(map[string]any{"checks": map[string]any{"type": "array", "items": check}}, "checks"),
	}
}

// readGrade takes a reply that decides each check exactly once.
func readGrade(object json.RawMessage, checks []gradeCheck) (map[string]decision, error) {
	var reply gradeReply
	if err := json.Unmarshal(object, &reply); err != nil {
		return nil, err
	}
	if len(reply.Checks) != len(checks) {
		return nil, fmt.Errorf("the reply decides %d checks of %d", len(reply.Checks), len(checks))
	}
	open := map[string]bool{}
	for _, c := range checks {
		open[c.ID] = true
	}
	decided := map[string]decision{}
	for _, c := range reply.Checks {
		if !open[c.ID] || c.Pass == nil {
			return nil, errors.New("the reply names an unknown check, or one twice, or does not decide one")
		}
		delete(open, c.ID)
		decided[c.ID] = decision{*c.Pass, cut(c.Reason, 500)}
	}
	return decided, nil
}
