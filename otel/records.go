package otel

import (
	"context"

	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdoutlog"
	"go.opentelemetry.io/otel/sdk/log"
)

// logProcessor makes the processor of an exporter of log records, with a queue
// of its own.
func (p *pipes) logProcessor(ctx context.Context, name string) (log.Processor, error) {
	exporter, err := p.logExporter(ctx, name)
	if err != nil || exporter == nil {
		return nil, err
	}
	size := queueSize("OTEL_BLRP_MAX_QUEUE_SIZE", logQueue)
	l := p.open("logs", name, size)
	processor := &logLane{log.NewBatchProcessor(logExit{exporter, l}, log.WithMaxQueueSize(size)), l}
	p.made(name, processor)
	return processor, nil
}

// keptQuestions stands for the exporter of what people asked, which keeps it
// beside the spans.
const keptQuestions = "sqlite"

func (p *pipes) logExporter(ctx context.Context, name string) (log.Exporter, error) {
	switch name {
	case keptQuestions:
		return questionExporter{p.spans}, nil
	case "console":
		return stdoutlog.New(stdoutlog.WithWriter(p.console))
	}
	grpc, err := overGRPC("LOGS")
	switch {
	case err != nil:
		return nil, err
	case grpc:
		return otlploggrpc.New(ctx)
	}
	return otlploghttp.New(ctx, otlploghttp.WithProxy(proxy))
}

// logLane lets only as many records to a processor as have room in its queue.
type logLane struct {
	log.Processor
	lane *lane
}

// OnEmit implements log.Processor.
func (s *logLane) OnEmit(ctx context.Context, r *log.Record) error {
	if s.lane.exporter == keptQuestions && !isQuestion(r) || !s.lane.enter() {
		return nil
	}
	return s.Processor.OnEmit(ctx, r)
}

// ForceFlush implements log.Processor. What a flush takes off the queue it sends
// even when ctx ends, as the SDK would not.
func (s *logLane) ForceFlush(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- s.Processor.ForceFlush(s.lane.over) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Shutdown implements log.Processor.
func (s *logLane) Shutdown(ctx context.Context) error {
	s.lane.closed.Store(true)
	return s.Processor.Shutdown(ctx)
}

// logExit is where records leave a lane.
type logExit struct {
	log.Exporter
	lane *lane
}

// Export implements log.Exporter.
func (e logExit) Export(ctx context.Context, records []log.Record) error {
	return e.lane.send(ctx, len(records), func(ctx context.Context) error { return e.Exporter.Export(ctx, records) })
}
