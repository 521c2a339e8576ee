package otel_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/otel"
)

// newLogger is the logger of a process, whose lines go to b.
func newLogger(t *testing.T, b *bytes.Buffer, format string) *slog.Logger {
	t.Helper()
	log, err := otel.NewLogger(b, slog.LevelInfo, format)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// Spans, metrics and log records reach a collector, with the same ids.
func TestAllSignals(t *testing.T) {
	for name, serve := range map[string]func(*fakeCollector){
		"http": (*fakeCollector).serveHTTP, "grpc": (*fakeCollector).serveGRPC,
	} {
		t.Run(name, func(t *testing.T) {
			for _, signal := range []string{"TRACES", "METRICS", "LOGS"} {
				t.Setenv("OTEL_"+signal+"_EXPORTER", "otlp")
			}
			coll := newCollector(t)
			serve(coll)
			var lines bytes.Buffer
			log := newLogger(t, &lines, "json")
			tel := setup(t, otel.Config{Logger: log})
			ctx, span := tracer.Start(t.Context(), "work")
			log.InfoContext(ctx, "within", "agent", "default")
			log.InfoContext(otel.Unrecorded(ctx), "closed")
			log.DebugContext(ctx, "not shown")
			otel.RecordRun(ctx, otel.Run{Agent: "default", Status: "answered"})
			span.End()
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}

			trace, id := span.SpanContext().TraceID().String(), span.SpanContext().SpanID().String()
			if diff := cmp.Diff([]string{"work"}, coll.names(trace)); diff != "" {
				t.Errorf("spans (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"within"}, coll.said(trace, id)); diff != "" {
				t.Errorf("log records (-want +got):\n%s", diff)
			}
			if n := coll.points("hone.answers"); n != 1 {
				t.Errorf("%d points of hone.answers, want 1", n)
			}
			if diff := cmp.Diff(map[string]bool{"hone": true}, coll.services); diff != "" {
				t.Errorf("services (-want +got):\n%s", diff)
			}
			var line struct {
				Msg, Agent, Level string
				Trace             string `json:"trace_id"`
				Span              string `json:"span_id"`
			}
			if err := json.NewDecoder(&lines).Decode(&line); err != nil {
				t.Fatal(err)
			}
			want := line
			want.Msg, want.Agent, want.Level, want.Trace, want.Span = "within", "default", "INFO", trace, id
			if diff := cmp.Diff(want, line); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMetricAndLogExporters(t *testing.T) {
	for _, tc := range []struct {
		metrics, logs string
		want          string // where they end up, beside Prometheus and the lines of the log
	}{
		{"", "", ""},
		{"none", "none", ""},
		{"prometheus", "", ""},
		{"otlp", "", "metrics otlp"},
		{"console", "", "metrics console"},
		{"otlp,console,prometheus", "", "metrics otlp, metrics console"},
		{"", "otlp", "logs otlp"},
		{"", "console", "logs console"},
		{"otlp", "console,otlp", "metrics otlp, logs otlp, logs console"},
	} {
		t.Run(tc.metrics+" "+tc.logs, func(t *testing.T) {
			t.Setenv("OTEL_TRACES_EXPORTER", "none")
			t.Setenv("OTEL_METRICS_EXPORTER", tc.metrics)
			t.Setenv("OTEL_LOGS_EXPORTER", tc.logs)
			coll := newCollector(t)
			coll.serveHTTP()
			var lines, console bytes.Buffer
			log := newLogger(t, &lines, "text")
			tel := setup(t, otel.Config{Console: &console, Logger: log})
			log.Info("said it")
			otel.RecordRun(t.Context(), otel.Run{Agent: "default", Status: "answered"})
			scraped := scrape(t, tel.Metrics, "")
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, at := range []struct {
				name string
				is   bool
			}{
				{"metrics otlp", coll.points("hone.answers") > 0},
				{"metrics console", strings.Contains(console.String(), "hone.answers")},
				{"logs otlp", len(coll.said("", "")) > 0},
				{"logs console", strings.Contains(console.String(), "said it")},
			} {
				if at.is {
					got = append(got, at.name)
				}
			}
			if diff := cmp.Diff(tc.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("exporters (-want +got):\n%s", diff)
			}
			if !strings.Contains(scraped, "hone_answers_total{") || !strings.Contains(lines.String(), `msg="said it"`) {
				t.Errorf("metrics %s\nlines %s", scraped, lines.String())
			}
		})
	}
}

func TestTelemetrySinks(t *testing.T) {
	for _, tc := range []struct {
		sinks, traces, metrics string
		want                   string // where a span and a metric end up, or of the error
	}{
		{"console,sqlite,otel_trace,otel_metric", "", "", "console sqlite otlp points"},
		{"otel_trace", "", "", "otlp"},
		{"sqlite", "", "", "sqlite"},
		{"otel_metric", "", "", "points"},
		{" console , console", "", "", "console"},
		{"otel_trace,sqlite,otel_metric", "sqlite,otlp", "otlp,prometheus", "sqlite otlp points"},
		{"sqlite", "sqlite", "none", "sqlite"},
		{"otel_metric", "none", "", "points"},
		{"sqlite", "otlp", "", "TELEMETRY_SINKS=sqlite and OTEL_TRACES_EXPORTER=otlp contradict each other"},
		{"sqlite", "", "otlp", "TELEMETRY_SINKS=sqlite and OTEL_METRICS_EXPORTER=otlp contradict each other"},
		{"otel_trace,otel_metric", "otlp", "none", "OTEL_METRICS_EXPORTER=none contradict"},
		{"jaeger", "", "", `TELEMETRY_SINKS: "jaeger": not a known setting: say console, sqlite, otel_trace or otel_metric`},
	} {
		t.Run(strings.Join([]string{tc.sinks, tc.traces, tc.metrics}, " "), func(t *testing.T) {
			t.Setenv("TELEMETRY_SINKS", tc.sinks)
			t.Setenv("OTEL_TRACES_EXPORTER", tc.traces)
			t.Setenv("OTEL_METRICS_EXPORTER", tc.metrics)
			db, coll := openSpans(t), newCollector(t)
			coll.serveHTTP()
			var console bytes.Buffer
			tel, err := otel.Setup(t.Context(), otel.Config{Spans: db, Console: &console, Logger: newLogger(t, &bytes.Buffer{}, "")})
			if err != nil {
				if !strings.Contains(err.Error(), tc.want) {
					t.Errorf("error %q, want one that says %q", err, tc.want)
				}
				return
			}
			id := oneSpan(t.Context(), "work")
			otel.RecordRun(t.Context(), otel.Run{Agent: "default", Status: "answered"})
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, at := range []struct {
				name string
				is   bool
			}{
				{"console", strings.Contains(console.String(), id)},
				{"sqlite", len(names(t, db, id)) > 0},
				{"otlp", len(coll.names(id)) > 0},
				{"points", coll.points("hone.answers") > 0},
			} {
				if at.is {
					got = append(got, at.name)
				}
			}
			if diff := cmp.Diff(tc.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("exporters (-want +got):\n%s", diff)
			}
		})
	}
}
