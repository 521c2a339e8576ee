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

	logcollector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	metriccollector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracecollector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// fakeCollector takes spans, metrics and log records as the OpenTelemetry
// Collector does, over HTTP and gRPC, and fails the test at whatever the
// protocol doesn't allow.
type fakeCollector struct {
	t *testing.T

	mu       sync.Mutex
	spans    []*traces.Span
	metrics  []*metrics.Metric
	records  []*logs.LogRecord
	services map[string]bool // service.name of whoever sent them
}

func newCollector(t *testing.T) *fakeCollector {
	return &fakeCollector{t: t, services: map[string]bool{}}
}

// serveHTTP makes the collector the one that OTEL_ variables name.
func (c *fakeCollector) serveHTTP() {
	mux := http.NewServeMux()
	mux.Handle("POST /v1/traces", received(c, c.takeTraces))
	mux.Handle("POST /v1/metrics", received(c, c.takeMetrics))
	mux.Handle("POST /v1/logs", received(c, c.takeLogs))
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
		c.t.Errorf("%s %s is no export", r.Method, r.URL.Path)
	})
	s := httptest.NewServer(mux)
	c.t.Cleanup(s.Close)
	c.t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", s.URL)
}

func (c *fakeCollector) serveGRPC() {
	s := grpc.NewServer()
	tracecollector.RegisterTraceServiceServer(s, traceService{take: c.takeTraces})
	metriccollector.RegisterMetricsServiceServer(s, metricService{take: c.takeMetrics})
	logcollector.RegisterLogsServiceServer(s, logService{take: c.takeLogs})
	serveGRPC(c.t, s)
}

// serveGRPC makes a server the one that OTEL_ variables name.
func serveGRPC(t *testing.T, s *grpc.Server) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Serve(listener); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { s.Stop(); wg.Wait() })
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+listener.Addr().String())
}

// received handles exports of a signal over HTTP.
func received[Request any, Response proto.Message, P interface {
	*Request
	proto.Message
}](c *fakeCollector, take func(P) Response) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Content-Type") != "application/x-protobuf" {
			c.t.Errorf("%s %s of type %q", r.Method, r.URL.Path, r.Header.Get("Content-Type"))
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			c.t.Error(err)
		}
		var request Request
		if err := proto.Unmarshal(body, P(&request)); err != nil {
			c.t.Error(err)
		}
		out, err := proto.Marshal(take(P(&request)))
		if err != nil {
			c.t.Error(err)
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
		if _, err := w.Write(out); err != nil {
			c.t.Error(err)
		}
	})
}

// The services of gRPC, each of which has an Export of its own.
type (
	traceService struct {
		tracecollector.UnimplementedTraceServiceServer
		take func(*tracecollector.ExportTraceServiceRequest) *tracecollector.ExportTraceServiceResponse
	}
	metricService struct {
		metriccollector.UnimplementedMetricsServiceServer
		take func(*metriccollector.ExportMetricsServiceRequest) *metriccollector.ExportMetricsServiceResponse
	}
	logService struct {
		logcollector.UnimplementedLogsServiceServer
		take func(*logcollector.ExportLogsServiceRequest) *logcollector.ExportLogsServiceResponse
	}
)

func (s traceService) Export(_ context.Context, r *tracecollector.ExportTraceServiceRequest) (*tracecollector.ExportTraceServiceResponse, error) {
	return s.take(r), nil
}

func (s metricService) Export(_ context.Context, r *metriccollector.ExportMetricsServiceRequest) (*metriccollector.ExportMetricsServiceResponse, error) {
	return s.take(r), nil
}

func (s logService) Export(_ context.Context, r *logcollector.ExportLogsServiceRequest) (*logcollector.ExportLogsServiceResponse, error) {
	return s.take(r), nil
}

// from notes who sent something. Everyone says that; nobody sends what the
// protocol doesn't know.
func (c *fakeCollector) from(request proto.Message, r *resource.Resource) {
	if unknown := request.ProtoReflect().GetUnknown(); len(unknown) > 0 {
		c.t.Errorf("fields that the protocol doesn't know: %x", unknown)
	}
	for _, a := range r.GetAttributes() {
		if a.Key == "service.name" {
			c.services[a.Value.GetStringValue()] = true
			return
		}
	}
	c.t.Error("telemetry of an unknown service")
}

func (c *fakeCollector) takeTraces(request *tracecollector.ExportTraceServiceRequest) *tracecollector.ExportTraceServiceResponse {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range request.ResourceSpans {
		c.from(request, r.Resource)
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
	return &tracecollector.ExportTraceServiceResponse{}
}

func (c *fakeCollector) takeMetrics(request *metriccollector.ExportMetricsServiceRequest) *metriccollector.ExportMetricsServiceResponse {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range request.ResourceMetrics {
		c.from(request, r.Resource)
		for _, s := range r.ScopeMetrics {
			for _, m := range s.Metrics {
				sum := m.GetSum()
				if m.Name == "" || m.Data == nil || sum != nil && sum.AggregationTemporality != metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE {
					c.t.Errorf("metric %v", m)
				}
				c.metrics = append(c.metrics, m)
			}
		}
	}
	return &metriccollector.ExportMetricsServiceResponse{}
}

func (c *fakeCollector) takeLogs(request *logcollector.ExportLogsServiceRequest) *logcollector.ExportLogsServiceResponse {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range request.ResourceLogs {
		c.from(request, r.Resource)
		for _, s := range r.ScopeLogs {
			for _, record := range s.LogRecords {
				if len(record.TraceId) != len(record.SpanId)*2 || record.ObservedTimeUnixNano == 0 || record.Body == nil ||
					record.SeverityNumber == logs.SeverityNumber_SEVERITY_NUMBER_UNSPECIFIED {
					c.t.Errorf("log record %v", record)
				}
				c.records = append(c.records, record)
			}
		}
	}
	return &logcollector.ExportLogsServiceResponse{}
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

// said are the bodies of the log records beside a span.
func (c *fakeCollector) said(trace, span string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var bodies []string
	for _, r := range c.records {
		if hex.EncodeToString(r.TraceId) == trace && hex.EncodeToString(r.SpanId) == span {
			bodies = append(bodies, r.Body.GetStringValue())
		}
	}
	return bodies
}

// points counts those of a metric, as last sent.
func (c *fakeCollector) points(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, m := range c.metrics {
		if m.Name == name {
			n = len(m.GetSum().GetDataPoints())
		}
	}
	return n
}
