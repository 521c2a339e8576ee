package otel

import (
	"context"
	"os"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/trace"
)

// spanProcessor makes the processor of an exporter, which has a queue of its
// own: neither a request nor another exporter suffers from a slow one. It is nil
// where that exporter is not available.
func (p *pipes) spanProcessor(ctx context.Context, name string) (trace.SpanProcessor, error) {
	exporter, err := p.spanExporter(ctx, name)
	if err != nil || exporter == nil {
		return nil, err
	}
	size := queueSize("OTEL_BSP_MAX_QUEUE_SIZE", spanQueue)
	options := []trace.BatchSpanProcessorOption{trace.WithMaxQueueSize(size)}
	if os.Getenv("OTEL_BSP_SCHEDULE_DELAY") == "" {
		options = append(options, trace.WithBatchTimeout(time.Second)) // who looks at a run has just made it
	}
	l := p.open("traces", name, size)
	processor := &spanLane{trace.NewBatchSpanProcessor(spanExit{exporter, l}, options...), l}
	p.made(name, processor)
	return processor, nil
}

func (p *pipes) spanExporter(ctx context.Context, name string) (trace.SpanExporter, error) {
	switch name {
	case "sqlite":
		if p.spans == nil {
			return nil, nil
		}
		return &storeExporter{store: p.spans, keep: p.keep}, nil
	case "console":
		return stdouttrace.New(stdouttrace.WithWriter(p.console))
	}
	grpc, err := overGRPC("TRACES")
	switch {
	case err != nil:
		return nil, err
	case grpc:
		return otlptracegrpc.New(ctx)
	}
	return otlptracehttp.New(ctx, otlptracehttp.WithProxy(proxy))
}

// spanLane lets only as many spans to a processor as have room in its queue.
type spanLane struct {
	trace.SpanProcessor
	lane *lane
}

// OnEnd implements trace.SpanProcessor.
func (s *spanLane) OnEnd(span trace.ReadOnlySpan) {
	if span.SpanContext().IsSampled() && s.lane.enter() {
		s.SpanProcessor.OnEnd(span)
	}
}

// Shutdown implements trace.SpanProcessor.
func (s *spanLane) Shutdown(ctx context.Context) error {
	s.lane.closed.Store(true)
	return s.SpanProcessor.Shutdown(ctx)
}

// spanExit is where spans leave a lane.
type spanExit struct {
	trace.SpanExporter
	lane *lane
}

// ExportSpans implements trace.SpanExporter.
func (e spanExit) ExportSpans(ctx context.Context, spans []trace.ReadOnlySpan) error {
	return e.lane.send(ctx, len(spans), func(ctx context.Context) error { return e.SpanExporter.ExportSpans(ctx, spans) })
}
