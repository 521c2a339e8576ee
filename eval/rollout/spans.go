package rollout

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/trace"

	"github.com/honehq/hone/otel"
)

// startWatch begins a trace about a rollout: what is done for it is nobody's
// question.
func startWatch(ctx context.Context, r Rollout) (context.Context, trace.Span) {
	return otel.WatchRollout.Begin(ctx, otel.Cause{}, otel.AgentName.String(r.Agent), otel.RolloutID.String(r.ID), otel.RoundID.String(r.Round))
}

// notify tells a notice on one way out, in a trace of its own.
func notify(ctx context.Context, way Notifier, n Notice) (err error) {
	ctx, span := otel.DeliverNotice.Begin(ctx, otel.Cause{}, otel.NoticeWay.String(way.Name()), otel.NoticeKind.String(string(n.Kind)),
		otel.AgentName.String(n.Agent), otel.RoundID.String(n.Round), otel.RolloutID.String(n.Rollout))
	defer func() {
		if errors.Is(err, ErrRefused) {
			otel.Fail(span, otel.Failure("refused"))
			span.End()
			return
		}
		otel.End(span, err)
	}()
	return way.Notify(ctx, n)
}
