package prometheus_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/otlptranslator"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/honehq/hone/otel"
)

// series is a metric as Prometheus knows it.
type series struct {
	kind   otel.Kind
	labels map[string][]string // by Prometheus' names, with their closed sets; nil: any value
}

// known are all series that may be asked for, by the metric's name without what
// tells parts of histograms apart.
type known map[string]series

// builtIn is what Prometheus makes itself.
func builtIn() known {
	return known{
		"up": {kind: otel.Gauge, labels: map[string][]string{}},
		"ALERTS": {kind: otel.Gauge, labels: map[string][]string{
			"alertname": nil, "alertstate": {"pending", "firing"}, "severity": severities, "runbook": nil,
			"gen_ai_agent_name": nil, "gen_ai_provider_name": nil, "hone_source": nil,
		}},
	}
}

// measured adds what Hone measures: the catalogue, and the durations of requests,
// which a library measures.
func measured(t *testing.T) known {
	t.Helper()
	all := builtIn()
	for _, m := range otel.Catalogue() {
		s := series{m.Kind, map[string][]string{}}
		for _, l := range m.Labels {
			s.labels[underscored(l.Key)] = l.Values
		}
		all[prometheusName(t, m)] = s
	}
	if _, listed := all["http_server_request_duration_seconds"]; !listed {
		all["http_server_request_duration_seconds"] = series{otel.Histogram, map[string][]string{
			"http_request_method": nil, "http_route": nil, "http_response_status_code": nil,
		}}
	}
	return all
}

func underscored(key string) string { return strings.ReplaceAll(key, ".", "_") }

// prometheusName is what the exporter makes of a metric's name.
func prometheusName(t *testing.T, m otel.Metric) string {
	t.Helper()
	kinds := map[otel.Kind]otlptranslator.MetricType{
		otel.Counter: otlptranslator.MetricTypeMonotonicCounter, otel.UpDown: otlptranslator.MetricTypeNonMonotonicCounter,
		otel.Gauge: otlptranslator.MetricTypeGauge, otel.Observed: otlptranslator.MetricTypeGauge,
		otel.Histogram: otlptranslator.MetricTypeHistogram,
	}
	namer := otlptranslator.NewMetricNamer("", otlptranslator.UnderscoreEscapingWithSuffixes)
	name, err := namer.Build(otlptranslator.Metric{Name: m.Name, Unit: m.Unit, Type: kinds[m.Kind]})
	if err != nil {
		t.Fatalf("%s: %v", m.Name, err)
	}
	return name
}

// part is a histogram's bucket, sum or count; "" for other metrics.
func (k known) find(name string) (s series, part string, ok bool) {
	if s, ok = k[name]; ok {
		return s, "", s.kind != otel.Histogram
	}
	for _, part := range []string{"bucket", "sum", "count"} {
		if base, cut := strings.CutSuffix(name, "_"+part); cut {
			s, ok = k[base]
			return s, part, ok && s.kind == otel.Histogram
		}
	}
	return series{}, "", false
}

// faults lists what is wrong with a query, Grafana's variables filled in.
func (k known) faults(promQL string) []string {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(promQL)
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	parser.Inspect(expr, func(n parser.Node, path []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			found = append(append(found, k.faultsOfLabels(n)...), k.faultsOfUse(n, path)...)
		case *parser.AggregateExpr:
			for _, label := range n.Grouping {
				if !k.has(n.Expr, label) {
					found = append(found, fmt.Sprintf("by (%s): no metric below it has that label", label))
				}
			}
		}
		return nil
	})
	return found
}

// has tells whether all metrics below an expression have a label.
func (k known) has(below parser.Expr, label string) bool {
	all := true
	parser.Inspect(below, func(n parser.Node, _ []parser.Node) error {
		if v, ok := n.(*parser.VectorSelector); ok {
			s, part, _ := k.find(v.Name)
			_, of := s.labels[label]
			all = all && (of || scraped(label) || label == "le" && part == "bucket")
		}
		return nil
	})
	return all
}

// scraped labels are put to all series by Prometheus.
func scraped(label string) bool { return label == "instance" || label == "job" }

// faultsOfUse lists what is wrong with how a metric is asked for.
func (k known) faultsOfUse(v *parser.VectorSelector, path []parser.Node) []string {
	s, part, ok := k.find(v.Name)
	rated := inCall(path, "rate", "increase")
	grows := s.kind == otel.Counter || s.kind == otel.Histogram
	switch {
	case !ok: // that is said of its labels
		return nil
	case grows && !rated:
		return []string{v.Name + " only ever grows: rate or increase is to be taken"}
	case !grows && rated:
		return []string{v.Name + " is no counter: it has no rate"}
	case part == "bucket" && !oneBucket(v) && (!inCall(path, "histogram_quantile") || !keepsBuckets(path)):
		return []string{v.Name + ": buckets are for histogram_quantile, summed by le and more, or one of them is to be chosen"}
	}
	return nil
}

