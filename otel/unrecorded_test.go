package otel

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func TestUnrecordedSpansReachNoExporter(t *testing.T) {
	memory := tracetest.NewInMemoryExporter()
	provider := trace.NewTracerProvider(traceOptions(nil, []trace.SpanProcessor{trace.NewSimpleSpanProcessor(memory)})...)
	tracer := provider.Tracer("test")

	ctx, open := tracer.Start(t.Context(), "open")
	closed, span := tracer.Start(Unrecorded(ctx), "closed")
	_, below := tracer.Start(closed, "below")
	below.End()
	span.End()
	open.End()

	var names []string
	for _, s := range memory.GetSpans() {
		names = append(names, s.Name)
	}
	if diff := cmp.Diff([]string{"open"}, names); diff != "" {
		t.Errorf("exported spans (-want +got):\n%s", diff)
	}
}
