package otel_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/honehq/hone/otel"
)

// Telemetry ends when it is told to, whichever signals a collector holds up, and
// so do the requests to the collector.
func TestShutdownIsBounded(t *testing.T) {
	asked, ended := make(chan string, 10), make(chan string, 10)
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil { // until then the caller's going isn't noticed
			t.Error(err)
		}
		asked <- r.URL.Path
		<-r.Context().Done()
		ended <- r.URL.Path
	}))
	defer slow.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", slow.URL)
	for _, signal := range []string{"TRACES", "METRICS", "LOGS"} {
		t.Setenv("OTEL_"+signal+"_EXPORTER", "otlp")
	}
	var lines lockedBuffer
	log, err := otel.NewLogger(&lines, 0, "text")
	if err != nil {
		t.Fatal(err)
	}
	tel := setup(t, otel.Config{Logger: log})
	for range 2000 { // more than a batch: some still wait at the end
		ctx, span := tracer.Start(t.Context(), "work")
		log.InfoContext(ctx, "said")
		span.End()
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	paths := map[string]bool{}
	wg.Go(func() {
		for len(paths) < 3 {
			paths[<-asked] = true
		}
		cancel()
	})
	if err := tel.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("shutdown: %v, want that it was given up", err)
	}
	wg.Wait()
	for path := range paths {
		if at := <-ended; !paths[at] {
			t.Errorf("%s ended, which is none of %s", at, path)
		}
	}
	told := map[string]int{}
	for _, found := range toldLine.FindAllStringSubmatch(lines.String(), -1) {
		n := 0
		if _, err := fmt.Sscan(found[2], &n); err != nil {
			t.Error(err)
		}
		told[found[1]] += n
	}
	if told["traces"] != 2000 || told["logs"] < 2000 || told["metrics"] == 0 {
		t.Errorf("lost items told: %v, want all", told)
	}
}

// The store of spans is brought back within its bound as soon as a tenth more
// has come, and keeps the latest traces.
func TestKeepsNoMoreThanToldTo(t *testing.T) {
	const bound, traces, size = 400_000, 400, 5000
	db := openSpans(t)
	tel := setup(t, otel.Config{Spans: db, Keep: otel.Retention{Bytes: bound}})
	var last string
	for range traces {
		_, span := tracer.Start(t.Context(), "work", trace.WithAttributes(attribute.String("text", strings.Repeat("x", size))))
		span.End()
		last = span.SpanContext().TraceID().String()
		if err := tel.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := db.Traces(t.Context(), otel.TraceFilter{Limit: traces})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(kept) * size; n > bound*115/100 || n < bound*8/10 {
		t.Errorf("about %d bytes are kept, want about %d", n, bound)
	}
	if kept[0].TraceID != last {
		t.Error("the last trace is not kept")
	}
}

// At the end of a command whose collector is down each signal is told of once.
func TestEndWithoutCollector(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", down.URL)
	down.Close()
	for _, signal := range []string{"TRACES", "METRICS", "LOGS"} {
		t.Setenv("OTEL_"+signal+"_EXPORTER", "otlp")
	}
	var lines lockedBuffer
	log, err := otel.NewLogger(&lines, slog.LevelWarn, "text")
	if err != nil {
		t.Fatal(err)
	}
	tel := setup(t, otel.Config{Logger: log})
	ctx, span := tracer.Start(t.Context(), "work")
	log.WarnContext(ctx, "said")
	span.End()
	if tel.Shutdown(t.Context()) == nil {
		t.Error("shutdown says nothing of it")
	}
	oneSpan(t.Context(), "too late")
	log.Warn("too late")
	told := map[string]int{}
	for _, found := range toldLine.FindAllStringSubmatch(lines.String(), -1) {
		told[found[1]]++
	}
	if diff := cmp.Diff(map[string]int{"traces": 1, "metrics": 1, "logs": 1}, told); diff != "" {
		t.Errorf("told in the log (-want +got):\n%s\n%s", diff, lines.String())
	}
}

// Who looks at a run just made doesn't wait for a collector.
func TestFlushKept(t *testing.T) {
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer slow.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", slow.URL)
	t.Setenv("OTEL_TRACES_EXPORTER", "otlp,sqlite")
	t.Setenv("OTEL_LOGS_EXPORTER", "otlp")
	t.Setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true")
	db := openSpans(t)
	tel := setup(t, otel.Config{Spans: db})
	id, _ := say(t)
	if err := tel.FlushKept(t.Context()); err != nil {
		t.Fatal(err)
	}
	traces, err := db.Traces(t.Context(), otel.TraceFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(traces) != 1 || traces[0].TraceID != id || traces[0].Question == "" {
		t.Errorf("kept %+v", traces)
	}
}

// What can't be read of settings is told without their values, which may be keys.
func TestUnreadableSettings(t *testing.T) {
	const key = "sk-canary-5b1f"
	for _, tc := range []struct{ name, value, told string }{
		{"OTEL_EXPORTER_OTLP_HEADERS", "api-key " + key, "parse headers"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "api-key=" + key + "%zz", "escape header value"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://hone:" + key + "%zz@127.0.0.1:1", "parse url"},
		{"OTEL_METRIC_EXPORT_INTERVAL", key, "OTEL_METRIC_EXPORT_INTERVAL"},
		{"OTEL_BSP_MAX_QUEUE_SIZE", key, ""},
		{"OTEL_BLRP_MAX_QUEUE_SIZE", key, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			coll := newCollector(t)
			coll.serveHTTP()
			for _, signal := range []string{"TRACES", "METRICS", "LOGS"} {
				t.Setenv("OTEL_"+signal+"_EXPORTER", "otlp")
			}
			t.Setenv(tc.name, tc.value)
			var lines lockedBuffer
			log, err := otel.NewLogger(&lines, 0, "text")
			if err != nil {
				t.Fatal(err)
			}
			tel, err := otel.Setup(t.Context(), otel.Config{Logger: log})
			if err != nil {
				t.Fatal(err)
			}
			oneSpan(t.Context(), "work")
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			err = tel.Shutdown(ended)
			if text := lines.String() + fmt.Sprint(err); strings.Contains(text, key) || !strings.Contains(text, tc.told) {
				t.Errorf("want something about %q without the value:\n%s", tc.told, text)
			}
		})
	}
}

func TestLogFormats(t *testing.T) {
	for format, want := range map[string]string{
		"":     "level=WARN msg=\"in trouble\" agent=default\n",
		"text": "level=WARN msg=\"in trouble\" agent=default\n",
		"json": `"level":"WARN","msg":"in trouble","agent":"default"}` + "\n",
	} {
		var lines lockedBuffer
		log, err := otel.NewLogger(&lines, 0, format)
		if err != nil {
			t.Fatal(err)
		}
		log.Warn("in trouble", "agent", "default")
		if !strings.HasSuffix(lines.String(), want) {
			t.Errorf("%q: %q, want the end %q", format, lines.String(), want)
		}
	}
	_, err := otel.NewLogger(io.Discard, 0, "xml")
	if diff := cmp.Diff(`log format "xml": not a known setting: say text or json`, fmt.Sprint(err)); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}
