package otel_test

import (
	"strings"
	"testing"

	"github.com/honehq/hone/otel"
)

// How a judge stands can be seen from outside, and only its last state.
func TestJudgeMetrics(t *testing.T) {
	tel := setup(t, otel.Config{})
	otel.RecordJudge(t.Context(), "default", "strict", 0, true)
	otel.RecordJudge(t.Context(), "default", "strict", 0.25, false)
	otel.RecordJudge(otel.Unrecorded(t.Context()), "closed", "strict", 0.5, false)
	body := scrape(t, tel.Metrics, "")
	for _, want := range []string{
		`hone_judge_drift_ratio{gen_ai_agent_name="default",hone_judge="strict"} 0.25`,
		`hone_judge_trusted{gen_ai_agent_name="default",hone_judge="strict"} 0`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	if strings.Contains(body, "closed") {
		t.Error("what is closed to telemetry was measured")
	}
}
