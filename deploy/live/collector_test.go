package live

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"
)

var collectorConfig = filepath.Join("..", "collector", "collector.yaml")

// The configuration is one that the Collector takes, as it stands.
func TestCollectorConfig(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), built(t, "HONE_TEST_COLLECTOR"), "validate", "--config", collectorConfig).CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// collector is the Collector with its configuration, but for the addresses.
type collector struct {
	*program
	otlp, metrics string // host:port
}

func startCollector(t *testing.T, jaeger string) *collector {
	t.Helper()
	c := &collector{otlp: address(t), metrics: address(t)}
	c.program = start(t, environment(t), built(t, "HONE_TEST_COLLECTOR"), "--config", collectorConfig,
		"--set=receivers::otlp::protocols::http::endpoint="+c.otlp,
		"--set=receivers::otlp::protocols::grpc::endpoint="+address(t),
		"--set=exporters::otlp_grpc/jaeger::endpoint="+jaeger,
		"--set=exporters::prometheus::endpoint="+c.metrics,
		"--set=service::telemetry::metrics::level=none")
	c.await(t, func() bool { return answers(t.Context(), "http://"+c.metrics+"/metrics") })
	return c
}

// All that Hone tells goes through the Collector to where it belongs.
func TestCollectorPassesHoneOn(t *testing.T) {
	j := startJaeger(t)
	c := startCollector(t, j.otlpGRPC)
	h := startHone(t, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+c.otlp, "OTEL_TRACES_EXPORTER=otlp", "OTEL_METRICS_EXPORTER=otlp",
		"OTEL_LOGS_EXPORTER=otlp", "OTEL_METRIC_EXPORT_INTERVAL=500", "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true")
	answer := h.ask(t, "How do I drain a node?")

	c.await(t, func() bool {
		_, metrics, err := get(t.Context(), "http://"+c.metrics+"/metrics")
		return err == nil && strings.Contains(string(metrics), `hone_answers_total{deployment_environment_name="local",gen_ai_agent_name="default"`)
	})
	h.end(t) // with all spans and logs sent
	c.end(t) // and passed on
	tr := j.trace(t, answer.TraceID)
	asks := tr.named("invoke_agent default")
	if len(asks) != 1 || asks[0].tag("hone.run.id") != answer.ID || asks[0].tag("deployment.environment.name") != "local" {
		t.Errorf("Jaeger has of answer %s: %+v", answer.ID, asks)
	}
	if logged := c.output.String(); !strings.Contains(logged, "How do I drain a node?") {
		t.Errorf("the logs that went through don't hold the question, which was to be captured")
	}
}

// Who asks for health, and from where anybody asks, is left out.
func TestCollectorLeavesOut(t *testing.T) {
	j := startJaeger(t)
	c := startCollector(t, j.otlpGRPC)
	exporter, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL("http://"+c.otlp+"/v1/traces"), otlptracehttp.WithHTTPClient(client))
	if err != nil {
		t.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "proxy"))))
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/v1/ask", "/v1/healthz"} {
		for _, key := range []string{"url.path", "http.route"} {
			_, span := provider.Tracer("proxy").Start(t.Context(), key+" "+path, oteltrace.WithAttributes(
				attribute.String(key, path), attribute.String("client.address", "192.0.2.7")))
			span.End()
		}
	}
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.end(t)

	kept := map[string]bool{}
	for _, tr := range j.traces(t, "proxy") {
		for _, s := range tr.Spans {
			kept[s.Name] = true
			if address := s.tag("client.address"); address != "" {
				t.Errorf("span %s tells that %s asked", s.Name, address)
			}
		}
	}
	for name, want := range map[string]bool{
		"url.path /v1/ask": true, "http.route /v1/ask": true, "url.path /v1/healthz": true, "http.route /v1/healthz": true,
		"url.path /healthz": false, "http.route /healthz": false, "url.path /readyz": false, "http.route /readyz": false,
		"url.path /metrics": false, "http.route /metrics": false,
	} {
		if kept[name] != want {
			t.Errorf("span %s is in Jaeger: %t, want %t", name, kept[name], want)
		}
	}
}
