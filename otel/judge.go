package otel

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// RecordJudge notes what came of looking whether an agent's judge has drifted:
// the share of its decisions on fixed answers that are other ones now, in
// [0, 1], and whether it is trusted still.
func RecordJudge(ctx context.Context, agent, judge string, drift float64, trusted bool) {
	m := measuring(ctx)
	if m == nil {
		return
	}
	which := metric.WithAttributes(attribute.String("gen_ai.agent.name", agent), attribute.String("hone.judge", judge))
	m.drift.Record(ctx, drift, which)
	is := int64(0)
	if trusted {
		is = 1
	}
	m.trusted.Record(ctx, is, which)
}
