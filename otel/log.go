package otel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/log/embedded"
	"go.opentelemetry.io/otel/trace"
)

// NewLogger writes lines that carry the ids of the span in their context, and
// sends the same on to the exporters that OTEL_LOGS_EXPORTER names, once Setup
// ran. format is text or json, "" text; another one wraps ErrSetting.
func NewLogger(w io.Writer, level slog.Level, format string) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: level}
	var lines slog.Handler
	switch format {
	case "", "text":
		lines = slog.NewTextHandler(w, options)
	case "json":
		lines = slog.NewJSONHandler(w, options)
	default:
		return nil, fmt.Errorf("log format %q: %w: say text or json", format, ErrSetting)
	}
	bridge := otelslog.NewHandler("github.com/honehq/hone", otelslog.WithLoggerProvider(latestLogs{}))
	return slog.New(logHandler{withTrace{lines}, bridge}), nil
}

// logHandler writes records as lines and sends them on. The lines' level holds
// for both.
type logHandler struct{ lines, bridge slog.Handler }

// Enabled implements slog.Handler.
func (h logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.lines.Enabled(ctx, level)
}

// Handle implements slog.Handler. What is closed to telemetry is not sent.
func (h logHandler) Handle(ctx context.Context, r slog.Record) error {
	var sent error
	if !IsUnrecorded(ctx) {
		sent = h.bridge.Handle(ctx, r.Clone())
	}
	return errors.Join(h.lines.Handle(ctx, r), sent)
}

// WithAttrs implements slog.Handler.
func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.lines.WithAttrs(attrs), h.bridge.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.lines.WithGroup(name), h.bridge.WithGroup(name)}
}

// withTrace adds trace_id and span_id to records.
type withTrace struct{ slog.Handler }

// Handle implements slog.Handler.
func (h withTrace) Handle(ctx context.Context, r slog.Record) error {
	if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
		r = r.Clone()
		r.AddAttrs(slog.String("trace_id", sc.TraceID().String()), slog.String("span_id", sc.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h withTrace) WithAttrs(attrs []slog.Attr) slog.Handler {
	return withTrace{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h withTrace) WithGroup(name string) slog.Handler { return withTrace{h.Handler.WithGroup(name)} }

// latestLogs gives loggers that ask for the global provider at each record, as
// Tracer's do at each span.
type latestLogs struct{ embedded.LoggerProvider }

// Logger implements log.LoggerProvider.
func (latestLogs) Logger(name string, options ...log.LoggerOption) log.Logger {
	return latestLog{name: name, options: options}
}

type latestLog struct {
	embedded.Logger
	name    string
	options []log.LoggerOption
}

func (l latestLog) logger() log.Logger { return otel.GetLoggerProvider().Logger(l.name, l.options...) }

// Emit implements log.Logger.
func (l latestLog) Emit(ctx context.Context, r log.Record) { l.logger().Emit(ctx, r) }

// Enabled implements log.Logger.
func (l latestLog) Enabled(ctx context.Context, p log.EnabledParameters) bool {
	return l.logger().Enabled(ctx, p)
}
