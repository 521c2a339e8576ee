package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/honehq/hone/agent"
)

// built is a program that make test-jaeger builds and names by a variable.
func built(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Skipf("%s names no program: run make test-jaeger", variable)
	}
	return path
}

// jaeger is Jaeger with its storage in memory: what it has answered to is stored.
type jaeger struct {
	*program
	otlpHTTP, otlpGRPC, query string // host:port
}

const jaegerConfig = `
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: {receivers: [otlp], exporters: [jaeger_storage_exporter]}
  telemetry:
    metrics: {level: none}
extensions:
  jaeger_storage:
    backends:
      store: {memory: {max_traces: 1000}}
  jaeger_query:
    storage: {traces: store}
    http: {endpoint: %q}
    grpc: {endpoint: %q}
receivers:
  otlp:
    protocols:
      http: {endpoint: %q}
      grpc: {endpoint: %q}
exporters:
  jaeger_storage_exporter: {trace_storage: store}
`

func startJaeger(t *testing.T) *jaeger {
	t.Helper()
	j := &jaeger{otlpHTTP: address(t), otlpGRPC: address(t), query: address(t)}
	config := write(t, "jaeger.yaml", fmt.Sprintf(jaegerConfig, j.query, address(t), j.otlpHTTP, j.otlpGRPC))
	j.program = start(t, environment(t), built(t, "HONE_TEST_JAEGER"), "--config", config)
	j.await(t, func() bool { return answers(t.Context(), "http://"+j.query+"/api/services") })
	return j
}

// trace is a trace as Jaeger's query API tells it, as far as it is looked at here.
type trace struct {
	Spans     []span `json:"spans"`
	Processes map[string]struct {
		Service string `json:"serviceName"`
	} `json:"processes"`
}

type span struct {
	ID         string `json:"spanID"`
	TraceID    string `json:"traceID"`
	Name       string `json:"operationName"`
	Process    string `json:"processID"`
	References []struct {
		Type    string `json:"refType"`
		TraceID string `json:"traceID"`
		ID      string `json:"spanID"`
	} `json:"references"`
	Tags []struct {
		Key   string `json:"key"`
		Value any    `json:"value"`
	} `json:"tags"`
}

// parent is the span that this one is a child of, or "".
func (s span) parent() string {
	for _, r := range s.References {
		if r.Type == "CHILD_OF" && r.TraceID == s.TraceID {
			return r.ID
		}
	}
	return ""
}

func (s span) tag(key string) string {
	for _, tag := range s.Tags {
		if tag.Key == key {
			return fmt.Sprint(tag.Value)
		}
	}
	return ""
}

// named are the trace's spans of that name.
func (tr trace) named(name string) []span {
	var found []span
	for _, s := range tr.Spans {
		if s.Name == name {
			found = append(found, s)
		}
	}
	return found
}

// service is who made a span.
func (tr trace) service(s span) string { return tr.Processes[s.Process].Service }

// traces asks Jaeger for a service's traces.
func (j *jaeger) traces(t *testing.T, service string) []trace {
	t.Helper()
	var found struct{ Data []trace }
	getJSON(t, "http://"+j.query+"/api/traces?limit=100&lookback=1h&service="+service, &found)
	return found.Data
}

// trace asks Jaeger for a trace.
func (j *jaeger) trace(t *testing.T, id string) trace {
	t.Helper()
	var found struct{ Data []trace }
	getJSON(t, "http://"+j.query+"/api/traces/"+id, &found)
	if len(found.Data) != 1 {
		t.Fatalf("Jaeger has %d traces %s", len(found.Data), id)
	}
	return found.Data[0]
}

// Two people ask at once, each from a program that makes spans itself. Each of their traces
// holds their own span and all of Hone's below it, and nothing of the other's.
func TestJaegerHoldsTheCallersTraces(t *testing.T) {
	j := startJaeger(t)
	export := "OTEL_EXPORTER_OTLP_ENDPOINT=http://" + j.otlpHTTP
	h := startHone(t, "OTEL_TRACES_EXPORTER=otlp", export)

	questions := []string{"Which replica fell behind in July 2024?", "How do I drain a node?"}
	asked := askInSpans(t, h, "http://"+j.otlpHTTP, questions)
	h.end(t) // with all its spans sent

	if got := j.traces(t, "caller"); len(got) != len(questions) {
		t.Errorf("Jaeger has %d traces of the caller's, want %d", len(got), len(questions))
	}
	seen := map[string]string{} // by span: question
	for _, a := range asked {
		tr := j.trace(t, a.traceID)
		for _, s := range tr.Spans {
			if other, twice := seen[s.ID]; twice {
				t.Errorf("span %s is in the traces of %q and %q", s.Name, other, a.question)
			}
			seen[s.ID] = a.question
		}
		checkAsked(t, tr, a)
	}
}

