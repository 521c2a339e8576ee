package knowledge_test

import (
	"fmt"
	"slices"
	"testing"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/honehq/hone/knowledge"
)

// Merges of the index have traces of their own, linked to the change that
// caused them; nothing of them is in that one's.
func TestMergeTrace(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(provider)
	defer otel.SetTracerProvider(before)
	b, err := knowledge.New(knowledge.Config{Store: knowledge.NewMemory()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.EnsureSource(t.Context(), "docs", knowledge.KindUpload); err != nil {
		t.Fatal(err)
	}
	ctx, parent := provider.Tracer("test").Start(t.Context(), "request")
	for i := range 8 {
		if _, err := b.Put(ctx, "docs", knowledge.Upload{Path: fmt.Sprintf("%d.md", i), Content: fmt.Appendf(nil, "gull %d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	parent.End()
	if err := b.Close(); err != nil { // waits for merges
		t.Fatal(err)
	}
	spans := recorder.Ended()
	i := slices.IndexFunc(spans, func(s sdktrace.ReadOnlySpan) bool { return s.Name() == "merge_index" })
	if i < 0 {
		t.Fatal("nothing was merged")
	}
	merge := spans[i]
	if merge.Parent().IsValid() || merge.SpanContext().TraceID() == parent.SpanContext().TraceID() {
		t.Errorf("the merge is part of the trace of %s", merge.Parent().SpanID())
	}
	if l := merge.Links(); len(l) != 1 || l[0].SpanContext.TraceID() != parent.SpanContext().TraceID() {
		t.Errorf("the merge has the links %v", l)
	}
	if n := len(slices.DeleteFunc(spans, func(s sdktrace.ReadOnlySpan) bool { return s.Name() != "index_documents" })); n != 8 {
		t.Errorf("%d writes have spans", n)
	}
}
