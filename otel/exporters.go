package otel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/trace"
)

// ErrSetting wraps errors for OTEL_ variables whose value is not known.
var ErrSetting = errors.New("not a known setting")

// KeepsSpans tells whether OTEL_TRACES_EXPORTER asks for the embedded database.
func KeepsSpans() bool { return slices.Contains(exporterNames(), "sqlite") }

func disabled() bool { return strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") }

// exporterNames reads OTEL_TRACES_EXPORTER. The contrib autoexport package takes
// one name only, and Hone keeps spans itself beside sending them on.
func exporterNames() []string {
	if disabled() {
		return nil
	}
	var names []string
	for name := range strings.SplitSeq(os.Getenv("OTEL_TRACES_EXPORTER"), ",") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return []string{"sqlite"}
	}
	return names
}

// spanProcessors makes a processor for each exporter that OTEL_TRACES_EXPORTER
// names. Each has a queue of its own, which drops spans rather than wait, so
// that neither a request nor another exporter suffers from a slow one. When over
// ends, so do exports that still run.
func spanProcessors(ctx, over context.Context, cfg Config) ([]trace.SpanProcessor, error) {
	var exporters []trace.SpanExporter
	for _, name := range exporterNames() {
		e, err := spanExporter(ctx, name, cfg)
		if err != nil {
			return nil, fmt.Errorf("telemetry: %w", errors.Join(err, shutAll(ctx, exporters)))
		}
		if e != nil {
			exporters = append(exporters, e)
		}
	}
	var options []trace.BatchSpanProcessorOption
	if os.Getenv("OTEL_BSP_SCHEDULE_DELAY") == "" {
		options = append(options, trace.WithBatchTimeout(time.Second)) // who looks at a run has just made it
	}
	var processors []trace.SpanProcessor
	for _, e := range exporters {
		processors = append(processors, trace.NewBatchSpanProcessor(cutOff{e, over}, options...))
	}
	return processors, nil
}

func shutAll(ctx context.Context, exporters []trace.SpanExporter) error {
	var errs []error
	for _, e := range exporters {
		errs = append(errs, e.Shutdown(ctx))
	}
	return errors.Join(errs...)
}

func spanExporter(ctx context.Context, name string, cfg Config) (trace.SpanExporter, error) {
	switch name {
	case "none":
		return nil, nil
	case "sqlite":
		if cfg.Spans == nil {
			return nil, nil
		}
		return &storeExporter{store: cfg.Spans, keep: cfg.Keep}, nil
	case "console":
		return stdouttrace.New(stdouttrace.WithWriter(cmp.Or[io.Writer](cfg.Console, os.Stderr)))
	case "otlp":
		protocol := cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf")
		switch protocol {
		case "http/protobuf":
			return otlptracehttp.New(ctx)
		case "grpc":
			return otlptracegrpc.New(ctx)
		}
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL: %q: %w: say http/protobuf or grpc", protocol, ErrSetting)
	}
	return nil, fmt.Errorf("OTEL_TRACES_EXPORTER: %q: %w: say otlp, console, sqlite or none, or several with commas", name, ErrSetting)
}

// cutOff ends an export once telemetry is over. The processor would let it run
// on to the exporter's own limits, half a minute and more.
type cutOff struct {
	trace.SpanExporter
	over context.Context //nolint:containedctx // the SDK makes the context of an export itself
}

// ExportSpans implements trace.SpanExporter.
func (e cutOff) ExportSpans(ctx context.Context, spans []trace.ReadOnlySpan) error {
	if e.over.Err() != nil {
		return nil // Shutdown has reported it
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.over, cancel)()
	return e.SpanExporter.ExportSpans(ctx, spans)
}
