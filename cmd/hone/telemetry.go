package main

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/store/sqlite"
)

// observing is how much telemetry says and keeps. Where it goes is what the
// standard OTEL_ variables say.
type observing struct {
	LogFormat  string        `name:"log-format" env:"HONE_LOG_FORMAT" enum:"text,json" default:"text" help:"Format of the log's lines."`
	TracesKeep time.Duration `name:"traces-keep" env:"HONE_TRACES_KEEP" default:"168h" help:"How long traces are kept; 0: until there are too many."`
	TracesSize int64         `name:"traces-size" env:"HONE_TRACES_SIZE" default:"256" help:"How many megabytes of traces are kept; 0: no bound."`
}

func (o observing) retention() otel.Retention {
	keep := otel.Retention{Age: o.TracesKeep, Bytes: o.TracesSize * 1_000_000}
	if keep.Age <= 0 {
		keep.Age = -1
	}
	if keep.Bytes <= 0 {
		keep.Bytes = -1
	}
	return keep
}

// flushTime bounds how long a command waits for its telemetry at its end.
const flushTime = 3 * time.Second

// telemetry is what a command tells about itself. What goes wrong with it is
// logged, and fails no command.
type telemetry struct {
	log     *slog.Logger
	metrics http.Handler
	spans   otel.SpanStore // nil: no traces are kept here
	running *otel.Telemetry
	close   func() error // of spans
}

// openTelemetry fails only on settings that nobody can mean. The caller closes
// the telemetry.
func openTelemetry(ctx context.Context, s settings, term terminal) (*telemetry, error) {
	if _, _, err := s.database(); err != nil {
		return nil, err
	}
	log, err := otel.NewLogger(term.err, s.logLevel(), s.LogFormat)
	if err != nil {
		return nil, usageError{err}
	}
	t := &telemetry{log: newThinned(log), close: func() error { return nil }}
	if otel.KeepsSpans() {
		if db, err := openTraces(ctx, s); err == nil {
			t.spans, t.close = db, db.Close
		} else {
			t.log.Warn("no traces are kept", "error", err)
		}
	}
	running, err := otel.Setup(ctx, otel.Config{Version: version(), Spans: t.spans, Keep: s.retention(), Console: term.err, Logger: t.log})
	if err != nil {
		t.closeSpans()
		return nil, usageError{err}
	}
	t.running, t.metrics = running, running.Metrics
	return t, nil
}

// Close sends what is waiting, but not for long. It never fails.
func (t *telemetry) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	_ = t.running.Shutdown(ctx) // which tells what was lost
	t.closeSpans()
	return nil
}

func (t *telemetry) closeSpans() {
	if err := t.close(); err != nil {
		t.log.Warn("traces", "error", err)
	}
}

// flush makes spans that have ended readable in spans.
func (t *telemetry) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushTime)
	defer cancel()
	if err := t.running.FlushKept(ctx); err != nil {
		t.log.Warn("telemetry", "error", err)
	}
}

func (s settings) logLevel() slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.Log)); err != nil {
		return slog.LevelWarn // the flag allows the four names only
	}
	return level
}

func openTraces(ctx context.Context, s settings) (*sqlite.Traces, error) {
	path, err := s.tracesPath()
	if err != nil {
		return nil, err
	}
	return sqlite.OpenTraces(ctx, path)
}

// tracesPath is where traces are kept: beside a SQLite database (hone.db,
// hone-traces.db), else in the data folder.
func (s settings) tracesPath() (string, error) {
	if s.SpansDB != "" {
		return s.SpansDB, nil
	}
	driver, location, err := s.database()
	if err != nil {
		return "", err
	}
	if driver == "postgres" {
		dir, err := dataDir()
		return filepath.Join(dir, "traces.db"), err
	}
	ext := filepath.Ext(location)
	return strings.TrimSuffix(location, ext) + "-traces" + ext, nil
}
