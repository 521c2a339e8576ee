package agent

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/otel"
)

// What a run did is counted, whatever a model makes up.
func TestMeasure(t *testing.T) {
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
	read := tool("read", func() string { return "text" })
	s := script(t,
		replies(found("fs_1"), calls("c1", "read", `{}`), calls("c2", "rm -rf /", `{}`)),
		replies(says("NOT FOUND\nNothing.")),
		fails(http.StatusBadRequest))
	a, _ := newAgent(t, s, func(c *Config) { c.Tools = []Tool{read} })
	ask(t, a, "where?")
	if _, err := a.Answer(t.Context(), Question{Text: "again?", Origin: FromEval}); err == nil {
		t.Error("no error")
	}
	for range a.Ask(t.Context(), Question{Text: "  "}) { // nothing was asked, nothing is counted
	}

	w := httptest.NewRecorder()
	tel.Metrics.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	var got []string
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "hone_answer") && !strings.Contains(line, "_bucket") || strings.HasPrefix(line, "hone_tool_calls") ||
			strings.HasPrefix(line, "hone_run_active") || strings.HasPrefix(line, "hone_citations") || strings.HasPrefix(line, "hone_tool_duration_seconds_count") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	slices.Sort(got)
	const model = `gen_ai_request_model="scripted",`
	want := []string{
		`gen_ai_client_token_usage_sum{gen_ai_agent_name="default",gen_ai_operation_name="invoke_agent",` + model + `gen_ai_token_type="input",hone_origin="http"} 20`,
		`gen_ai_client_token_usage_sum{gen_ai_agent_name="default",gen_ai_operation_name="invoke_agent",` + model + `gen_ai_token_type="output",hone_origin="http"} 10`,
		`hone_answers_total{gen_ai_agent_name="default",` + model + `hone_origin="eval",hone_status="failed"} 1`,
		`hone_answers_total{gen_ai_agent_name="default",` + model + `hone_origin="http",hone_status="not_found"} 1`,
		`hone_tool_calls_total{gen_ai_tool_name="file_search",hone_status="done"} 1`,
		`hone_tool_calls_total{gen_ai_tool_name="read",hone_status="done"} 1`,
		`hone_tool_calls_total{gen_ai_tool_name="unknown",hone_status="failed"} 1`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}
