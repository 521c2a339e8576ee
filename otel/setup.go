package otel

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	promexporter "go.opentelemetry.io/otel/exporters/prometheus"
	nooplog "go.opentelemetry.io/otel/log/noop"
	"go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
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

	traces  *trace.TracerProvider
	metrics *metric.MeterProvider
	logs    *log.LoggerProvider
	queues  []queue // of all exporters
	kept    []queue // of those, the embedded database's
	readers []queue // of metrics
	lanes   *lanes
	cutOff  context.CancelFunc // ends exports that still run
}

// Setup makes the global providers of traces, metrics and logs; the last one
// made counts. OTEL_TRACES_EXPORTER names the exporters, separated by commas:
// otlp, console, none, and sqlite, which is the default. OTEL_METRICS_EXPORTER
// (otlp, console) and OTEL_LOGS_EXPORTER (otlp, console) name those beside
// Prometheus and the log itself; TELEMETRY_SINKS stands for the first two.
// Another name is an error that wraps ErrSetting. Every run is recorded,
// whatever the caller's traceparent says of sampling, unless OTEL_TRACES_SAMPLER
// is set: runs are few and precious. With OTEL_SDK_DISABLED=true nothing is
// recorded, but a caller's traceparent is still passed on.
func Setup(ctx context.Context, cfg Config) (*Telemetry, error) {
	cfg.Logger = cmp.Or(cfg.Logger, slog.Default())
	cfg.Keep.Age = cmp.Or(cfg.Keep.Age, 7*24*time.Hour)
	cfg.Keep.Bytes = cmp.Or(cfg.Keep.Bytes, 256_000_000)
	names, err := choose()
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	propagators, err := propagator()
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	complain := complainer(cfg.Logger)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(complain))
	otel.SetLogger(logr.New(sdkLog{cfg.Logger}))

	t := &Telemetry{}
	made, err := t.make(ctx, cfg, names, describe(ctx, cfg.Version, complain))
	if err != nil {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		_ = t.Shutdown(ended) // of what was begun
		return nil, err
	}
	otel.SetTextMapPropagator(propagators)
	if disabled() {
		otel.SetTracerProvider(nooptrace.NewTracerProvider())
		otel.SetLoggerProvider(nooplog.NewLoggerProvider())
		current.Store(nil)
		return t, nil
	}
	otel.SetTracerProvider(t.traces)
	otel.SetMeterProvider(t.metrics)
	otel.SetLoggerProvider(t.logs)
	current.Store(made)
	t.lanes.count()
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

func logOptions(res *resource.Resource, processors []log.Processor) []log.LoggerProviderOption {
	options := []log.LoggerProviderOption{log.WithResource(res)}
	for _, p := range processors {
		options = append(options, log.WithProcessor(p))
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

// make makes what Setup puts in place, and what ends it.
func (t *Telemetry) make(ctx context.Context, cfg Config, names choice, res *resource.Resource) (*instruments, error) {
	over, cut := context.WithCancel(context.WithoutCancel(ctx))
	t.lanes, t.cutOff = &lanes{over: over, log: cfg.Logger}, cut
	p := &pipes{lanes: t.lanes, console: &oneAtATime{w: cmp.Or[io.Writer](cfg.Console, os.Stderr)}, spans: cfg.Spans, keep: cfg.Keep}
	spans, err := eachOf(names.traces, func(name string) (trace.SpanProcessor, error) { return p.spanProcessor(ctx, name) })
	t.queues = append(t.queues, queues(spans)...)
	if err != nil {
		return nil, err
	}
	if p.spans != nil && slices.Contains(names.traces, "sqlite") && CapturesContent() {
		names.logs = append(names.logs, keptQuestions)
	}
	records, err := eachOf(names.logs, func(name string) (log.Processor, error) { return p.logProcessor(ctx, name) })
	t.queues = append(t.queues, queues(records)...)
	if err != nil {
		return nil, err
	}
	readers, err := eachOf(names.metrics, func(name string) (*metric.PeriodicReader, error) { return p.metricReader(ctx, name) })
	t.readers = queues(readers)
	if err != nil {
		return nil, err
	}

	t.kept = p.kept
	t.traces = trace.NewTracerProvider(traceOptions(res, spans)...)
	t.logs = log.NewLoggerProvider(logOptions(res, records)...)
	return t.measure(res, readers)
}

// measure makes the metrics, for Prometheus and other readers.
func (t *Telemetry) measure(res *resource.Resource, readers []*metric.PeriodicReader) (*instruments, error) {
	registry := prometheus.NewRegistry()
	scraped, err := promexporter.New(promexporter.WithRegisterer(registry), promexporter.WithoutScopeInfo())
	if err != nil {
		return nil, fmt.Errorf("telemetry: metrics: %w", err)
	}
	options := append(metricOptions(), metric.WithResource(res), metric.WithReader(scraped))
	for _, r := range readers {
		options = append(options, metric.WithReader(r))
	}
	t.metrics = metric.NewMeterProvider(options...)
	made, err := newInstruments(t.metrics)
	if err != nil {
		return nil, fmt.Errorf("telemetry: metrics: %w", err)
	}
	t.Metrics = promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
	return made, nil
}
