package otel_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	otelapi "go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/store/sqlite"
)

func TestMain(m *testing.M) {
	for _, setting := range os.Environ() { // what the machine exports is not what is tested
		if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "OTEL_") || name == "TELEMETRY_SINKS" {
			os.Unsetenv(name)
		}
	}
	goleak.VerifyTestMain(m)
}

var tracer = otel.Tracer("test")

// openSpans is the real store of spans.
func openSpans(t *testing.T) *sqlite.Traces {
	t.Helper()
	db, err := sqlite.OpenTraces(t.Context(), filepath.Join(t.TempDir(), "traces.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func setup(t *testing.T, cfg otel.Config) *otel.Telemetry {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	tel, err := otel.Setup(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		_ = tel.Shutdown(ended) // again, where the test itself has: nothing is left
	})
	return tel
}

// names are those of the spans that a store has of a trace.
func names(t *testing.T, db otel.SpanStore, id string) []string {
	t.Helper()
	traces, err := db.Traces(t.Context(), otel.TraceFilter{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tr := range traces {
		if tr.TraceID != id {
			continue
		}
		spans, err := db.Trace(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range spans {
			names = append(names, s.Name)
		}
	}
	return names
}

// oneSpan makes a span and returns its trace.
func oneSpan(ctx context.Context, name string) string {
	_, span := tracer.Start(ctx, name)
	defer span.End()
	return span.SpanContext().TraceID().String()
}

func TestExporters(t *testing.T) {
	for _, tc := range []struct {
		setting string
		want    string // where a span ends up
	}{
		{"", "sqlite"},
		{"sqlite", "sqlite"},
		{"otlp", "otlp"},
		{"console", "console"},
		{"none", ""},
		{"sqlite,otlp", "sqlite otlp"},
		{"otlp,sqlite", "sqlite otlp"},
		{"console,sqlite", "sqlite console"},
		{"otlp,console", "otlp console"},
		{"otlp,console,sqlite", "sqlite otlp console"},
		{" sqlite , otlp ", "sqlite otlp"},
		{"none,sqlite", "sqlite"},
		{"sqlite,sqlite,otlp,otlp", "sqlite otlp"},
		{",", "sqlite"},
	} {
		t.Run(tc.setting, func(t *testing.T) {
			t.Setenv("OTEL_TRACES_EXPORTER", tc.setting)
			db, coll := openSpans(t), newCollector(t)
			coll.serveHTTP()
			var console bytes.Buffer
			tel := setup(t, otel.Config{Spans: db, Console: &console})
			id := oneSpan(t.Context(), "work")
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			var got []string
			for range names(t, db, id) {
				got = append(got, "sqlite")
			}
			for range coll.names(id) {
				got = append(got, "otlp")
			}
			for range strings.Count(console.String(), id) {
				got = append(got, "console")
			}
			if diff := cmp.Diff(tc.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("exporters (-want +got):\n%s", diff)
			}
			if keeps := strings.Contains(tc.want, "sqlite"); otel.KeepsSpans() != keeps {
				t.Errorf("KeepsSpans is %t", !keeps)
			}
		})
	}
}

func TestExportOverGRPC(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "otlp")
	coll := newCollector(t)
	coll.serveGRPC()
	tel := setup(t, otel.Config{})
	id := oneSpan(t.Context(), "work")
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"work"}, coll.names(id)); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

func TestUnknownSettings(t *testing.T) {
	for _, tc := range []struct {
		name, value string
		want        string // in the error
	}{
		{"OTEL_TRACES_EXPORTER", "jaeger", `OTEL_TRACES_EXPORTER: "jaeger"`},
		{"OTEL_TRACES_EXPORTER", "otlp,zipkin", `OTEL_TRACES_EXPORTER: "zipkin"`},
		{"OTEL_TRACES_EXPORTER", "SQLite", `say otlp, console, sqlite or none`},
		{"OTEL_METRICS_EXPORTER", "sqlite", `OTEL_METRICS_EXPORTER: "sqlite": not a known setting: say otlp, console, prometheus or none`},
		{"OTEL_LOGS_EXPORTER", "otlp,file", `OTEL_LOGS_EXPORTER: "file": not a known setting: say otlp, console or none`},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", `"http/json"`},
		{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "smoke", `say http/protobuf or grpc`},
		{"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "smoke", `say http/protobuf or grpc`},
		{"OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "smoke", `say http/protobuf or grpc`},
	} {
		t.Run(tc.name+"="+tc.value, func(t *testing.T) {
			for _, signal := range []string{"TRACES", "METRICS", "LOGS"} {
				t.Setenv("OTEL_"+signal+"_EXPORTER", "otlp")
			}
			t.Setenv(tc.name, tc.value)
			_, err := otel.Setup(t.Context(), otel.Config{})
			if !errors.Is(err, otel.ErrSetting) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one that says %s", err, tc.want)
			}
		})
	}
}

func TestUnreadableResource(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "otlp")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "no equals sign")
	coll := newCollector(t)
	coll.serveHTTP()
	var log bytes.Buffer
	tel := setup(t, otel.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	oneSpan(t.Context(), "work")
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !coll.services["hone"] {
		t.Errorf("spans of services %v, want hone", coll.services)
	}
	if !strings.Contains(log.String(), "level=WARN") {
		t.Errorf("the log says nothing: %q", log.String())
	}
}

// called is the context of a request that bears a traceparent.
func called(ctx context.Context, flags string) context.Context {
	return otelapi.GetTextMapPropagator().Extract(ctx, propagation.MapCarrier{
		"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-" + flags,
		"baggage":     "tenant=blue",
	})
}

func TestSampling(t *testing.T) {
	const caller = "0af7651916cd43dd8448eb211c80319c"
	for _, tc := range []struct {
		sampler, flags string
		want           int // spans kept
	}{
		{"", "00", 1},
		{"", "01", 1},
		{"always_off", "01", 0},
		{"always_on", "00", 1},
		{"parentbased_always_on", "00", 0},
		{"parentbased_always_on", "01", 1},
	} {
		t.Run(tc.sampler+" "+tc.flags, func(t *testing.T) {
			t.Setenv("OTEL_TRACES_SAMPLER", tc.sampler)
			db := openSpans(t)
			tel := setup(t, otel.Config{Spans: db})
			if id := oneSpan(called(t.Context(), tc.flags), "work"); id != caller {
				t.Errorf("trace %s, want the caller's", id)
			}
			if err := tel.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := names(t, db, caller); len(got) != tc.want {
				t.Errorf("kept %q, want %d spans", got, tc.want)
			}
		})
	}
}

func TestDisabled(t *testing.T) {
	t.Setenv("OTEL_SDK_DISABLED", "true")
	t.Setenv("OTEL_TRACES_EXPORTER", "sqlite,otlp")
	db, coll := openSpans(t), newCollector(t)
	coll.serveHTTP()
	tel := setup(t, otel.Config{Spans: db})
	ctx, span := tracer.Start(called(t.Context(), "01"), "work")
	otel.RecordRun(ctx, otel.Run{Agent: "default", Status: "answered"})
	if span.IsRecording() {
		t.Error("a span is recorded")
	}
	sent := propagation.MapCarrier{}
	otelapi.GetTextMapPropagator().Inject(ctx, sent)
	span.End()
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := propagation.MapCarrier{
		"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "baggage": "tenant=blue",
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("passed on (-want +got):\n%s", diff)
	}
	const caller = "0af7651916cd43dd8448eb211c80319c"
	if got := append(names(t, db, caller), coll.names(caller)...); len(got) > 0 {
		t.Errorf("spans %q", got)
	}
	if body := scrape(t, tel.Metrics, ""); strings.Contains(body, "hone_answers") {
		t.Errorf("metrics:\n%s", body)
	}
}

// What a span says comes back from the store.
func TestKeepsSpans(t *testing.T) {
	db := openSpans(t)
	tel := setup(t, otel.Config{Spans: db})
	ctx, root := tracer.Start(t.Context(), "POST /v1/ask", trace.WithSpanKind(trace.SpanKindServer))
	_, cause := tracer.Start(context.Background(), "cause")
	cause.End()
	_, child := tracer.Start(ctx, "invoke_agent default",
		trace.WithLinks(trace.Link{SpanContext: cause.SpanContext()}),
		trace.WithAttributes(
			attribute.String("gen_ai.request.model", "offline"), attribute.Int("hone.turn", 2),
			attribute.Float64("hone.score", 3), attribute.Bool("hone.cached", true),
			attribute.StringSlice("gen_ai.response.finish_reasons", []string{"stop"}),
			attribute.Map("hone.map", attribute.Int("a", 1)),
		))
	child.AddEvent("fallback", trace.WithAttributes(attribute.String("error.type", "backend")))
	child.SetStatus(codes.Error, "it broke")
	child.End()
	root.End()
	if err := tel.Flush(ctx); err != nil { // within a span: keeping spans must not make any
		t.Fatal(err)
	}
	spans, err := db.Trace(t.Context(), root.SpanContext().TraceID().String())
	if err != nil {
		t.Fatal(err)
	}
	if len(spans) != 2 {
		t.Fatalf("%d spans, want 2: %v", len(spans), spans)
	}
	got := spans[1]
	for _, at := range []time.Time{got.Start, got.End, got.Events[0].At} {
		if age := time.Since(at); age < 0 || age > time.Hour {
			t.Errorf("time %s", at)
		}
	}
	got.Start, got.End, got.Events[0].At = time.Time{}, time.Time{}, time.Time{}
	want := otel.Span{
		TraceID: root.SpanContext().TraceID().String(), SpanID: child.SpanContext().SpanID().String(),
		ParentID: root.SpanContext().SpanID().String(), Name: "invoke_agent default", Kind: "internal", Scope: "github.com/honehq/hone/test",
		Status: "error", Message: "it broke",
		Attributes: map[string]any{
			"gen_ai.request.model": "offline", "hone.turn": int64(2), "hone.score": 3.0, "hone.cached": true,
			"gen_ai.response.finish_reasons": []string{"stop"}, "hone.map": `{"a":1}`,
		},
		Events: []otel.SpanEvent{{Name: "fallback", Attributes: map[string]any{"error.type": "backend"}}},
		Links:  []otel.SpanLink{{TraceID: cause.SpanContext().TraceID().String(), SpanID: cause.SpanContext().SpanID().String(), Attributes: map[string]any{}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("span (-want +got):\n%s", diff)
	}
	if spans[0].Kind != "server" || spans[0].ParentID != "" {
		t.Errorf("root %+v", spans[0])
	}
}

// A process may set telemetry up again: tracers of package variables follow.
func TestSetupAgain(t *testing.T) {
	for range 2 {
		db := openSpans(t)
		tel := setup(t, otel.Config{Spans: db})
		id := oneSpan(t.Context(), "work")
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := names(t, db, id); len(got) != 1 {
			t.Errorf("kept %q, want one span", got)
		}
	}
}

func TestLogLines(t *testing.T) {
	setup(t, otel.Config{})
	var b bytes.Buffer
	log, err := otel.NewLogger(&b, slog.LevelInfo, "")
	if err != nil {
		t.Fatal(err)
	}
	log = log.With("agent", "default")
	ctx, span := tracer.Start(t.Context(), "work")
	defer span.End()
	log.DebugContext(ctx, "not shown")
	log.InfoContext(ctx, "within")
	log.InfoContext(t.Context(), "outside")
	within, outside, _ := strings.Cut(b.String(), "\n")
	want := "level=INFO msg=within agent=default trace_id=" + span.SpanContext().TraceID().String() +
		" span_id=" + span.SpanContext().SpanID().String()
	if !strings.HasSuffix(within, want) {
		t.Errorf("line %q, want the end %q", within, want)
	}
	if !strings.HasSuffix(outside, "msg=outside agent=default\n") {
		t.Errorf("lines %q, want one without ids", outside)
	}
}

// scrape reads the metrics as Prometheus does.
func scrape(t *testing.T, h http.Handler, accept string) string {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}
