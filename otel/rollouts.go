package otel

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// rolloutInstruments are the metrics of what happens after a promotion.
type rolloutInstruments struct {
	notices  metric.Int64Counter
	evidence metric.Float64Gauge
}

func newRolloutInstruments(meter metric.Meter) (m rolloutInstruments, first, second error) {
	m.notices, first = meter.Int64Counter("hone.notices", metric.WithUnit("{notice}"),
		metric.WithDescription("Promotions, returns, approvals that wait, failed rounds."))
	m.evidence, second = meter.Float64Gauge("hone.rollout.evidence", metric.WithUnit("{to 1}"),
		metric.WithDescription("Evidence that the old prompt is better than the one on trial; it is put back at 25."))
	return m, first, second
}

// RecordNotice counts a notice of a kind.
func RecordNotice(ctx context.Context, agent, kind string) {
	if m := measuring(ctx); m != nil {
		m.rollouts.notices.Add(ctx, 1, metric.WithAttributes(
			attribute.String("gen_ai.agent.name", agent), attribute.String("hone.notice.kind", kind)))
	}
}

// RecordRollout tells how the test of a prompt on trial stands.
func RecordRollout(ctx context.Context, agent string, evidence float64) {
	if m := measuring(ctx); m != nil {
		m.rollouts.evidence.Record(ctx, evidence, metric.WithAttributes(attribute.String("gen_ai.agent.name", agent)))
	}
}
