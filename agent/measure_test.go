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
	a, _ := newAgent(t, s, func(c *Config) { c.Tools, c.Provider = []Tool{read}, "openai" })
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
	want := []string{
		`hone_answer_citations_count{gen_ai_agent_name="default",hone_origin="http"} 1`,
		`hone_answer_citations_sum{gen_ai_agent_name="default",hone_origin="http"} 0`,
		`hone_answers_total{gen_ai_agent_name="default",gen_ai_provider_name="openai",gen_ai_request_model="scripted",hone_origin="eval",hone_status="failed"} 1`,
		`hone_answers_total{gen_ai_agent_name="default",gen_ai_provider_name="openai",gen_ai_request_model="scripted",hone_origin="http",hone_status="not_found"} 1`,
		`hone_citations_total{gen_ai_agent_name="default",hone_citation_outcome="dropped",hone_origin="http"} 0`,
		`hone_citations_total{gen_ai_agent_name="default",hone_citation_outcome="kept",hone_origin="http"} 0`,
		`hone_run_active{gen_ai_agent_name="default",hone_origin="eval"} 0`,
		`hone_run_active{gen_ai_agent_name="default",hone_origin="http"} 0`,
		`hone_tool_calls_total{gen_ai_tool_name="file_search",hone_origin="http",hone_status="done"} 1`,
		`hone_tool_calls_total{gen_ai_tool_name="read",hone_origin="http",hone_status="done"} 1`,
		`hone_tool_calls_total{gen_ai_tool_name="unknown",hone_origin="http",hone_status="failed"} 1`,
		`hone_tool_duration_seconds_count{gen_ai_tool_name="file_search",hone_origin="http"} 1`,
		`hone_tool_duration_seconds_count{gen_ai_tool_name="read",hone_origin="http"} 1`,
		`hone_tool_duration_seconds_count{gen_ai_tool_name="unknown",hone_origin="http"} 1`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}
