package agent

import (
	"context"
	"errors"
	"time"

	"github.com/honehq/hone/otel"
)

// measure records how a run ended. What agents that it asked used, they have
// recorded themselves.
func (a *Agent) measure(ctx context.Context, q Question, answer Answer, elsewhere Usage, err error) {
	status := string(answer.Status)
	switch {
	case errors.Is(err, errStopped), errors.Is(err, context.Canceled):
		status = "canceled"
	case err != nil:
		status = "failed"
	}
	otel.RecordRun(ctx, otel.Run{
		Agent: a.cfg.Name, Model: answer.Model, Origin: string(q.Origin), Status: status,
		Duration:    time.Duration(answer.Duration * float64(time.Second)),
		InputTokens: answer.Usage.InputTokens - elsewhere.InputTokens, OutputTokens: answer.Usage.OutputTokens - elsewhere.OutputTokens,
	})
}

// counted is emit that counts tool calls too. Names that a model made up are
// counted as one.
func (a *Agent) counted(ctx context.Context, emit func(Event) error) func(Event) error {
	return func(e Event) error {
		if t, ok := e.(ToolEvent); ok && t.Done && t != restarted {
			name := "unknown"
			if _, known := a.tools[t.Tool]; known || t.Tool == "file_search" {
				name = t.Tool
			}
			otel.RecordToolCall(ctx, name, t.Failed)
		}
		return emit(e)
	}
}
