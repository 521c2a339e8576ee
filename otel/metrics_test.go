package otel_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/otel"
)

func TestMetrics(t *testing.T) {
	tel := setup(t, otel.Config{})
	ctx, span := tracer.Start(t.Context(), "work")
	defer span.End()
	ctx = otel.WithCaller(ctx, otel.Caller{Agent: "default", Origin: "http", Role: "agent"})
	run := otel.Run{Agent: "default", Model: "m", Provider: "openai", Origin: "http", Status: "answered",
		Duration: 1500 * time.Millisecond, Citations: 2, Dropped: 1}
	call := otel.ModelCall{Operation: "chat", Provider: "openai", Model: "m", Duration: 2 * time.Second,
		FirstChunk: time.Second, Input: 3000, Output: 200, USD: 0.5}
	record := func(ctx context.Context) {
		otel.RecordRun(ctx, run)
		otel.RecordRun(ctx, run)
		otel.RecordRun(ctx, otel.Run{Agent: "default", Model: "m", Provider: "openai", Origin: "cli", Status: "failed"})
		otel.RecordModelCall(ctx, call)
		otel.RecordModelCall(ctx, otel.ModelCall{Operation: "chat", Provider: "openai", Model: "m", Error: "timeout"})
		otel.RecordToolCall(ctx, "read_local_file", time.Second, true, nil)
		otel.RecordSearch(ctx, otel.Search{})
		otel.RecordSearch(ctx, otel.Search{Found: 7, Score: 12})
		otel.RecordSearch(ctx, otel.Search{Err: errors.New("no index")})
		otel.RecordSearch(ctx, otel.Search{Err: fmt.Errorf("search: %w", context.Canceled)})
		otel.RecordWrite(ctx, otel.Write{Duration: time.Second, Inserted: 2, Chunks: 9, Deleted: 1})
		otel.RecordNotice(ctx, "default", "returned")
		otel.RecordRollout(ctx, "default", 1.5)
		otel.RecordFeedback(ctx, "default", "down")
		otel.RecordCheck(ctx, "question", true)
		otel.RecordSync(ctx, "handbook", nil)
		otel.RecordRound(ctx, "default", "rejected", time.Hour)
		defer otel.StartRun(ctx, "default", "http")()
		defer otel.StartModelCall(ctx, "openai", "m")()
	}
	record(ctx)
	record(otel.Unrecorded(ctx))

	var got []string
	for line := range strings.Lines(scrape(t, tel.Metrics, "")) {
		line = strings.TrimSpace(line)
		name, _, _ := strings.Cut(line, "{")
		if name == "target_info" || name[0] == '#' || strings.HasSuffix(name, "_count") || strings.HasSuffix(name, "_bucket") {
			continue
		}
		got = append(got, line)
	}
	slices.Sort(got)
	want := []string{
		`gen_ai_client_operation_duration_seconds_sum{error_type="timeout",gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="m",hone_role="agent"} 0`,
		`gen_ai_client_operation_duration_seconds_sum{gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="m",hone_role="agent"} 2`,
		`gen_ai_client_operation_time_to_first_chunk_seconds_sum{gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="m",hone_role="agent"} 1`,
		`gen_ai_client_token_usage_sum{gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="m",gen_ai_token_type="input",hone_origin="http",hone_role="agent"} 3000`,
		`gen_ai_client_token_usage_sum{gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="m",gen_ai_token_type="output",hone_origin="http",hone_role="agent"} 200`,
		`hone_answer_citations_sum{gen_ai_agent_name="default",hone_origin="http"} 4`,
		`hone_answers_total{gen_ai_agent_name="default",gen_ai_provider_name="openai",gen_ai_request_model="m",hone_origin="cli",hone_status="failed"} 1`,
		`hone_answers_total{gen_ai_agent_name="default",gen_ai_provider_name="openai",gen_ai_request_model="m",hone_origin="http",hone_status="answered"} 2`,
		`hone_checks_total{hone_check="question",hone_check_outcome="passed"} 1`,
		`hone_citations_total{gen_ai_agent_name="default",hone_citation_outcome="dropped",hone_origin="http"} 2`,
		`hone_citations_total{gen_ai_agent_name="default",hone_citation_outcome="kept",hone_origin="http"} 4`,
		`hone_cost_total{gen_ai_agent_name="default",gen_ai_provider_name="openai",gen_ai_request_model="m",hone_origin="http",hone_role="agent"} 0.5`,
		`hone_feedback_total{gen_ai_agent_name="default",hone_feedback_rating="down"} 1`,
		"hone_index_chunks_total 9",
		`hone_index_duration_seconds_sum{hone_index_operation="delete"} 1`,
		`hone_index_duration_seconds_sum{hone_index_operation="insert"} 1`,
		`hone_index_duration_seconds_sum{hone_index_operation="query"} 0`,
		`hone_index_operations_total{hone_index_operation="delete",hone_status="done"} 1`,
		`hone_index_operations_total{hone_index_operation="insert",hone_status="done"} 2`,
		`hone_index_operations_total{hone_index_operation="query",hone_status="done"} 2`,
		`hone_index_operations_total{hone_index_operation="query",hone_status="failed"} 1`,
		`hone_model_active{gen_ai_provider_name="openai",gen_ai_request_model="m"} 0`,
		`hone_model_calls_total{gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="m",hone_role="agent",hone_status="done"} 1`,
		`hone_model_calls_total{gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="m",hone_role="agent",hone_status="failed"} 1`,
		`hone_model_tokens_per_second_sum{gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="m",hone_role="agent"} 100`,
		`hone_notices_total{gen_ai_agent_name="default",hone_notice_kind="returned"} 1`,
		`hone_rollout_evidence{gen_ai_agent_name="default"} 1.5`,
		`hone_round_duration_seconds_sum{gen_ai_agent_name="default",hone_round_verdict="rejected"} 3600`,
		`hone_rounds_total{gen_ai_agent_name="default",hone_round_verdict="rejected"} 1`,
		`hone_run_active{gen_ai_agent_name="default",hone_origin="http"} 0`,
		`hone_run_duration_seconds_sum{gen_ai_agent_name="default",gen_ai_provider_name="openai",gen_ai_request_model="m",hone_origin="cli",hone_status="failed"} 0`,
		`hone_run_duration_seconds_sum{gen_ai_agent_name="default",gen_ai_provider_name="openai",gen_ai_request_model="m",hone_origin="http",hone_status="answered"} 3`,
		`hone_search_duration_seconds_sum{hone_origin="http"} 0`,
		`hone_search_score_sum{hone_origin="http",hone_search_ranking="text"} 12`,
		`hone_searches_total{hone_origin="http",hone_search_outcome="empty"} 1`,
		`hone_searches_total{hone_origin="http",hone_search_outcome="failed"} 1`,
		`hone_searches_total{hone_origin="http",hone_search_outcome="found"} 1`,
		`hone_syncs_total{hone_source="handbook",hone_status="done"} 1`,
		`hone_tool_calls_total{gen_ai_tool_name="read_local_file",hone_origin="http",hone_status="failed"} 1`,
		`hone_tool_duration_seconds_sum{gen_ai_tool_name="read_local_file",hone_origin="http"} 1`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

// A measurement leads to a trace that it was made in.
func TestExemplars(t *testing.T) {
	tel := setup(t, otel.Config{})
	ctx, span := tracer.Start(t.Context(), "work")
	defer span.End()
	otel.RecordRun(ctx, otel.Run{Agent: "default", Status: "answered", Duration: time.Second})
	body := scrape(t, tel.Metrics, "application/openmetrics-text; version=1.0.0")
	if want := `trace_id="` + span.SpanContext().TraceID().String() + `"`; !strings.Contains(body, want) {
		t.Errorf("no exemplar with %s in\n%s", want, body)
	}
}
