package eval_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/openresponses/offline"
	"github.com/honehq/hone/prompts"
)

// The offline model as judge, asked over the protocol, agrees with the
// deterministic grader.
func TestTheOfflineJudgeAgrees(t *testing.T) {
	judge, err := eval.NewModelJudge(eval.ModelJudgeConfig{Client: offlineClient(t), Model: offline.Name, Exact: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []agent.Answer{
		says("Run helm rollback checkout within ten minutes. [1]", "runbooks/rollback.md"),
		says("Run **helm rollback checkout** at once. [1]", "runbooks/rollback.md"),
		says("Nothing of it is in here. [1]", "runbooks/rollback.md"),
		says("Wait for 10 minutes, then look again. [1]", "other.md"),
		says("Nothing. [1]", "other.md"),
		refused,
	} {
		want, err := eval.Deterministic{}.Grade(t.Context(), rollback, a)
		if err != nil {
			t.Fatal(err)
		}
		got, err := judge.Grade(t.Context(), rollback, a)
		if err != nil {
			t.Fatal(err)
		}
		type verdict struct {
			ID   string
			Pass bool
		}
		plain := func(g eval.Grade) (out []verdict) {
			for _, c := range g.Checks {
				out = append(out, verdict{c.ID, c.Pass})
			}
			return out
		}
		if diff := cmp.Diff(plain(want), plain(got)); diff != "" || want.Score != got.Score {
			t.Errorf("%q: score %v, want %v\n%s", a.Answer, got.Score, want.Score, diff)
		}
	}
}

const passBoth = `{"checks":[{"id":"nugget1","pass":true,"reason":"yes"},{"id":"nugget0","pass":true,"reason":"yes"}]}`

func TestJudgeReplies(t *testing.T) {
	answer := says("Undo the release with helm, in ten times sixty seconds, not minutes. [1]", "runbooks/rollback.md")
	for name, tc := range map[string]struct {
		reply string
		ok    bool
	}{
		"plain":            {passBoth, true},
		"fenced":           {"```json\n" + passBoth + "\n```", true},
		"prose around":     {"Let me think {about it}. Here it is:\n" + passBoth + "\nI hope {that} helps.", true},
		"draft first":      {`{"checks":[]}` + "\nNo, rather: " + passBoth, true},
		"no JSON":          {"All checks pass.", false},
		"one missing":      {`{"checks":[{"id":"nugget0","pass":true,"reason":""}]}`, false},
		"one twice":        {`{"checks":[{"id":"nugget0","pass":true},{"id":"nugget0","pass":true}]}`, false},
		"unknown":          {`{"checks":[{"id":"nugget0","pass":true},{"id":"nugget2","pass":true}]}`, false},
		"undecided":        {`{"checks":[{"id":"nugget0","pass":true},{"id":"nugget1"}]}`, false},
		"score of its own": {`{"score": 1}`, false},
		"cut off":          {passBoth[:40], false},
	} {
		t.Run(name, func(t *testing.T) {
			client, _, requests := replies(t, tc.reply)
			judge, err := eval.NewModelJudge(eval.ModelJudgeConfig{Client: client, Model: "m", Retries: -1})
			if err != nil {
				t.Fatal(err)
			}
			g, err := judge.Grade(t.Context(), rollback, answer)
			if tc.ok && (err != nil || g.Score != 1) {
				t.Errorf("score %v, %v: %+v", g.Score, err, g.Checks)
			}
			if !tc.ok && err == nil {
				t.Errorf("taken: %+v", g)
			}
			if text, _ := (*requests)[0]["text"].(map[string]any); text["format"].(map[string]any)["name"] != "hone_grade" {
				t.Errorf("request %v", (*requests)[0])
			}
		})
	}
}

func TestJudgeIsAskedAgain(t *testing.T) {
	client, n, _ := replies(t, "", "hm", passBoth)
	judge, err := eval.NewModelJudge(eval.ModelJudgeConfig{Client: client, Model: "m"})
	if err != nil {
		t.Fatal(err)
	}
	answer := says("Use helm for it, for some minutes. [1]", "runbooks/rollback.md")
	if g, err := judge.Grade(t.Context(), rollback, answer); err != nil || g.Score != 1 || n.Load() != 3 {
		t.Errorf("score %v after %d tries, %v", g.Score, n.Load(), err)
	}
	client, n, _ = replies(t, "")
	if judge, err = eval.NewModelJudge(eval.ModelJudgeConfig{Client: client, Model: "m", Retries: 1}); err != nil {
		t.Fatal(err)
	}
	_, err = judge.Grade(t.Context(), rollback, answer)
	if err == nil || n.Load() != 2 || strings.Contains(err.Error(), "secret") {
		t.Errorf("%d tries: %v", n.Load(), err)
	}
	if _, err := judge.Grade(t.Context(), rollback, says(":")); err != nil || n.Load() != 2 {
		t.Errorf("an answer without citations reached the model: %v", err)
	}
}

// A judge that fails for good counts against the candidate, and is no reason to
// end an evaluation.
func TestAFailedJudgeIsNoGrade(t *testing.T) {
	e := eval.Evaluator{Judge: brokenJudge{}, Frozen: eval.Frozen{Runner: fixed(says("x [1]", "y"))}}
	got, err := e.Run(t.Context(), prompts.Prompt{}, eval.Clustered([]eval.Case{rollback}))
	if err != nil {
		t.Fatal(err)
	}
	if a := got.Results[0].Answers[0]; !a.JudgeFailed || a.Failed {
		t.Errorf("graded %+v", a)
	}
	r := got.Report()
	if _, ok := r.Rows[0].Figure(eval.MetricScore); ok || r.JudgeLost != 1 {
		t.Errorf("report %+v", r)
	}
}

type brokenJudge struct{ eval.Deterministic }

func (brokenJudge) Grade(context.Context, eval.Case, agent.Answer) (eval.Grade, error) {
	return eval.Grade{}, errors.New("no judge today")
}
