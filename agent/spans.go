package agent

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/honehq/hone/otel"
)

// describe says in a run's span what came of it.
func describe(span trace.Span, a Answer) {
	span.SetAttributes(
		otel.ConversationID.String(a.Thread), otel.RunID.String(a.ID), otel.RunStatus.String(string(a.Status)),
		otel.PromptID.String(a.Prompt.ID), otel.PromptVersion.Int(a.Prompt.Version),
		otel.InputTokens.Int(a.Usage.InputTokens), otel.OutputTokens.Int(a.Usage.OutputTokens))
}

// checkCitations renders an answer, and says how many of its citations are of
// what was retrieved.
func (r *run) checkCitations(ctx context.Context, render func()) {
	_, check := otel.StartCheck(ctx, "citations")
	render()
	kept, dropped := otel.CitationsKept.Int(len(r.cites.cited)), otel.CitationsDropped.Int(r.cites.dropped)
	if r.cites.dropped > 0 {
		check.Failed("not_retrieved", kept, dropped)
		return
	}
	check.Passed(kept, dropped)
}

// startCall starts the span of a call of a Responses API elsewhere, and returns
// how it ends. Our own engine makes its spans itself.
func (r *run) startCall(ctx context.Context) (_ context.Context, called func(*responses.Response, error)) {
	if !r.backend.Remote {
		return ctx, func(*responses.Response, error) {}
	}
	ctx, span := otel.RemoteChat.Start(ctx, otel.Operation.String("chat"), otel.Provider.String(r.backend.Provider),
		otel.RequestModel.String(r.backend.Model), otel.MaxTokens.Int(r.cfg.Limits.OutputTokens))
	return ctx, func(final *responses.Response, err error) {
		if final != nil {
			span.SetAttributes(otel.ResponseModel.String(final.Model),
				otel.InputTokens.Int64(final.Usage.InputTokens), otel.OutputTokens.Int64(final.Usage.OutputTokens))
		}
		end(span, err)
	}
}

// end ends a span. That nobody listens any more is no failure.
func end(span trace.Span, err error) {
	if errors.Is(err, errStopped) {
		err = nil
	}
	otel.Fail(span, typed(err))
	if api, ok := errors.AsType[*openai.Error](err); ok {
		span.SetStatus(codes.Error, fmt.Sprintf("the provider answered %d", api.StatusCode))
	}
	span.End()
}

// What tools do wrong, for their spans.
const (
	errUnknownTool = otel.Failure("unknown_tool")
	errArguments   = otel.Failure("invalid_arguments")
	errRefused     = otel.Failure("tool_refused")
)

// typed is an error as otel.ErrorType knows it. A backend's words may repeat
// what it was asked.
func typed(err error) error {
	var said saidError
	api, answered := errors.AsType[*openai.Error](err)
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case answered:
		return otel.Failure(strconv.Itoa(api.StatusCode))
	case errors.As(err, &said):
		return otel.Failure("model_failed")
	case errors.Is(err, errNoAnswer):
		return otel.Failure("no_answer")
	case errors.Is(err, errTimeLimit), errors.Is(err, errAskTime):
		return otel.Failure("timeout")
	case errors.Is(err, ErrEmpty):
		return otel.Failure("empty")
	case errors.Is(err, ErrOtherAgent):
		return otel.Failure("other_agent")
	}
	return err
}
