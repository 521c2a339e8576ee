package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/prompts"
)

// What a server measures tells how things stand from the first look on, and
// keeps what people ask apart from what evaluation does; sealed cases are
// measured nowhere.
func TestServerMetrics(t *testing.T) {
	clearTelemetry(t)
	ctx := t.Context()
	a, err := openApp(ctx, settings{
		DB: "sqlite:" + filepath.Join(t.TempDir(), "hone.db"), Agent: "default", Backend: "embedded", Log: "error",
		Model: offlineModel, BaseURL: "http://127.0.0.1:1/v1", Canary: 1, LiveSample: 1,
	}, terminal{out: t.Output(), err: t.Output()})
	noError(t, err)
	defer func() { noError(t, a.Close()) }()
	if _, err := a.base.Sync(ctx, knowledge.SyncConfig{Source: "docs", Root: "testdata/docs"}); err != nil {
		t.Fatal(err)
	}
	background, err := a.fleet.background(ctx, schedule{Mode: "auto", Every: 50})
	noError(t, err)
	noError(t, background.observe())

	// Before anything was asked.
	metrics := a.telemetry.metrics
	age := regexp.MustCompile(`^hone_source_age_seconds\{hone_source="docs"\} [0-9.e-]+$`)
	if lines := scraped(t, metrics, "hone_source_age"); len(lines) != 1 || !age.MatchString(lines[0]) {
		t.Errorf("age %q", lines)
	}
	expect(t, scraped(t, metrics, "hone_documents", "hone_queue", "hone_prompt", "hone_gate", "hone_budget", "hone_judge_t", "hone_rollout", "hone_feedback", "hone_searches_total"),
		`hone_budget_exhausted_total{gen_ai_agent_name="default"} 0`,
		`hone_budget_left_ratio{gen_ai_agent_name="default"} 1`,
		`hone_documents{hone_source="docs"} 3`,
		`hone_feedback_total{gen_ai_agent_name="default",hone_feedback_rating="down"} 0`,
		`hone_feedback_total{gen_ai_agent_name="default",hone_feedback_rating="up"} 0`,
		`hone_gate_error_budget_left_ratio{gen_ai_agent_name="default"} 1`,
		`hone_judge_trusted{gen_ai_agent_name="default",hone_judge="`+offlineJudge(t, a)+`"} 1`,
		`hone_prompt_version{gen_ai_agent_name="default"} 1`,
		`hone_queue_depth{hone_queue="approvals"} 0`,
		`hone_queue_depth{hone_queue="cases"} 0`,
		`hone_queue_depth{hone_queue="notices"} 0`,
		`hone_queue_depth{hone_queue="rounds"} 0`,
		`hone_rollout_evidence{gen_ai_agent_name="default"} 0`,
		`hone_searches_total{hone_origin="http",hone_search_outcome="empty"} 0`,
		`hone_searches_total{hone_origin="http",hone_search_outcome="failed"} 0`,
		`hone_searches_total{hone_origin="http",hone_search_outcome="found"} 0`,
	)

	// A person, an evaluation and a sealed case ask the same.
	const question = "How do I roll back checkout?"
	_, err = a.agent.Answer(ctx, agent.Question{Text: question, Origin: agent.FromHTTP, Access: knowledge.Access{All: true}})
	noError(t, err)
	frozen, err := a.freeze(ctx)
	noError(t, err)
	prompt := prompts.Prompt{ID: a.promptID, Text: agent.FirstPrompt}
	for _, ctx := range []context.Context{ctx, otel.Unrecorded(ctx)} {
		_, err = frozen.Runner.Answer(ctx, &prompt, question, 0)
		noError(t, err)
	}
	expect(t, scraped(t, metrics, `hone_searches_total{hone_origin="eval"`, `hone_searches_total{hone_origin="http",hone_search_outcome="found"`,
		`hone_run_duration_seconds_count`, `hone_index_operations_total{hone_index_operation="query",hone_status="done"`),
		`hone_index_operations_total{hone_index_operation="query",hone_status="done"} 1`,
		`hone_run_duration_seconds_count{gen_ai_agent_name="default",gen_ai_provider_name="hone",gen_ai_request_model="offline",hone_origin="eval",hone_status="answered"} 1`,
		`hone_run_duration_seconds_count{gen_ai_agent_name="default",gen_ai_provider_name="hone",gen_ai_request_model="offline",hone_origin="http",hone_status="answered"} 1`,
		`hone_searches_total{hone_origin="eval",hone_search_outcome="found"} 1`,
		`hone_searches_total{hone_origin="http",hone_search_outcome="found"} 1`,
	)
}

// Rounds are counted as they end: once they have, and by a person once more.
func TestRoundsAreMeasured(t *testing.T) {
	clearTelemetry(t)
	ctx := t.Context()
	a, err := openApp(ctx, settings{
		DB: "sqlite:" + filepath.Join(t.TempDir(), "hone.db"), Agent: "default", Backend: "embedded", Log: "error", Model: offlineModel,
	}, terminal{out: t.Output(), err: t.Output()})
	noError(t, err)
	defer func() { noError(t, a.Close()) }()
	cert, err := json.Marshal(eval.Certificate{})
	noError(t, err)
	store, began := measuredRounds{a.store}, time.Now().UTC().Truncate(time.Second)
	end := func(id string, s eval.State, verdict string) {
		t.Helper()
		_, err := store.EndRound(ctx, eval.Round{
			ID: id, Agent: "default", PromptID: a.promptID, State: s, Verdict: verdict, Champion: 1,
			Started: began, Ended: began.Add(time.Minute), Certificate: cert,
		}, nil)
		noError(t, err)
	}
	for _, id := range []string{"rnd_1", "rnd_2"} {
		noError(t, store.PutRound(ctx, eval.Round{ID: id, Agent: "default", PromptID: a.promptID, State: eval.Running, Champion: 1, Started: began}))
	}
	end("rnd_1", eval.NoBetter, "The budget ended. Raise the budget.")
	end("rnd_2", eval.Waiting, "A person decides.")
	end("rnd_2", eval.Rejected, "A person declined.")
	expect(t, scraped(t, a.telemetry.metrics, "hone_rounds", "hone_round_duration_seconds_sum", "hone_budget"),
		`hone_budget_exhausted_total{gen_ai_agent_name="default"} 1`,
		`hone_round_duration_seconds_sum{gen_ai_agent_name="default",hone_round_verdict="no_better"} 60`,
		`hone_round_duration_seconds_sum{gen_ai_agent_name="default",hone_round_verdict="waiting"} 60`,
		`hone_rounds_total{gen_ai_agent_name="default",hone_round_verdict="no_better"} 1`,
		`hone_rounds_total{gen_ai_agent_name="default",hone_round_verdict="rejected"} 1`,
		`hone_rounds_total{gen_ai_agent_name="default",hone_round_verdict="waiting"} 1`,
	)
}

func offlineJudge(t *testing.T, a *app) string {
	t.Helper()
	judge, err := a.judge()
	noError(t, err)
	return judge.Describe().Name
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}
