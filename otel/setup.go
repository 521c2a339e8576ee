package otel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	promexporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Config configures telemetry. What OTEL_ variables say goes before it.
type Config struct {
	Version string
	Spans   SpanStore // where the sqlite exporter keeps spans; nil: it is not available
	Keep    Retention // of Spans
	Console io.Writer // of the console exporter; nil: standard error
	Logger  *slog.Logger
}

// Telemetry is a running set-up.
type Telemetry struct {
	Metrics http.Handler // for Prometheus

	processors []trace.SpanProcessor
	cutOff     context.CancelFunc // ends exports that still run
	traces     *trace.TracerProvider
	metrics    *metric.MeterProvider
}

// Setup makes the global tracer and meter providers; the last one made counts.
// OTEL_TRACES_EXPORTER names the exporters, separated by commas: otlp, console,
// none, and sqlite, which is the default; another name is an error that wraps
// ErrSetting. Every run is recorded, whatever the caller's traceparent says of
// sampling, unless OTEL_TRACES_SAMPLER is set: runs are few and precious. With
// OTEL_SDK_DISABLED=true nothing is recorded, but a caller's traceparent is
// still passed on.
func Setup(ctx context.Context, cfg Config) (*Telemetry, error) {
	cfg.Logger = cmp.Or(cfg.Logger, slog.Default())
	cfg.Keep.Age = cmp.Or(cfg.Keep.Age, 7*24*time.Hour)
	cfg.Keep.Bytes = cmp.Or(cfg.Keep.Bytes, 256_000_000)
	complain := complainer(cfg.Logger)
	res := describe(ctx, cfg.Version, complain)

	registry := prometheus.NewRegistry()
	reader, err := promexporter.New(promexporter.WithRegisterer(registry), promexporter.WithoutScopeInfo())
	if err != nil {
		return nil, fmt.Errorf("telemetry: metrics: %w", err)
	}
	metrics := metric.NewMeterProvider(metric.WithResource(res), metric.WithReader(reader), buckets())
	instruments, err := newInstruments(metrics)
	if err != nil {
		return nil, fmt.Errorf("telemetry: metrics: %w", err)
	}

	over, cut := context.WithCancel(context.WithoutCancel(ctx))
	processors, err := spanProcessors(ctx, over, cfg)
	if err != nil {
		cut()
		return nil, err
	}
	t := &Telemetry{
		Metrics:    promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}),
		processors: processors, cutOff: cut, metrics: metrics,
		traces: trace.NewTracerProvider(traceOptions(res, processors)...),
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(complain))
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	if disabled() {
		otel.SetTracerProvider(noop.NewTracerProvider())
		current.Store(nil)
		return t, nil
	}
	otel.SetTracerProvider(t.traces)
	otel.SetMeterProvider(t.metrics)
	current.Store(instruments)
	return t, nil
}

func traceOptions(res *resource.Resource, processors []trace.SpanProcessor) []trace.TracerProviderOption {
	options := []trace.TracerProviderOption{trace.WithResource(res)}
	if os.Getenv("OTEL_TRACES_SAMPLER") == "" {
		options = append(options, trace.WithSampler(trace.AlwaysSample()))
	}
	for _, p := range processors {
		options = append(options, trace.WithSpanProcessor(recordedOnly{p}))
	}
	return options
}

// describe says who sends the telemetry. What can't be read of
// OTEL_RESOURCE_ATTRIBUTES is left out.
func describe(ctx context.Context, version string, complain func(error)) *resource.Resource {
	res, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "hone"), attribute.String("service.version", version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		complain(err)
	}
	return res
}

// Flush sends what is waiting, so that it can be looked at. What isn't sent by
// the context's end stays queued or is lost.
func (t *Telemetry) Flush(ctx context.Context) error {
	return t.each(func(p trace.SpanProcessor) error { return p.ForceFlush(ctx) })
}

// Shutdown flushes and ends telemetry. At the context's end it gives up what
// isn't sent, and ends exports that still run.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	err := t.each(func(p trace.SpanProcessor) error { return p.Shutdown(ctx) })
	t.cutOff()
	rest := context.WithoutCancel(ctx) // the processors have ended: nothing can block
	return errors.Join(err, t.traces.Shutdown(rest), t.metrics.Shutdown(rest))
}

// each does f for all processors at once, so that none waits for a slow one, as
// they would in the provider.
func (t *Telemetry) each(f func(trace.SpanProcessor) error) error {
	errs := make([]error, len(t.processors))
	var wg sync.WaitGroup
	for i, p := range t.processors {
		wg.Go(func() { errs[i] = f(p) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
