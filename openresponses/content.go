package openresponses

import (
	"context"

	"github.com/honehq/hone/otel"
)

// messageEvents are the roles as the log knows them.
var messageEvents = map[Role]otel.MessageEvent{
	System: otel.SystemMessage, Developer: otel.SystemMessage, User: otel.UserMessage,
	Assistant: otel.AssistantMessage, ToolRole: otel.ToolMessage,
}

// recordMessages puts what a model reads into the log, where content is
// captured.
func recordMessages(ctx context.Context, messages []Message) {
	if !otel.CapturesContent() {
		return
	}
	for _, m := range messages {
		e := otel.Message{Event: messageEvents[m.Role], Text: m.Text, ToolCallID: m.ToolCallID}
		for _, c := range m.ToolCalls {
			e.ToolCalls = append(e.ToolCalls, otel.MessageToolCall(c))
		}
		otel.RecordMessage(ctx, e)
	}
}

// record puts what the model said into the log, where content is captured.
func (t *turn) record(ctx context.Context) {
	if !otel.CapturesContent() {
		return
	}
	e := otel.Message{Event: otel.Choice, Text: t.said, FinishReason: string(t.finish.Reason)}
	for _, c := range t.calls {
		e.ToolCalls = append(e.ToolCalls, otel.MessageToolCall(c.ToolCall))
	}
	otel.RecordMessage(ctx, e)
}
