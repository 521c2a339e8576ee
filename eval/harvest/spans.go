package harvest

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/honehq/hone/otel"
)

// startProposal begins a trace about what becomes of a run: it is no part of the
// run's own.
func (d *Desk) startProposal(ctx context.Context, run string) (context.Context, trace.Span) {
	return otel.ProposeCase.Begin(ctx, otel.Cause{}, otel.AgentName.String(d.cfg.Agent), otel.AboutRunID.String(run))
}
