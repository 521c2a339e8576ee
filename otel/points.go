package otel

import (
	"context"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// metricReader makes what sends the metrics to an exporter every minute, or as
// OTEL_METRIC_EXPORT_INTERVAL says. It is nil for Prometheus, which comes by
// itself.
func (p *pipes) metricReader(ctx context.Context, name string) (*metric.PeriodicReader, error) {
	exporter, err := p.metricExporter(ctx, name)
	if err != nil || exporter == nil {
		return nil, err
	}
	return metric.NewPeriodicReader(metricExit{exporter, p.open("metrics", name, 0)}), nil
}

func (p *pipes) metricExporter(ctx context.Context, name string) (metric.Exporter, error) {
	switch name {
	case "prometheus":
		return nil, nil
	case "console":
		return stdoutmetric.New(stdoutmetric.WithWriter(p.console))
	}
	grpc, err := overGRPC("METRICS")
	switch {
	case err != nil:
		return nil, err
	case grpc:
		return otlpmetricgrpc.New(ctx)
	}
	return otlpmetrichttp.New(ctx, otlpmetrichttp.WithProxy(proxy))
}

// metricExit is where metrics leave a lane. They never wait there: each time
// they are sent as they stand then.
type metricExit struct {
	metric.Exporter
	lane *lane
}

// Export implements metric.Exporter.
func (e metricExit) Export(ctx context.Context, m *metricdata.ResourceMetrics) error {
	n := points(m)
	e.lane.waiting.Add(int64(n))
	return e.lane.send(ctx, n, func(ctx context.Context) error { return e.Exporter.Export(ctx, m) })
}

// points counts those of all metrics.
func points(m *metricdata.ResourceMetrics) int {
	n := 0
	for _, scope := range m.ScopeMetrics {
		for _, one := range scope.Metrics {
			switch data := one.Data.(type) {
			case metricdata.Gauge[int64]:
				n += len(data.DataPoints)
			case metricdata.Gauge[float64]:
				n += len(data.DataPoints)
			case metricdata.Sum[int64]:
				n += len(data.DataPoints)
			case metricdata.Sum[float64]:
				n += len(data.DataPoints)
			case metricdata.Histogram[int64]:
				n += len(data.DataPoints)
			case metricdata.Histogram[float64]:
				n += len(data.DataPoints)
			default: // of a kind that Hone has not: counted as one
				n++
			}
		}
	}
	return n
}