// asked is a question that was asked inside of a span.
type asked struct {
	question        string
	traceID, spanID string // of the caller's span
	answer          agent.Answer
}

// askInSpans asks all questions at once, each in a span of its own that a program named
// caller exports.
func askInSpans(t *testing.T, h *hone, endpoint string, questions []string) []asked {
	t.Helper()
	exporter, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(endpoint+"/v1/traces"), otlptracehttp.WithHTTPClient(client))
	if err != nil {
		t.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "caller"))))
	result := make([]asked, len(questions))
	errs := make([]error, len(questions))
	var wg sync.WaitGroup
	for i, question := range questions {
		wg.Go(func() { result[i], errs[i] = askInSpan(t.Context(), provider, h.url, question) })
	}
	wg.Wait()
	if err := errors.Join(errors.Join(errs...), provider.Shutdown(t.Context())); err != nil {
		t.Fatal(err)
	}
	return result
}

func askInSpan(ctx context.Context, provider *sdktrace.TracerProvider, url, question string) (asked, error) {
	ctx, span := provider.Tracer("caller").Start(ctx, "look it up")
	defer span.End()
	body, err := json.Marshal(map[string]string{"question": question})
	if err != nil {
		return asked{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/ask", strings.NewReader(string(body)))
	if err != nil {
		return asked{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(request.Header))
	status, text, err := do(request)
	if err != nil || status != http.StatusOK {
		return asked{}, fmt.Errorf("asking: %d: %s: %w", status, text, err)
	}
	a := asked{question: question, traceID: span.SpanContext().TraceID().String(), spanID: span.SpanContext().SpanID().String()}
	return a, json.Unmarshal(text, &a.answer)
}

// checkAsked holds a trace to be one tree: the caller's span, below it the request to Hone,
// and below that all else that Hone did for this question.
func checkAsked(t *testing.T, tr trace, a asked) {
	t.Helper()
	known := map[string]bool{}
	for _, s := range tr.Spans {
		known[s.ID] = true
	}
	services := map[string]int{}
	var top []string // Hone's spans right below the caller's
	for _, s := range tr.Spans {
		services[tr.service(s)]++
		switch {
		case s.ID == a.spanID:
			if s.parent() != "" {
				t.Errorf("the caller's span has a parent %s", s.parent())
			}
		case s.parent() == a.spanID:
			top = append(top, s.Name)
		case !known[s.parent()]:
			t.Errorf("%q: the parent of span %s is not in the trace", a.question, s.Name)
		}
	}
	if diff := cmp.Diff([]string{"POST /v1/ask"}, top); diff != "" {
		t.Errorf("%q: spans below the caller's (-want +got):\n%s", a.question, diff)
	}
	if names := slices.Sorted(maps.Keys(services)); !slices.Equal(names, []string{"caller", "hone"}) || services["caller"] != 1 {
		t.Errorf("%q: spans by service %v", a.question, services)
	}
	for _, name := range []string{"invoke_agent default", "chat offline", "search_knowledge"} {
		if len(tr.named(name)) == 0 {
			t.Errorf("%q: no span %s", a.question, name)
		}
	}
	for _, s := range tr.named("invoke_agent default") {
		if s.tag("hone.run.id") != a.answer.ID {
			t.Errorf("%q: the trace holds run %s, the answer is %s", a.question, s.tag("hone.run.id"), a.answer.ID)
		}
	}
	if a.answer.TraceID != a.traceID {
		t.Errorf("%q: the answer names trace %s, the caller's is %s", a.question, a.answer.TraceID, a.traceID)
	}
}

// A trace that Hone has kept itself can be given to Jaeger later, as it is.
func TestJaegerTakesAnExportedTrace(t *testing.T) {
	j := startJaeger(t)
	h := startHone(t)
	answer := h.ask(t, "How do I drain a node?")
	h.end(t)

	exported := h.run(t, "traces", "export", answer.ID)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+j.otlpHTTP+"/v1/traces", strings.NewReader(string(exported)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if status, body, err := do(request); err != nil || status != http.StatusOK {
		t.Fatalf("Jaeger answers %d, %v: %s\nto %s", status, err, body, exported)
	}

	var kept struct {
		Spans []struct {
			ID     string `json:"span_id"`
			Parent string `json:"parent_id"`
			Name   string `json:"name"`
		} `json:"spans"`
	}
	if err := json.Unmarshal(h.run(t, "--json", "traces", "show", answer.ID), &kept); err != nil {
		t.Fatal(err)
	}
	want, got := map[string]string{}, map[string]string{} // by span: parent and name
	for _, s := range kept.Spans {
		want[s.ID] = s.Parent + " " + s.Name
	}
	for _, s := range j.trace(t, answer.TraceID).Spans {
		got[s.ID] = s.parent() + " " + s.Name
	}
	if len(want) < 5 {
		t.Fatalf("Hone has kept only %d spans", len(want))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spans (-Hone's +Jaeger's):\n%s", diff)
	}
}
