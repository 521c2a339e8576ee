package otel_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"

	"github.com/honehq/hone/otel"
)

// say is a conversation of a person, a model and a tool within a span.
func say(t *testing.T) (trace, span string) {
	ctx, s := tracer.Start(t.Context(), "invoke_agent default")
	defer s.End()
	otel.RecordQuestion(ctx, "How do I drain a node?")
	otel.RecordMessage(ctx, otel.Message{Event: otel.SystemMessage, Text: "Cite."})
	otel.RecordMessage(ctx, otel.Message{Event: otel.UserMessage, Text: "How do I drain a node?"})
	otel.RecordMessage(ctx, otel.Message{Event: otel.Choice, FinishReason: "tool_calls",
		ToolCalls: []otel.MessageToolCall{{ID: "call_1", Name: "file_search", Arguments: `{"queries":["drain"]}`}}})
	otel.RecordMessage(ctx, otel.Message{Event: otel.ToolMessage, Text: "kubectl drain", ToolCallID: "call_1"})
	otel.RecordMessage(ctx, otel.Message{Event: otel.Choice, Text: "With kubectl drain.", FinishReason: "stop"})
	otel.RecordQuestion(otel.Unrecorded(ctx), "a sealed question")
	return s.SpanContext().TraceID().String(), s.SpanContext().SpanID().String()
}

// Content is captured where it is asked for, as events beside the span, and of
// it only the question is kept with the trace.
func TestContent(t *testing.T) {
	t.Setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true")
	t.Setenv("OTEL_LOGS_EXPORTER", "otlp")
	db, coll := openSpans(t), newCollector(t)
	coll.serveHTTP()
	tel := setup(t, otel.Config{Spans: db})
	trace, span := say(t)
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ids := coll.said(trace, span); len(ids) != len(coll.records) {
		t.Errorf("%d of %d events are beside the span", len(ids), len(coll.records))
	}
	var got []string
	for _, r := range coll.records {
		got = append(got, outlineOf(r))
	}
	want := []string{
		`gen_ai.user.message {content: How do I drain a node?} hone.question`,
		`gen_ai.system.message {content: Cite.}`,
		`gen_ai.user.message {content: How do I drain a node?}`,
		`gen_ai.choice {finish_reason: tool_calls, index: 0, message: {content: , role: assistant, tool_calls: [{function: {arguments: {"queries":["drain"]}, name: file_search}, id: call_1, type: function}]}}`,
		`gen_ai.tool.message {content: kubectl drain, id: call_1}`,
		`gen_ai.choice {finish_reason: stop, index: 0, message: {content: With kubectl drain., role: assistant}}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	traces, err := db.Traces(t.Context(), otel.TraceFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(traces) != 1 || traces[0].TraceID != trace || traces[0].Question != "How do I drain a node?" {
		t.Errorf("kept %+v", traces)
	}
	spans, err := db.Trace(t.Context(), trace)
	if err != nil || len(spans) != 1 {
		t.Fatalf("%d spans, error %v", len(spans), err)
	}
	if len(spans[0].Attributes)+len(spans[0].Events) > 0 {
		t.Errorf("the span holds content: %+v", spans[0])
	}
}

// outlineOf is a log record as text.
func outlineOf(r *logs.LogRecord) string {
	text := r.EventName + " " + textOf(r.Body)
	for _, a := range r.Attributes {
		text += " " + a.Key
	}
	return text
}

func textOf(v *common.AnyValue) string {
	var parts []string
	switch v := v.Value.(type) {
	case *common.AnyValue_KvlistValue:
		for _, kv := range v.KvlistValue.Values {
			parts = append(parts, kv.Key+": "+textOf(kv.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case *common.AnyValue_ArrayValue:
		for _, one := range v.ArrayValue.Values {
			parts = append(parts, textOf(one))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case *common.AnyValue_IntValue:
		return strconv.FormatInt(v.IntValue, 10)
	case *common.AnyValue_StringValue:
		return v.StringValue
	}
	return "?"
}

// No content goes anywhere unless it is asked for.
func TestNoContent(t *testing.T) {
	for _, setting := range []string{"", "false", "1", "no"} {
		t.Run(setting, func(t *testing.T) {
			t.Setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", setting)
			t.Setenv("OTEL_LOGS_EXPORTER", "otlp,console")
			db, coll := openSpans(t), newCollector(t)
			coll.serveHTTP()
			var console bytes.Buffer
			tel := setup(t, otel.Config{Spans: db, Console: &console})
			trace, _ := say(t)
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(coll.records) > 0 || console.Len() > 0 {
				t.Errorf("events %v, console %s", coll.records, &console)
			}
			traces, err := db.Traces(t.Context(), otel.TraceFilter{})
			if err != nil {
				t.Fatal(err)
			}
			if len(traces) != 1 || traces[0].TraceID != trace || traces[0].Question != "" {
				t.Errorf("kept %+v", traces)
			}
		})
	}
}
