package otel_test

import (
	"context"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	v1 "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// fakeCollector takes spans as the OpenTelemetry Collector does, over HTTP and gRPC, and
// fails the test at whatever the protocol doesn't allow.
type fakeCollector struct {
	collector.UnimplementedTraceServiceServer
	t *testing.T

	mu       sync.Mutex
	spans    []*v1.Span
	services map[string]bool // service.name of whoever sent them
}

func newCollector(t *testing.T) *fakeCollector {
	return &fakeCollector{t: t, services: map[string]bool{}}
}

// serveHTTP makes the collector the one that OTEL_ variables name.
func (c *fakeCollector) serveHTTP() *httptest.Server {
	s := httptest.NewServer(c)
	c.t.Cleanup(s.Close)
	c.t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", s.URL)
	return s
}

func (c *fakeCollector) serveGRPC() {
	listener, err := (&net.ListenConfig{}).Listen(c.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		c.t.Fatal(err)
	}
	s := grpc.NewServer()
	collector.RegisterTraceServiceServer(s, c)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Serve(listener); err != nil {
			c.t.Error(err)
		}
	})
	c.t.Cleanup(func() { s.Stop(); wg.Wait() })
	c.t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	c.t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+listener.Addr().String())
}

func (c *fakeCollector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		c.t.Errorf("%s %s of type %q is no export of traces", r.Method, r.URL.Path, r.Header.Get("Content-Type"))
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Error(err)
	}
	var request collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(body, &request); err != nil {
		c.t.Error(err)
	}
	response, err := c.Export(r.Context(), &request)
	if err != nil {
		c.t.Error(err)
	}
	out, err := proto.Marshal(response)
	if err != nil {
		c.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	if _, err := w.Write(out); err != nil {
		c.t.Error(err)
	}
}

// Export implements collector.TraceServiceServer.
func (c *fakeCollector) Export(_ context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range request.ResourceSpans {
		for _, a := range r.Resource.Attributes {
			if a.Key == "service.name" {
				c.services[a.Value.GetStringValue()] = true
			}
		}
		for _, s := range r.ScopeSpans {
			for _, span := range s.Spans {
				if len(span.TraceId) != 16 || len(span.SpanId) != 8 || span.EndTimeUnixNano < span.StartTimeUnixNano {
					c.t.Errorf("span %q has ids %x %x and lasts from %d to %d", span.Name, span.TraceId, span.SpanId,
						span.StartTimeUnixNano, span.EndTimeUnixNano)
				}
				c.spans = append(c.spans, span)
			}
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

// names are those of the spans of a trace.
func (c *fakeCollector) names(trace string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for _, s := range c.spans {
		if hex.EncodeToString(s.TraceId) == trace {
			names = append(names, s.Name)
		}
	}
	return names
}
