package eval

import (
	"context"
	"errors"
	"strconv"

	"github.com/openai/openai-go/v3"
	"go.opentelemetry.io/otel/trace"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/otel"
)

// startRound starts the span of work on a round. All that is done for it says
// which round it is.
func startRound(ctx context.Context, r Round) (context.Context, trace.Span) {
	id := otel.RoundID.String(r.ID)
	return otel.Improve.Start(otel.WithAbout(ctx, id), otel.AgentName.String(r.Agent), otel.RoundCause.String(r.Cause), id)
}

func endRound(span trace.Span, r Round, err error) {
	span.SetAttributes(otel.RoundState.String(string(r.State)))
	endSpan(span, err)
}

// startCase starts the span of one answer to a case. The answer's own says, too,
// which case it is.
func startCase(ctx context.Context, j job) (context.Context, trace.Span) {
	ctx = otel.WithAbout(ctx, otel.CaseID.String(j.c.ID))
	attributes := append(otel.AboutOf(ctx), otel.CaseRepeat.Int(j.repeat))
	if j.c.Split != "" {
		attributes = append(attributes, otel.CaseSplit.String(string(j.c.Split)))
	}
	return otel.EvaluateCase.Start(ctx, attributes...)
}

// grade asks the judge.
func (e *Evaluator) grade(ctx context.Context, c Case, a agent.Answer) (_ Grade, err error) {
	ctx, span := otel.JudgeAnswer.Start(ctx, append(otel.AboutOf(ctx), otel.AboutRunID.String(a.ID))...)
	defer func() { endSpan(span, err) }()
	return e.Judge.Grade(ctx, c, a)
}

// askRewriter asks the rewriter.
func (w *work) askRewriter(ctx context.Context, q RewriteRequest) (_ Rewrite, err error) {
	ctx, span := otel.RewritePrompt.Start(ctx, otel.AboutOf(ctx)...)
	defer func() {
		if errors.Is(err, ErrExhausted) {
			span.End() // which is an answer
			return
		}
		endSpan(span, err)
	}()
	return w.cfg.Rewriter.Rewrite(ctx, q)
}

// endSpan ends a span. Of an error, only its type is told.
func endSpan(span trace.Span, err error) {
	api, answered := errors.AsType[*openai.Error](err)
	switch {
	case answered:
		err = otel.Failure(strconv.Itoa(api.StatusCode))
	case IsBudget(err):
		err = otel.Failure("budget")
	case errors.Is(err, ErrBusy), errors.Is(err, ErrPaused), errors.Is(err, ErrWaiting), errors.Is(err, ErrNotDue):
		err = otel.Failure("not_now")
	}
	otel.End(span, err)
}
