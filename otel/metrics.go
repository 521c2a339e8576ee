package otel

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
)

// Run is what is measured of a question. Its strings must come from settings or
// closed sets: each combination is a time series of its own.
type Run struct {
	Agent, Model, Origin      string
	Status                    string // answered, not_found, degraded; failed or canceled
	Duration                  time.Duration
	InputTokens, OutputTokens int // of all its model calls
}

// RecordRun counts a question that has ended, with its duration and tokens. It
// counts nothing under a context that is closed to telemetry, nor do the others.
func RecordRun(ctx context.Context, r Run) {
	m := measuring(ctx)
	if m == nil {
		return
	}
	common := []attribute.KeyValue{
		attribute.String("gen_ai.agent.name", r.Agent),
		attribute.String("gen_ai.request.model", r.Model),
		attribute.String("hone.origin", r.Origin),
	}
	status := metric.WithAttributes(append(common, attribute.String("hone.status", r.Status))...)
	m.answers.Add(ctx, 1, status)
	m.duration.Record(ctx, r.Duration.Seconds(), status)
	for kind, n := range map[string]int{"input": r.InputTokens, "output": r.OutputTokens} {
		if n > 0 {
			m.tokens.Record(ctx, int64(n), metric.WithAttributes(append(common,
				attribute.String("gen_ai.operation.name", "invoke_agent"),
				attribute.String("gen_ai.token.type", kind))...))
		}
	}
}

// RecordToolCall counts a call of a tool that there is; what a model made up
// must be named "unknown".
func RecordToolCall(ctx context.Context, tool string, failed bool) {
	if m := measuring(ctx); m != nil {
		status := "done"
		if failed {
			status = "failed"
		}
		m.tools.Add(ctx, 1, metric.WithAttributes(
			attribute.String("gen_ai.tool.name", tool), attribute.String("hone.status", status)))
	}
}

// RecordSearch counts a search by whether it found anything. A search whose
// caller has gone is none.
func RecordSearch(ctx context.Context, found int, err error) {
	if m := measuring(ctx); m != nil && !errors.Is(err, context.Canceled) {
		outcome := "found"
		switch {
		case err != nil:
			outcome = "failed"
		case found == 0:
			outcome = "empty"
		}
		m.searches.Add(ctx, 1, metric.WithAttributes(attribute.String("hone.search.outcome", outcome)))
	}
}

// instruments are the metrics of Hone's own.
type instruments struct {
	answers, tools, searches metric.Int64Counter
	duration                 metric.Float64Histogram
	tokens                   metric.Int64Histogram
	rollouts                 rolloutInstruments
	drift                    metric.Float64Gauge
	trusted                  metric.Int64Gauge
}

// current is that of the last Setup; nil: nothing is measured.
var current atomic.Pointer[instruments]

// measuring are the instruments, or nil where nothing is to be measured.
func measuring(ctx context.Context) *instruments {
	if IsUnrecorded(ctx) {
		return nil
	}
	return current.Load()
}

// Buckets. The SDK's own would suit milliseconds.
var (
	secondBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30, 60, 120}
	tokenBuckets  = []float64{16, 64, 256, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576}
)

// buckets gives every histogram of seconds the same ones, those of libraries too.
func buckets() sdk.Option {
	return sdk.WithView(sdk.NewView(
		sdk.Instrument{Kind: sdk.InstrumentKindHistogram, Unit: "s"},
		sdk.Stream{Aggregation: sdk.AggregationExplicitBucketHistogram{Boundaries: secondBuckets}}))
}

func newInstruments(provider metric.MeterProvider) (*instruments, error) {
	meter := provider.Meter("github.com/honehq/hone/otel")
	var m instruments
	var errs [9]error
	m.answers, errs[0] = meter.Int64Counter("hone.answers", metric.WithUnit("{answer}"),
		metric.WithDescription("Questions by how they ended."))
	m.duration, errs[1] = meter.Float64Histogram("hone.run.duration", metric.WithUnit("s"),
		metric.WithDescription("Time from question to answer."))
	m.tokens, errs[2] = meter.Int64Histogram("gen_ai.client.token.usage", metric.WithUnit("{token}"),
		metric.WithExplicitBucketBoundaries(tokenBuckets...),
		metric.WithDescription("Tokens of a question, over all its model calls."))
	m.tools, errs[3] = meter.Int64Counter("hone.tool.calls", metric.WithUnit("{call}"),
		metric.WithDescription("Tool calls of the agent by tool and outcome."))
	m.searches, errs[4] = meter.Int64Counter("hone.searches", metric.WithUnit("{search}"),
		metric.WithDescription("Searches by whether they found anything."))
	m.rollouts, errs[5], errs[6] = newRolloutInstruments(meter)
	m.drift, errs[7] = meter.Float64Gauge("hone.judge.drift", metric.WithUnit("1"),
		metric.WithDescription("Share of the judge's decisions on fixed answers that changed since it was calibrated."))
	m.trusted, errs[8] = meter.Int64Gauge("hone.judge.trusted", metric.WithUnit("1"),
		metric.WithDescription("1 if promotions by the judge's grades do without a person."))
	return &m, errors.Join(errs[:]...)
}
