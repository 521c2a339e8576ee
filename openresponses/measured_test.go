package openresponses_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/prices"
)

// said is a model that says the same always, and then fails, if err is not nil.
type said struct {
	deltas []openresponses.Delta
	err    error
}

func (s said) Complete(context.Context, *openresponses.Completion) iter.Seq2[openresponses.Delta, error] {
	return func(yield func(openresponses.Delta, error) bool) {
		for _, d := range s.deltas {
			if !yield(d, nil) {
				return
			}
		}
		if s.err != nil {
			yield(nil, s.err)
		}
	}
}

// Each call of a model is measured by how it ended, once, with what it cost; one
// that is closed to telemetry is not.
func TestMeasured(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	tel, err := otel.Setup(t.Context(), otel.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	list, err := prices.Parse([]byte(`{"m": {"input": 2, "output": 10, "cached": 1}}`))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(ctx context.Context, s said, enough int) {
		m := openresponses.Measured(s, "openai", list)
		for range m.Complete(ctx, &openresponses.Completion{Model: "m"}) {
			if enough--; enough == 0 {
				break
			}
		}
	}
	text := openresponses.TextDelta{Text: "Yes."}
	whole := said{deltas: []openresponses.Delta{text, openresponses.Finish{
		Usage: openresponses.Usage{InputTokens: 300_000, CachedTokens: 100_000, OutputTokens: 50_000},
	}}}
	ctx := otel.WithCaller(t.Context(), otel.Caller{Agent: "default", Origin: "http", Role: "agent"})
	ask(ctx, whole, -1)
	ask(ctx, whole, 1) // the caller leaves
	ask(otel.WithCaller(ctx, otel.Caller{Origin: "eval", Role: "judge"}), whole, -1)
	ask(ctx, said{deltas: []openresponses.Delta{text}, err: &openresponses.Error{Code: openresponses.Unavailable}}, -1)
	ask(ctx, said{err: context.Canceled}, -1)
	ask(ctx, said{err: errors.New("of our own making")}, -1)
	ask(otel.Unrecorded(ctx), whole, -1)

	w := httptest.NewRecorder()
	tel.Metrics.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	var got []string
	for line := range strings.Lines(w.Body.String()) {
		for _, name := range []string{"hone_cost", "hone_model_active", "hone_model_calls", "gen_ai_client_token_usage_sum",
			"gen_ai_client_operation_duration_seconds_count", "gen_ai_client_operation_time_to_first_chunk_seconds_count", "hone_model_tokens_per_second_count"} {
			if strings.HasPrefix(line, name) {
				line = strings.ReplaceAll(line, `gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="m",`, "… ")
				got = append(got, strings.TrimSpace(line))
			}
		}
	}
	slices.Sort(got)
	want := []string{
		`gen_ai_client_operation_duration_seconds_count{error_type="canceled",… hone_role="agent"} 2`,
		`gen_ai_client_operation_duration_seconds_count{error_type="provider_unavailable",… hone_role="agent"} 1`,
		`gen_ai_client_operation_duration_seconds_count{error_type="server_error",… hone_role="agent"} 1`,
		`gen_ai_client_operation_duration_seconds_count{… hone_role="agent"} 1`,
		`gen_ai_client_operation_duration_seconds_count{… hone_role="judge"} 1`,
		`gen_ai_client_operation_time_to_first_chunk_seconds_count{… hone_role="agent"} 3`,
		`gen_ai_client_operation_time_to_first_chunk_seconds_count{… hone_role="judge"} 1`,
		`gen_ai_client_token_usage_sum{… gen_ai_token_type="input",hone_origin="eval",hone_role="judge"} 300000`,
		`gen_ai_client_token_usage_sum{… gen_ai_token_type="input",hone_origin="http",hone_role="agent"} 300000`,
		`gen_ai_client_token_usage_sum{… gen_ai_token_type="output",hone_origin="eval",hone_role="judge"} 50000`,
		`gen_ai_client_token_usage_sum{… gen_ai_token_type="output",hone_origin="http",hone_role="agent"} 50000`,
		`hone_cost_total{gen_ai_agent_name="default",gen_ai_provider_name="openai",gen_ai_request_model="m",hone_origin="eval",hone_role="judge"} 1`,
		`hone_cost_total{gen_ai_agent_name="default",gen_ai_provider_name="openai",gen_ai_request_model="m",hone_origin="http",hone_role="agent"} 1`,
		`hone_model_active{gen_ai_provider_name="openai",gen_ai_request_model="m"} 0`,
		`hone_model_calls_total{… hone_role="agent",hone_status="canceled"} 2`,
		`hone_model_calls_total{… hone_role="agent",hone_status="done"} 1`,
		`hone_model_calls_total{… hone_role="agent",hone_status="failed"} 2`,
		`hone_model_calls_total{… hone_role="judge",hone_status="done"} 1`,
		`hone_model_tokens_per_second_count{… hone_role="agent"} 1`,
		`hone_model_tokens_per_second_count{… hone_role="judge"} 1`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}
