package server_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/server"
	"github.com/honehq/hone/store/sqlite"
)

// telemetry keeps spans in the embedded database, as hone serve does.
func telemetry(t *testing.T) (*otel.Telemetry, *sqlite.Traces) {
	t.Helper()
	for _, name := range []string{"OTEL_TRACES_EXPORTER", "OTEL_SDK_DISABLED", "OTEL_TRACES_SAMPLER"} {
		t.Setenv(name, "")
	}
	db, err := sqlite.OpenTraces(t.Context(), filepath.Join(t.TempDir(), "traces.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeOf(t, db) })
	tel, err := otel.Setup(t.Context(), otel.Config{Spans: db, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tel.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return tel, db
}

// Server spans are named by route, never by what callers put into paths, and
// continue the caller's trace, whose ID comes back.
func TestServerSpans(t *testing.T) {
	tel, db := telemetry(t)
	w := newWorld(t, redis, func(c *server.Config) { c.Metrics = tel.Metrics })
	want := map[string]string{
		question("why?"):                     "POST /v1/ask",
		"GET /v1/runs/run_1":                 "GET /v1/runs/{id}",
		"GET /v1/runs/secret":                "GET /v1/runs/{id}",
		"DELETE /v1/runs/secret":             "DELETE /v1/runs/{id}",
		"GET /v1/models":                     "GET /v1/models",
		"GET /v1/responses/secret":           "GET /v1/responses/{response}",
		"GET /v1/secret":                     "GET /",
		"GET /secret":                        "GET /",
		"BREW /secret":                       "HTTP /",
		"GET /v1/runs\nHost: secret.example": "GET",
		"GET /healthz":                       "",
		"GET /metrics":                       "",
	}
	got, traces := map[string]string{}, map[string]string{}
	i := 0
	for request := range want {
		i++
		id := fmt.Sprintf("%032x", 0xabc0+i)
		r := w.request(t, request)
		r.Header.Set("Traceparent", "00-"+id+"-00000000000000ff-01")
		res, _ := do(t, r)
		if traced := res.Header.Get("X-Trace-Id"); want[request] != "" && traced != id {
			t.Errorf("%s: X-Trace-Id %q", request, traced)
		}
		traces[request] = id
	}
	if err := tel.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for request, id := range traces {
		got[request] = ""
		spans, err := db.Trace(t.Context(), id)
		if err != nil {
			continue // it has none
		}
		for _, s := range spans {
			if s.Kind != "server" {
				continue
			}
			got[request] = s.Name
			if s.ParentID != "00000000000000ff" {
				t.Errorf("%s: the span's parent is %q", request, s.ParentID)
			}
			if route, ok := s.Attributes["http.route"].(string); ok && strings.Contains(route, "secret") {
				t.Errorf("%s: http.route %q", request, route)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	res, metrics := w.send(t, "GET /metrics")
	if res.StatusCode != http.StatusOK || !strings.Contains(metrics, `http_route="/v1/runs/{id}"`) || strings.Contains(metrics, "/secret") {
		t.Errorf("%d %s", res.StatusCode, metrics)
	}
}