// faultsOfLabels lists what a selector, or a series that a test makes up, names
// that there is not.
func (k known) faultsOfLabels(v *parser.VectorSelector) []string {
	s, part, ok := k.find(v.Name)
	if !ok {
		return []string{"there is no metric " + v.Name}
	}
	var found []string
	for _, m := range v.LabelMatchers {
		values, of := s.labels[m.Name]
		switch {
		case m.Name == "__name__" || scraped(m.Name) || m.Name == "le" && part == "bucket":
		case !of:
			found = append(found, fmt.Sprintf("%s has no label %s", v.Name, m.Name))
		case values != nil:
			for value := range strings.SplitSeq(m.Value, "|") {
				if value != "" && value != ".*" && value != otel.Other && !slices.Contains(values, value) {
					found = append(found, fmt.Sprintf("%s: %s is never %q", v.Name, m.Name, value))
				}
			}
		}
	}
	return found
}

// faultsOfSeries lists what is wrong with a series that a test makes up.
func (k known) faultsOfSeries(text string) []string {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return []string{err.Error()}
	}
	v, ok := expr.(*parser.VectorSelector)
	if !ok {
		return []string{text + " is no series"}
	}
	return k.faultsOfLabels(v)
}

func inCall(path []parser.Node, functions ...string) bool {
	return slices.ContainsFunc(path, func(n parser.Node) bool {
		call, ok := n.(*parser.Call)
		return ok && slices.Contains(functions, call.Func.Name)
	})
}

func oneBucket(v *parser.VectorSelector) bool {
	return slices.ContainsFunc(v.LabelMatchers, func(m *labels.Matcher) bool { return m.Name == "le" })
}

// keepsBuckets tells whether each sum over buckets leaves them apart.
func keepsBuckets(path []parser.Node) bool {
	for _, n := range path {
		if a, ok := n.(*parser.AggregateExpr); ok && !a.Without && !slices.Contains(a.Grouping, "le") {
			return false
		}
	}
	return true
}

// results are the labels that a query's result has; nil: it can't be said.
func results(promQL string) []string {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(promQL)
	if err != nil {
		return nil
	}
	var found []string
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if a, ok := n.(*parser.AggregateExpr); ok && found == nil {
			found = append([]string{}, a.Grouping...)
		}
		return nil
	})
	return slices.DeleteFunc(found, func(l string) bool { return l == "le" })
}

// A check that finds nothing wrong with a broken query proves nothing.
func TestFaultsAreFound(t *testing.T) {
	all := measured(t)
	for promQL, want := range map[string]string{
		`sum by (hone_status) (rate(hone_answers_total{hone_origin!~"eval|agent"}[5m]))`:             "",
		`histogram_quantile(0.9, sum by (le) (rate(hone_run_duration_seconds_bucket[5m])))`:          "",
		`sum(increase(hone_run_duration_seconds_bucket{le=~"10(\\.0)?"}[1d]))`:                       "",
		`up{job="hone"} == 0 or absent(up{job="hone"})`:                                              "",
		`sum(rate(hone_answers[5m]))`:                                                                "no metric",
		`sum(rate(hone_run_duration_seconds[5m]))`:                                                   "no metric",
		`sum(hone_answers_total)`:                                                                    "only ever grows",
		`rate(hone_run_active[5m])`:                                                                  "no counter",
		`sum(rate(hone_answers_total{hone_model="x"}[5m]))`:                                          "has no label",
		`sum(rate(hone_answers_total{hone_status="notfound"}[5m]))`:                                  "never",
		`sum by (hone_source) (rate(hone_answers_total[5m]))`:                                        "no metric below",
		`histogram_quantile(0.9, sum by (hone_status) (rate(hone_run_duration_seconds_bucket[5m])))`: "summed by le",
		`sum by (le) (rate(hone_run_duration_seconds_bucket[5m]))`:                                   "histogram_quantile",
		`sum(rate(hone_answers_total[5m])`:                                                           "parse error",
	} {
		found := strings.Join(all.faults(promQL), "; ")
		if want == "" && found != "" || !strings.Contains(found, want) {
			t.Errorf("%s: %q, want %q", promQL, found, want)
		}
	}
}
