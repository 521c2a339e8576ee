package openresponses_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// Model calls and searches are spans below the caller's, without content.
func TestSpans(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(provider)
	defer otel.SetTracerProvider(before)
	ctx, root := provider.Tracer("test").Start(t.Context(), "root")
	w := newWorld(t, calls(searches(`{"queries":["redis failover"]}`)), says("It takes 30 seconds."), []any{down})
	for range 2 {
		w.engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "POST", "/v1/responses",
			strings.NewReader(w.ask(`"max_output_tokens":100,"temperature":0.5`))))
	}
	root.End()

	var got []string
	for _, span := range recorder.Ended() {
		if name := span.InstrumentationScope().Name; !strings.HasSuffix(name, "/openresponses") {
			continue
		}
		if span.SpanContext().TraceID() != root.SpanContext().TraceID() {
			t.Errorf("%s is of another trace", span.Name())
		}
		line := fmt.Sprintf("%s %s", span.SpanKind(), span.Name())
		for _, a := range span.Attributes() {
			if strings.Contains(a.Value.String(), "30 seconds") || strings.Contains(a.Value.String(), "redis") {
				t.Errorf("content in %s", a.Key)
			}
			if !slices.Contains([]attribute.Key{"gen_ai.response.time_to_first_chunk", "gen_ai.tool.call.id", "gen_ai.response.id", "hone.search.files", "hone.search.scores"}, a.Key) {
				line += fmt.Sprintf(" %s=%s", strings.TrimPrefix(string(a.Key), "gen_ai."), a.Value.String())
			}
		}
		got = append(got, line)
	}
	const request = "client chat scripted operation.name=chat provider.name=test request.model=scripted request.max_tokens=%d request.temperature=0.5"
	const usage = ` response.model=scripted-1 response.finish_reasons=["%s"] usage.input_tokens=10 usage.output_tokens=5 usage.cache_read.input_tokens=4`
	want := []string{
		fmt.Sprintf(request+usage, 100, "tool_calls"),
		"internal execute_tool file_search operation.name=execute_tool tool.name=file_search tool.type=datastore hone.search.queries=1 hone.search.results=1",
		fmt.Sprintf(request+usage, 95, "stop"),
		"internal create_response request.model=scripted request.stream=false usage.input_tokens=20 usage.output_tokens=10",
		fmt.Sprintf(request, 100) + " error.type=provider_unavailable",
		"internal create_response request.model=scripted request.stream=false error.type=provider_unavailable",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	chat := slices.IndexFunc(recorder.Ended(), func(s sdktrace.ReadOnlySpan) bool { return strings.HasPrefix(s.Name(), "chat ") })
	if !slices.ContainsFunc(recorder.Ended()[chat].Attributes(), func(a attribute.KeyValue) bool { return a.Key == "gen_ai.response.time_to_first_chunk" }) {
		t.Error("no time to the first chunk")
	}
}
