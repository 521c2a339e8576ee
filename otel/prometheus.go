package otel

import "strings"

// Prometheus is the metric's name there: with its unit, and _total behind
// counters, as the exporter makes it.
func (m *Metric) Prometheus() string {
	name := prometheusLabel(m.Name)
	unit := ""
	switch {
	case m.Unit == "s":
		unit = "_seconds"
	case strings.HasSuffix(m.Unit, "/s"):
		unit = "_per_second"
	case m.Unit == "1" && (m.Kind == Gauge || m.Kind == Observed):
		unit = "_ratio"
	}
	if m.Kind == Counter {
		return name + unit + "_total"
	}
	return name + unit
}

// prometheusLabel is the name that an attribute or a metric has there.
func prometheusLabel(key string) string { return strings.ReplaceAll(key, ".", "_") }
