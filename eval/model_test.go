package eval_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/internal/inprocess"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/openresponses/offline"
	"github.com/honehq/hone/prompts"
)

// offlineClient reaches the offline model through the engine.
func offlineClient(t *testing.T) openai.Client {
	t.Helper()
	engine, err := openresponses.New(openresponses.Config{Models: []openresponses.Model{{Name: offline.Name, Completer: offline.New()}}})
	if err != nil {
		t.Fatal(err)
	}
	return openai.NewClient(option.WithBaseURL("http://hone.test/v1"), option.WithAPIKey("none"),
		option.WithHTTPClient(&http.Client{Transport: inprocess.Transport{Handler: engine}}))
}

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

// replies serves one reply after the other; an empty one is a status of 500.
func replies(t *testing.T, texts ...string) (openai.Client, *atomic.Int64, *[]map[string]any) {
	t.Helper()
	var n atomic.Int64
	var requests []map[string]any
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		requests = append(requests, body)
		text := texts[min(int(n.Add(1))-1, len(texts)-1)]
		if text == "" {
			http.Error(w, `{"error":{"message":"echo of the secret question"}}`, http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		err := json.NewEncoder(w).Encode(map[string]any{
			"id": "resp_1", "object": "response", "status": "completed", "model": "m",
			"output": []any{map[string]any{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
				"content": []any{map[string]any{"type": "output_text", "text": text, "annotations": []any{}}}}},
		})
		if err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return openai.NewClient(option.WithBaseURL(server.URL+"/v1"), option.WithAPIKey("k"), option.WithMaxRetries(0),
		option.WithHTTPClient(&http.Client{Transport: transport})), &n, &requests
}

const passBoth = `{"checks":[{"id":"nugget1","pass":true,"reason":"yes"},{"id":"nugget0","pass":true,"reason":"yes"}]}`

func TestJudgeReplies(t *testing.T) {
	answer := says("Something else entirely, in other words. [1]", "runbooks/rollback.md")
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
	answer := says("In other words. [1]", "runbooks/rollback.md")
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

// The offline rewriter, asked over the protocol, proposes something else for
// another seed, keeps variables, and reacts to what fails.
func TestTheOfflineRewriter(t *testing.T) {
	rewriter, err := eval.NewReflect(eval.ReflectConfig{Client: offlineClient(t), Model: offline.Name})
	if err != nil {
		t.Fatal(err)
	}
	failures := []eval.Failure{{
		Question: "How do I restart it?", Answer: "Somehow. [1]", Status: "answered",
		Checks: []eval.Check{{ID: "nugget0", Reason: "The answer lacks: the command"}},
	}}
	got := map[string]bool{}
	for seed := range uint64(12) {
		r, err := rewriter.Rewrite(t.Context(), eval.RewriteRequest{
			Prompt: prompts.Prompt{Text: "Answer as of {{ today }}.", Variables: []string{"today"}}, Failures: failures, MaxLength: 1000, Seed: seed + 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(r.Prompt, "{{ today }}") || r.Rationale == "" {
			t.Errorf("proposal %+v", r)
		}
		got[r.Prompt] = true
	}
	if len(got) < 3 {
		t.Errorf("twelve seeds give %d proposals: %v", len(got), got)
	}
}
