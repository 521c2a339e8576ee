package postgres

import (
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/honehq/hone/prompts"
)

// TestSpans checks that statements have spans within a trace, none outside, and
// that no argument is in them.
func TestSpans(t *testing.T) {
	url := database(t, "")
	recorder := tracetest.NewSpanRecorder()
	provider := trace.NewTracerProvider(trace.WithSpanProcessor(recorder))
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(provider)
	defer otel.SetTracerProvider(before)

	db, err := Open(t.Context(), url)
	noError(t, err)
	defer db.Close()
	noError(t, db.CreatePrompt(t.Context(), prompts.Prompt{ID: "pmpt_1", Text: "secret"}))
	if spans := recorder.Ended(); len(spans) > 0 {
		t.Errorf("%d spans outside a trace, the first %s", len(spans), spans[0].Name())
	}

	ctx, parent := provider.Tracer("test").Start(t.Context(), "question")
	_, err = db.AddPromptVersion(ctx, prompts.Prompt{ID: "pmpt_1", Text: "secret"}, 1, true)
	noError(t, err)
	_, err = db.Prompt(ctx, "pmpt_1", 0)
	noError(t, err)
	parent.End()
	statements := ""
	for _, s := range recorder.Ended() {
		if s.SpanContext().TraceID() != parent.SpanContext().TraceID() {
			t.Errorf("span %s is in another trace", s.Name())
		}
		text := fmt.Sprint(s.Name(), s.Attributes(), s.Events(), s.Status())
		if strings.Contains(text, "secret") || strings.Contains(text, "pmpt_1") {
			t.Errorf("an argument is in span %s", text)
		}
		statements += text
	}
	for _, want := range []string{"INSERT INTO prompt_versions", "FROM prompts AS p", "postgresql"} {
		if !strings.Contains(statements, want) {
			t.Errorf("no span of %q", want)
		}
	}
}
