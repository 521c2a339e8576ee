package otel

import (
	"context"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	sdk "go.opentelemetry.io/otel/sdk/log"
)

// CapturesContent tells whether what people, models and tools say may go into
// telemetry, as OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true asks for.
func CapturesContent() bool {
	return strings.EqualFold(os.Getenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"), "true")
}

// MessageEvent is the kind of a message, as the name of its event.
type MessageEvent string

// The messages to a model, and what it makes of them; the names are those of the
// semantic conventions for generative AI.
const (
	SystemMessage    MessageEvent = "gen_ai.system.message"
	UserMessage      MessageEvent = "gen_ai.user.message"
	AssistantMessage MessageEvent = "gen_ai.assistant.message" // of an earlier turn
	ToolMessage      MessageEvent = "gen_ai.tool.message"      // what a tool gave back
	Choice           MessageEvent = "gen_ai.choice"            // the model's answer
)

// Message is what was said to a model or by it.
type Message struct {
	Event        MessageEvent
	Text         string
	ToolCallID   string            // of the call that a ToolMessage answers
	ToolCalls    []MessageToolCall // of an AssistantMessage or Choice
	FinishReason string            // of a Choice
}

// MessageToolCall is a tool that a model called.
type MessageToolCall struct{ ID, Name, Arguments string }

// RecordMessage puts a message into the log as an event beside the span in ctx,
// where content is captured and ctx is not closed to telemetry.
func RecordMessage(ctx context.Context, m Message) { record(ctx, m) }

// RecordQuestion puts what a person asked into the log, as RecordMessage does.
// Where spans are kept the question is kept with its trace; no other content is,
// since what documents say must vanish with them.
func RecordQuestion(ctx context.Context, text string) {
	record(ctx, Message{Event: UserMessage, Text: text}, question)
}

// question marks a message that a person wrote.
var question = attribute.Bool("hone.question", true)

func record(ctx context.Context, m Message, attributes ...attribute.KeyValue) {
	if !CapturesContent() || IsUnrecorded(ctx) {
		return
	}
	var r log.Record
	r.SetEventName(string(m.Event))
	r.SetTimestamp(time.Now())
	r.SetSeverity(log.SeverityInfo)
	r.SetBody(m.body())
	r.AddAttributes(attributes...)
	otel.GetLoggerProvider().Logger("github.com/honehq/hone/otel").Emit(ctx, r)
}

// body is shaped as the semantic conventions say: a choice holds its message.
func (m Message) body() attribute.Value {
	said := []attribute.KeyValue{attribute.String("content", m.Text)}
	if m.ToolCallID != "" {
		said = append(said, attribute.String("id", m.ToolCallID))
	}
	if len(m.ToolCalls) > 0 {
		calls := make([]attribute.Value, len(m.ToolCalls))
		for i, c := range m.ToolCalls {
			calls[i] = attribute.MapValue(attribute.String("id", c.ID), attribute.String("type", "function"),
				attribute.Map("function", attribute.String("name", c.Name), attribute.String("arguments", c.Arguments)))
		}
		said = append(said, attribute.Slice("tool_calls", calls...))
	}
	if m.Event != Choice {
		return attribute.MapValue(said...)
	}
	return attribute.MapValue(attribute.Int("index", 0), attribute.String("finish_reason", m.FinishReason),
		attribute.Map("message", append(said, attribute.String("role", "assistant"))...))
}

// isQuestion tells whether RecordQuestion made the record.
func isQuestion(r *sdk.Record) bool {
	found := false
	r.WalkAttributes(func(kv attribute.KeyValue) bool {
		found = kv.Key == question.Key
		return !found
	})
	return found
}

// questionExporter keeps what people asked beside the spans.
type questionExporter struct{ store SpanStore }

// Export implements sdk.Exporter.
func (e questionExporter) Export(ctx context.Context, records []sdk.Record) error {
	questions := make([]Question, len(records))
	for i, r := range records {
		questions[i] = Question{TraceID: r.TraceID().String(), SpanID: r.SpanID().String(), At: r.Timestamp()}
		for _, kv := range r.Body().AsMap() {
			if kv.Key == "content" {
				questions[i].Text = kv.Value.AsString()
			}
		}
	}
	return e.store.PutQuestions(ctx, questions)
}

// Shutdown implements sdk.Exporter.
func (questionExporter) Shutdown(context.Context) error { return nil }

// ForceFlush implements sdk.Exporter.
func (questionExporter) ForceFlush(context.Context) error { return nil }
