package otel_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/honehq/hone/otel"
)

// TestOTLP reads what is written with the decoder of the Collector and Jaeger.
func TestOTLP(t *testing.T) {
	t.Setenv("OTEL_SERVICE_NAME", "hone-eu")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "")
	root := span("00f067aa0ba902b7", "b7ad6b7169203331", "POST /v1/ask", 0, 100, "http.response.status_code", int64(200))
	root.Remote, root.Kind, root.Scope = true, "server", "http"
	child := failed(span("00f067aa0ba902b8", "00f067aa0ba902b7", `chat "traceId":"AAAA"`, 10, 90,
		"string", "ü \"\n", "int", int64(math.MaxInt64), "float", 0.5, "whole", 3.0, "bool", true,
		"strings", []string{"a", "b"}, "ints", []int64{1, -2}, "floats", []float64{1, 2.5}, "bools", []bool{false}, "empty", []string{}),
		"it broke")
	child.Kind, child.Scope = "client", "agent"
	child.Events = []otel.SpanEvent{{Name: "retry", At: child.Start, Attributes: map[string]any{"n": int64(2)}}}
	child.Links = []otel.SpanLink{{TraceID: strings.Repeat("cd", 16), SpanID: strings.Repeat("0e", 8), Attributes: map[string]any{"why": "asked"}}, {TraceID: strings.Repeat("cd", 16)}}

	b, err := otel.OTLP(t.Context(), "v1", []otel.Span{root, child})
	if err != nil {
		t.Fatal(err)
	}
	traces, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(b)
	if err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	resource := traces.ResourceSpans().At(0)
	name, _ := resource.Resource().Attributes().Get("service.name")
	version, _ := resource.Resource().Attributes().Get("service.version")
	if name.Str() != "hone-eu" || version.Str() != "v1" || resource.ScopeSpans().Len() != 2 {
		t.Errorf("service %q %q, %d scopes", name.Str(), version.Str(), resource.ScopeSpans().Len())
	}
	var got []otel.Span
	for _, scope := range resource.ScopeSpans().All() {
		for _, s := range scope.Spans().All() {
			got = append(got, fromOTLP(scope.Scope().Name(), s))
		}
	}
	child.Links = child.Links[:1] // OTLP has no links to whole traces
	if diff := cmp.Diff([]otel.Span{root, child}, got, cmp.Transformer("plain", plain)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// plain writes attributes such that lists look alike, whatever their Go type.
func plain(attributes map[string]any) map[string]string {
	out := map[string]string{}
	for key, v := range attributes {
		out[key] = fmt.Sprintf("%v", v)
		if reflect.TypeOf(v).Kind() != reflect.Slice {
			out[key] = fmt.Sprintf("%T %v", v, v)
		}
	}
	return out
}

func fromOTLP(scope string, s ptrace.Span) otel.Span {
	const remote = 0x200 // of the flags, in opentelemetry/proto/trace/v1
	out := otel.Span{
		TraceID: s.TraceID().String(), SpanID: s.SpanID().String(), ParentID: s.ParentSpanID().String(), Remote: s.Flags()&remote != 0,
		Name: s.Name(), Kind: strings.ToLower(s.Kind().String()), Scope: scope, Start: s.StartTimestamp().AsTime(), End: s.EndTimestamp().AsTime(),
		Message: s.Status().Message(), Attributes: s.Attributes().AsRaw(),
	}
	if s.Status().Code() == ptrace.StatusCodeError {
		out.Status = "error"
	}
	for _, e := range s.Events().All() {
		out.Events = append(out.Events, otel.SpanEvent{Name: e.Name(), At: e.Timestamp().AsTime(), Attributes: e.Attributes().AsRaw()})
	}
	for _, l := range s.Links().All() {
		out.Links = append(out.Links, otel.SpanLink{TraceID: l.TraceID().String(), SpanID: l.SpanID().String(), Attributes: l.Attributes().AsRaw()})
	}
	return out
}

func TestOTLPRefuses(t *testing.T) {
	for _, id := range []string{"", "00f067aa0ba902b", "00f067aa0ba902b7a", "00F067AA0BA902B7", "0g00000000000000"} {
		if b, err := otel.OTLP(t.Context(), "v1", []otel.Span{span(id, "", "x", 0, 1)}); err == nil {
			t.Errorf("ID %q: %s", id, b)
		}
	}
	b, err := otel.OTLP(t.Context(), "v1", []otel.Span{{TraceID: strings.Repeat("0", 32), SpanID: strings.Repeat("0", 16), Start: time.Time{}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(b); err != nil {
		t.Errorf("without times: %v", err)
	}
}
