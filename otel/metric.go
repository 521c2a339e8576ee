package otel

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Metric is what Hone measures, as the catalogue names it. All values are
// floating-point numbers; counts are whole.
type Metric struct {
	Name        string // OpenTelemetry's; see Prometheus for the other one
	Kind        Kind
	Unit        string // UCUM; in braces what is counted
	Description string
	Buckets     []float64 // upper bounds, of a Histogram
	Labels      []*Label
}

// Kind is how values of a metric add up.
type Kind string

// The kinds.
const (
	Counter   Kind = "counter"
	UpDown    Kind = "up-down counter"
	Gauge     Kind = "gauge"            // tells the last value that it was given
	Observed  Kind = "observable gauge" // is asked for its value whenever metrics are read
	Histogram Kind = "histogram"
)

// add counts or records a value. The labels' values stand in the metric's order;
// an empty one is Other, or left out of an optional label.
func (m *Metric) add(ctx context.Context, v float64, values ...string) {
	if set := measuring(ctx); set != nil {
		set.add[m](ctx, v, set.labelled(m, values))
	}
}

// instruments are the catalogue's metrics, as made by a Setup.
type instruments struct {
	add      map[*Metric]func(context.Context, float64, metric.MeasurementOption)
	observed map[*Metric]metric.Float64ObservableGauge
	meter    metric.Meter
	names    nameLimits
}

// labelled bounds the values and makes attributes of them.
func (i *instruments) labelled(m *Metric, values []string) metric.MeasurementOption {
	list := make([]attribute.KeyValue, 0, len(values))
	for n, v := range values {
		if v != "" || !m.Labels[n].Optional {
			list = append(list, attribute.String(m.Labels[n].Key, i.names.bound(m.Labels[n], v)))
		}
	}
	return metric.WithAttributes(list...)
}

// newInstruments makes all metrics of the catalogue.
func newInstruments(provider metric.MeterProvider) (*instruments, error) {
	i := &instruments{
		add:      map[*Metric]func(context.Context, float64, metric.MeasurementOption){},
		observed: map[*Metric]metric.Float64ObservableGauge{},
		meter:    provider.Meter("github.com/honehq/hone/otel"),
	}
	for _, m := range catalogue {
		if err := i.make(m); err != nil {
			return nil, err
		}
	}
	return i, nil
}

func (i *instruments) make(m *Metric) error {
	unit, text := metric.WithUnit(m.Unit), metric.WithDescription(m.Description)
	switch m.Kind {
	case Counter:
		c, err := i.meter.Float64Counter(m.Name, unit, text)
		i.add[m] = func(ctx context.Context, v float64, o metric.MeasurementOption) { c.Add(ctx, v, o) }
		return err
	case UpDown:
		c, err := i.meter.Float64UpDownCounter(m.Name, unit, text)
		i.add[m] = func(ctx context.Context, v float64, o metric.MeasurementOption) { c.Add(ctx, v, o) }
		return err
	case Gauge:
		g, err := i.meter.Float64Gauge(m.Name, unit, text)
		i.add[m] = func(ctx context.Context, v float64, o metric.MeasurementOption) { g.Record(ctx, v, o) }
		return err
	case Histogram:
		h, err := i.meter.Float64Histogram(m.Name, unit, text, metric.WithExplicitBucketBoundaries(m.Buckets...))
		i.add[m] = func(ctx context.Context, v float64, o metric.MeasurementOption) { h.Record(ctx, v, o) }
		return err
	case Observed:
		g, err := i.meter.Float64ObservableGauge(m.Name, unit, text)
		i.observed[m] = g
		return err
	}
	panic("metric " + m.Name + " is of no kind") // the catalogue is ours
}
