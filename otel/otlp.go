package otel

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

// OTLP writes spans as OTLP in JSON, as the Collector and Jaeger take them by
// POST /v1/traces (opentelemetry.io/docs/specs/otlp). version is Hone's; the rest
// of what the spans' resource is, OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME
// say now. An ID that is none is an error.
func OTLP(ctx context.Context, version string, spans []Span) ([]byte, error) {
	resource := toAttributes(describe(ctx, version, func(error) {}).Attributes())
	out := &tracepb.ResourceSpans{Resource: &resourcepb.Resource{Attributes: otlpAttributes(resource)}}
	scopes := map[string]*tracepb.ScopeSpans{}
	for _, s := range spans {
		if scopes[s.Scope] == nil {
			scopes[s.Scope] = &tracepb.ScopeSpans{Scope: &commonpb.InstrumentationScope{Name: s.Scope}}
			out.ScopeSpans = append(out.ScopeSpans, scopes[s.Scope])
		}
		span, err := otlpSpan(s)
		if err != nil {
			return nil, fmt.Errorf("span %s of trace %s: %w", s.SpanID, s.TraceID, err)
		}
		scopes[s.Scope].Spans = append(scopes[s.Scope].Spans, span)
	}
	return protojson.MarshalOptions{UseEnumNumbers: true}.Marshal(&tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{out}})
}

var otlpKinds = map[string]tracepb.Span_SpanKind{
	"internal": tracepb.Span_SPAN_KIND_INTERNAL, "server": tracepb.Span_SPAN_KIND_SERVER, "client": tracepb.Span_SPAN_KIND_CLIENT,
	"producer": tracepb.Span_SPAN_KIND_PRODUCER, "consumer": tracepb.Span_SPAN_KIND_CONSUMER,
}

var otlpStatuses = map[string]tracepb.Status_StatusCode{"ok": tracepb.Status_STATUS_CODE_OK, "error": tracepb.Status_STATUS_CODE_ERROR}

func otlpSpan(s Span) (*tracepb.Span, error) {
	trace, err := otlpID(s.TraceID, 32)
	if err != nil {
		return nil, err
	}
	id, err := otlpID(s.SpanID, 16)
	if err != nil {
		return nil, err
	}
	out := &tracepb.Span{
		TraceId: trace, SpanId: id, Name: s.Name, Kind: otlpKinds[s.Kind],
		StartTimeUnixNano: otlpTime(s.Start), EndTimeUnixNano: otlpTime(s.End), Attributes: otlpAttributes(s.Attributes),
		Flags:  uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK),
		Status: &tracepb.Status{Code: otlpStatuses[s.Status], Message: s.Message},
	}
	if s.Remote {
		out.Flags |= uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK)
	}
	if s.ParentID != "" {
		if out.ParentSpanId, err = otlpID(s.ParentID, 16); err != nil {
			return nil, err
		}
	}
	for _, e := range s.Events {
		out.Events = append(out.Events, &tracepb.Span_Event{Name: e.Name, TimeUnixNano: otlpTime(e.At), Attributes: otlpAttributes(e.Attributes)})
	}
	for _, l := range s.Links {
		link := &tracepb.Span_Link{Attributes: otlpAttributes(l.Attributes)}
		if link.TraceId, err = otlpID(l.TraceID, 32); err != nil {
			return nil, err
		}
		if link.SpanId, err = otlpID(l.SpanID, 16); err != nil {
			continue // kept by an earlier Hone: a link to a whole trace is none in OTLP
		}
		out.Links = append(out.Links, link)
	}
	return out, nil
}

// otlpID makes bytes that stand in JSON as the hexadecimal digits of an ID. OTLP
// wants those there, while Protobuf's JSON writes bytes in Base64, which has the
// hexadecimal digits among its own.
func otlpID(id string, digits int) ([]byte, error) {
	for _, c := range id {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return nil, fmt.Errorf("%q is no ID in hexadecimal digits", id)
		}
	}
	if len(id) != digits {
		return nil, fmt.Errorf("%q is no ID of %d digits", id, digits)
	}
	return base64.StdEncoding.DecodeString(id)
}

func otlpTime(t time.Time) uint64 { return uint64(max(0, t.UnixNano())) }

func otlpAttributes(attributes map[string]any) []*commonpb.KeyValue {
	out := make([]*commonpb.KeyValue, 0, len(attributes))
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		out = append(out, &commonpb.KeyValue{Key: key, Value: otlpValue(attributes[key])})
	}
	return out
}

func otlpValue(v any) *commonpb.AnyValue {
	switch v := v.(type) {
	case string:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: v}}
	case bool:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: v}}
	case int64:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: v}}
	case float64:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: v}}
	case []string:
		return otlpList(v)
	case []bool:
		return otlpList(v)
	case []int64:
		return otlpList(v)
	case []float64:
		return otlpList(v)
	}
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: fmt.Sprint(v)}}
}

func otlpList[T any](list []T) *commonpb.AnyValue {
	out := &commonpb.ArrayValue{}
	for _, v := range list {
		out.Values = append(out.Values, otlpValue(v))
	}
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: out}}
}
