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
	run := otel.Run{Agent: "default", Model: "offline", Origin: "http", Status: "answered",
		Duration: 1500 * time.Millisecond, InputTokens: 3000, OutputTokens: 200}
	otel.RecordRun(ctx, run)
	otel.RecordRun(ctx, run)
	otel.RecordRun(ctx, otel.Run{Agent: "default", Model: "offline", Origin: "cli", Status: "failed"})
	otel.RecordToolCall(ctx, "read_local_file", true)
	otel.RecordSearch(ctx, 0, nil)
	otel.RecordSearch(ctx, 7, nil)
	otel.RecordSearch(ctx, 0, errors.New("no index"))
	otel.RecordSearch(ctx, 0, fmt.Errorf("search: %w", context.Canceled))
	otel.RecordNotice(ctx, "default", "returned")
	otel.RecordRollout(ctx, "default", 1.5)
	closed := otel.Unrecorded(ctx)
	otel.RecordNotice(closed, "default", "returned")
	otel.RecordRollout(closed, "default", 30)
	otel.RecordRun(closed, run)
	otel.RecordToolCall(closed, "read_local_file", false)
	otel.RecordSearch(closed, 3, nil)

	var got []string
	for line := range strings.Lines(scrape(t, tel.Metrics, "")) {
		line = strings.TrimSpace(line)
		name, labels, _ := strings.Cut(line, "{")
		oneBucket := strings.Contains(labels, `le="2.5"`) || strings.Contains(labels, `le="4096"`)
		if name == "target_info" || name[0] == '#' || strings.HasSuffix(name, "_count") ||
			strings.HasSuffix(name, "_bucket") && !oneBucket {
			continue
		}
		got = append(got, line)
	}
	slices.Sort(got)
	want := []string{
		`gen_ai_client_token_usage_bucket{gen_ai_agent_name="default",gen_ai_operation_name="invoke_agent",gen_ai_request_model="offline",gen_ai_token_type="input",hone_origin="http",le="4096"} 2`,
		`gen_ai_client_token_usage_bucket{gen_ai_agent_name="default",gen_ai_operation_name="invoke_agent",gen_ai_request_model="offline",gen_ai_token_type="output",hone_origin="http",le="4096"} 2`,
		`gen_ai_client_token_usage_sum{gen_ai_agent_name="default",gen_ai_operation_name="invoke_agent",gen_ai_request_model="offline",gen_ai_token_type="input",hone_origin="http"} 6000`,
		`gen_ai_client_token_usage_sum{gen_ai_agent_name="default",gen_ai_operation_name="invoke_agent",gen_ai_request_model="offline",gen_ai_token_type="output",hone_origin="http"} 400`,
		`hone_answers_total{gen_ai_agent_name="default",gen_ai_request_model="offline",hone_origin="cli",hone_status="failed"} 1`,
		`hone_answers_total{gen_ai_agent_name="default",gen_ai_request_model="offline",hone_origin="http",hone_status="answered"} 2`,
		`hone_notices_total{gen_ai_agent_name="default",hone_notice_kind="returned"} 1`,
		`hone_rollout_evidence{gen_ai_agent_name="default"} 1.5`,
		`hone_run_duration_seconds_bucket{gen_ai_agent_name="default",gen_ai_request_model="offline",hone_origin="cli",hone_status="failed",le="2.5"} 1`,
		`hone_run_duration_seconds_bucket{gen_ai_agent_name="default",gen_ai_request_model="offline",hone_origin="http",hone_status="answered",le="2.5"} 2`,
		`hone_run_duration_seconds_sum{gen_ai_agent_name="default",gen_ai_request_model="offline",hone_origin="cli",hone_status="failed"} 0`,
		`hone_run_duration_seconds_sum{gen_ai_agent_name="default",gen_ai_request_model="offline",hone_origin="http",hone_status="answered"} 3`,
		`hone_searches_total{hone_search_outcome="empty"} 1`,
		`hone_searches_total{hone_search_outcome="failed"} 1`,
		`hone_searches_total{hone_search_outcome="found"} 1`,
		`hone_tool_calls_total{gen_ai_tool_name="read_local_file",hone_status="failed"} 1`,
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
