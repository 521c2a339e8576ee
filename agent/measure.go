package agent

import (
	"context"
	"errors"
	"time"

	"github.com/honehq/hone/otel"
)

// measure records how a run ended.
func (r *run) measure(ctx context.Context, q Question, answer Answer, err error) {
	status := string(answer.Status)
	switch {
	case errors.Is(err, errStopped), errors.Is(err, context.Canceled):
		status = "canceled"
	case err != nil:
		status = "failed"
	}
	by := r.cfg.Backend
	if answer.Model == r.backend.Model { // the fallback's, if that answered
		by = r.backend
	}
	otel.RecordRun(ctx, otel.Run{
		Agent: r.cfg.Name, Model: answer.Model, Provider: by.Provider, Origin: string(q.Origin), Status: status,
		Duration:  time.Duration(answer.Duration * float64(time.Second)),
		Citations: len(answer.Citations), Dropped: r.cites.dropped,
	})
}

// timeTool is runTool, measured.
func (r *run) timeTool(ctx context.Context, c call) (Result, error) {
	start := time.Now()
	res, err := r.runTool(ctx, c)
	otel.RecordToolCall(ctx, r.toolName(c), time.Since(start), res.Failed, err)
	return res, err
}

// counted is emit that also measures searches of the backend, which it tells by
// events.
func (a *Agent) counted(ctx context.Context, emit func(Event) error) func(Event) error {
	began := map[string]time.Time{}
	return func(e Event) error {
		if t, ok := e.(ToolEvent); ok && t.Tool == "file_search" {
			if !t.Done {
				began[t.ID] = time.Now()
			} else if at, ok := began[t.ID]; ok {
				otel.RecordToolCall(ctx, t.Tool, time.Since(at), t.Failed, nil)
			}
		}
		return emit(e)
	}
}
