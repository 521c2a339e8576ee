package otel

import (
	"context"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/exemplar"
)

// current is that of the last Setup; nil: nothing is measured.
var current atomic.Pointer[instruments]

// measuring are the instruments, or nil where nothing is to be measured: before
// Setup, and under a context that is closed to telemetry.
func measuring(ctx context.Context) *instruments {
	if IsUnrecorded(ctx) {
		return nil
	}
	return current.Load()
}

// seriesLimit bounds the series of each metric. Labels have bounds of their own;
// this one is for their product.
const seriesLimit = 1000

// metricOptions are what all providers of meters have: bounds, and buckets for
// histograms of seconds that libraries make. Of what libraries measure, only the
// durations of requests to the server are kept, without what callers choose,
// such as the host.
func metricOptions() []sdk.Option {
	drop := sdk.Stream{Aggregation: sdk.AggregationDrop{}}
	view := func(name string, s sdk.Stream) sdk.View { return sdk.NewView(sdk.Instrument{Name: name}, s) }
	return []sdk.Option{
		sdk.WithCardinalityLimit(seriesLimit),
		sdk.WithView(
			view("http.server.request.duration", sdk.Stream{
				Aggregation:                       sdk.AggregationExplicitBucketHistogram{Boundaries: secondBuckets},
				AttributeFilter:                   attribute.NewAllowKeysFilter("http.request.method", "http.route", "http.response.status_code"),
				ExemplarReservoirProviderSelector: bare,
			}),
			view("http.server.*.body.size", drop),
			view("http.client.*", drop),
			view("db.*", drop),
		),
	}
}

// bare makes exemplars of the trace alone: what a filter takes off a measurement
// would come with its exemplar, too long for Prometheus.
func bare(a sdk.Aggregation) exemplar.ReservoirProvider {
	usual := sdk.DefaultExemplarReservoirProviderSelector(a)
	return func(set attribute.Set) exemplar.Reservoir { return bareReservoir{usual(set)} }
}

type bareReservoir struct{ exemplar.Reservoir }

// Offer implements exemplar.Reservoir.
func (r bareReservoir) Offer(ctx context.Context, t time.Time, v exemplar.Value, _ []attribute.KeyValue) {
	r.Reservoir.Offer(ctx, t, v, nil)
}
