package otel

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// start sets telemetry up, without exporters.
func start(t *testing.T) *Telemetry {
	t.Helper()
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	tel, err := Setup(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tel.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return tel
}

// measure records a value of each metric, with the labels' values that value
// gives.
func measure(t *testing.T, times int, value func(l *Label, i int) string) {
	t.Helper()
	var r Readings
	for i := range times {
		for _, m := range catalogue {
			if m.Kind == Observed {
				continue
			}
			var values []string
			for _, l := range m.Labels {
				values = append(values, value(l, i))
			}
			m.add(t.Context(), 1.5, values...)
		}
		r.Sources = append(r.Sources, SourceReading{Name: value(sourceLabel, i), Documents: 1, Chunks: 1, Folder: true})
		r.Agents = append(r.Agents, AgentReading{Name: value(agentLabel, i), Prompt: 1, ErrorBudget: 1, RoundBudget: 1})
		r.Waiting = map[string]int{value(queueLabel, i): 1}
	}
	stop, err := Observe(func(context.Context) (Readings, error) { return r, nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// read scrapes in a format that is asked for.
func read(t *testing.T, h http.Handler, accept string) (io.Reader, expfmt.Format) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body, expfmt.ResponseFormat(w.Header())
}

func parse(t *testing.T, h http.Handler) map[string]*dto.MetricFamily {
	t.Helper()
	body, _ := read(t, h, "")
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(body)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// usual is the value of a label that is expected.
func usual(l *Label, _ int) string {
	if l.Values != nil {
		return l.Values[0]
	}
	return "name"
}

// Prometheus reads what there is, each metric under the name that the catalogue
// gives it, and its linter has nothing to say.
func TestPrometheusReadsTheMetrics(t *testing.T) {
	tel := start(t)
	measure(t, 1, usual)
	families := parse(t, tel.Metrics)
	for _, m := range catalogue {
		f := families[m.Prometheus()]
		if f == nil {
			t.Errorf("no %s of %s", m.Prometheus(), m.Name)
			continue
		}
		if got := len(f.GetMetric()[0].GetLabel()); got != len(m.Labels) {
			t.Errorf("%s has %d labels, want %d", m.Name, got, len(m.Labels))
		}
		if f.GetHelp() != m.Description {
			t.Errorf("%s is described as %q", m.Name, f.GetHelp())
		}
	}
	if n := len(catalogue) + 1; len(families) != n { // and target_info
		t.Errorf("%d families, want %d", len(families), n)
	}
	body, _ := read(t, tel.Metrics, "")
	problems, err := promlint.New(body).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v, %v", problems, err)
	}
}

// However many values come from outside, there is a bound to the series, and to
// what each label tells apart.
func TestSeriesAreBounded(t *testing.T) {
	tel := start(t)
	const times = 3 * seriesLimit
	measure(t, times, func(l *Label, i int) string {
		switch i % 4 {
		case 0:
			return fmt.Sprintf("%s\n\"}\\ 1 # {%d", l.Key, i)
		case 1:
			return strings.Repeat("long", maxName) + fmt.Sprint(i)
		case 2:
			return fmt.Sprintf("\xff\xfe%d\x00", i)
		}
		return fmt.Sprint("ordinary-", i)
	})
	labels := map[string]*Label{}
	for _, m := range catalogue {
		for _, l := range m.Labels {
			labels[m.Prometheus()+" "+prometheusLabel(l.Key)] = l
		}
	}
	for name, f := range parse(t, tel.Metrics) {
		if n := len(f.GetMetric()); n > seriesLimit {
			t.Errorf("%s has %d series", name, n)
		}
		values := map[string]map[string]bool{}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if values[l.GetName()] == nil {
					values[l.GetName()] = map[string]bool{}
				}
				values[l.GetName()][l.GetValue()] = true
			}
		}
		for label, seen := range values {
			l := labels[name+" "+label]
			switch {
			case l == nil:
				if name != "target_info" && label != "otel_metric_overflow" {
					t.Errorf("%s has a label %s", name, label)
				}
			case l.Values != nil && (len(seen) != 1 || !seen[Other]):
				t.Errorf("%s: %s has %d values", name, label, len(seen))
			case l.Values == nil && len(seen) > l.Limit+1:
				t.Errorf("%s: %s has %d values, more than %d", name, label, len(seen), l.Limit)
			}
			for v := range seen {
				if len(v) > maxName {
					t.Errorf("%s: %s has a value of %d bytes", name, label, len(v))
				}
			}
		}
	}
}

// What is told apart stays told apart once others have used a label up.
func TestNamesThatAreKnownStay(t *testing.T) {
	tel := start(t)
	Expect(t.Context(), Expected{Agents: []ExpectedAgent{{Name: "default", Model: "m", Provider: "openai"}}})
	for i := range 10 * agentLabel.Limit {
		RecordFeedback(t.Context(), fmt.Sprint("agent-", i), "up")
	}
	RecordFeedback(t.Context(), "default", "up")
	for _, m := range parse(t, tel.Metrics)["hone_feedback_total"].GetMetric() {
		i := slices.IndexFunc(m.GetLabel(), func(l *dto.LabelPair) bool { return l.GetValue() == "default" })
		up := slices.ContainsFunc(m.GetLabel(), func(l *dto.LabelPair) bool { return l.GetValue() == "up" })
		if i >= 0 && up && m.GetCounter().GetValue() == 1 {
			return
		}
	}
	t.Error("the feedback of a known agent went elsewhere")
}

// Counters begin at zero where it is known what they will count.
func TestCountersBeginAtZero(t *testing.T) {
	tel := start(t)
	Expect(t.Context(), Expected{
		Sources: []string{"handbook"},
		Agents: []ExpectedAgent{{Name: "default", Model: "m", Provider: "openai", Tools: []string{"file_search"},
			Models: []ExpectedModel{{Role: "agent", Model: "m", Provider: "openai", Priced: true}}}},
	})
	families := parse(t, tel.Metrics)
	for _, m := range catalogue {
		f := families[m.Prometheus()]
		if m.Kind != Counter && m.Kind != UpDown {
			continue
		}
		if f == nil {
			t.Errorf("%s does not begin", m.Name)
			continue
		}
		for _, s := range f.GetMetric() {
			if s.GetCounter().GetValue() != 0 || s.GetGauge().GetValue() != 0 {
				t.Errorf("%s begins with %v", m.Name, s)
			}
		}
	}
}

// A measurement leads to the trace that it was made in.
func TestExemplarsInProtobuf(t *testing.T) {
	tel := start(t)
	ctx, span := Tracer("test").Start(t.Context(), "work")
	defer span.End()
	RecordRun(ctx, Run{Agent: "default", Origin: "http", Status: "answered"})
	body, format := read(t, tel.Metrics, "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")
	found := map[string]bool{}
	for d := expfmt.NewDecoder(body, format); ; {
		var f dto.MetricFamily
		if err := d.Decode(&f); err != nil {
			break
		}
		for _, m := range f.GetMetric() {
			exemplars := []*dto.Exemplar{m.GetCounter().GetExemplar()}
			for _, b := range m.GetHistogram().GetBucket() {
				exemplars = append(exemplars, b.GetExemplar())
			}
			for _, e := range exemplars {
				for _, l := range e.GetLabel() {
					if l.GetName() == "trace_id" && l.GetValue() == span.SpanContext().TraceID().String() {
						found[f.GetName()] = true
					}
				}
			}
		}
	}
	for _, name := range []string{"hone_answers_total", "hone_run_duration_seconds"} {
		if !found[name] {
			t.Errorf("%s has no exemplar of the trace", name)
		}
	}
}
