package otel

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// ErrSetting wraps errors for variables whose value is not known.
var ErrSetting = errors.New("not a known setting")

// choice are the exporters of each signal, by name.
type choice struct{ traces, metrics, logs []string }

// choose reads which exporters are asked for. The contrib autoexport package
// takes one name only, and Hone keeps spans itself beside sending them on.
func choose() (choice, error) {
	if disabled() {
		return choice{}, nil
	}
	var c choice
	for _, signal := range []struct {
		names    *[]string
		variable string
		known    []string
	}{
		{&c.traces, "OTEL_TRACES_EXPORTER", []string{"otlp", "console", "sqlite"}},
		{&c.metrics, "OTEL_METRICS_EXPORTER", []string{"otlp", "console", "prometheus"}},
		{&c.logs, "OTEL_LOGS_EXPORTER", []string{"otlp", "console"}},
	} {
		names, err := exporterNames(signal.variable, signal.known)
		if err != nil {
			return choice{}, err
		}
		*signal.names = names
	}
	if err := c.followSinks(); err != nil {
		return choice{}, err
	}
	if c.traces == nil {
		c.traces = []string{"sqlite"}
	}
	return c, nil
}

func disabled() bool { return strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") }

// exporterNames reads a list of names. It is nil where nothing is asked for,
// and empty for "none".
func exporterNames(variable string, known []string) ([]string, error) {
	var names []string
	for _, name := range list(variable) {
		switch {
		case name == "none":
		case !slices.Contains(known, name):
			return nil, fmt.Errorf("%s: %q: %w: say %s or none, or several with commas", variable, name, ErrSetting, strings.Join(known, ", "))
		case !slices.Contains(names, name):
			names = append(names, name)
		}
		if names == nil {
			names = []string{}
		}
	}
	return names, nil
}

// followSinks reads TELEMETRY_SINKS, in which Llama Stack names what it sends
// telemetry to. It says the same as the standard variables or stands for them.
func (c *choice) followSinks() error {
	const variable = "TELEMETRY_SINKS"
	sinks := list(variable)
	if len(sinks) == 0 {
		return nil
	}
	traces, metrics := []string{}, []string{}
	for _, sink := range sinks {
		switch sink {
		case "console", "sqlite":
			traces = append(traces, sink)
		case "otel_trace":
			traces = append(traces, "otlp")
		case "otel_metric":
			metrics = append(metrics, "otlp")
		default:
			return fmt.Errorf("%s: %q: %w: say console, sqlite, otel_trace or otel_metric, or several with commas", variable, sink, ErrSetting)
		}
	}
	for _, signal := range []struct {
		names    *[]string
		sinks    []string
		variable string
	}{{&c.traces, traces, "OTEL_TRACES_EXPORTER"}, {&c.metrics, metrics, "OTEL_METRICS_EXPORTER"}} {
		if *signal.names != nil && !sameNames(*signal.names, signal.sinks) {
			return fmt.Errorf("%s=%s and %s=%s contradict each other: %w: set one of them", variable, os.Getenv(variable),
				signal.variable, os.Getenv(signal.variable), ErrSetting)
		}
		slices.Sort(signal.sinks)
		*signal.names = slices.Compact(signal.sinks)
	}
	return nil
}

// sameNames compares without order; /metrics is there in any case.
func sameNames(a, b []string) bool {
	tidy := func(names []string) []string {
		names = slices.Compact(slices.Sorted(slices.Values(names)))
		return slices.DeleteFunc(names, func(name string) bool { return name == "prometheus" })
	}
	return slices.Equal(tidy(a), tidy(b))
}

// list reads names with commas between them.
func list(variable string) []string {
	var names []string
	for name := range strings.SplitSeq(os.Getenv(variable), ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// KeepsSpans tells whether the settings ask for the embedded database. Where
// they can't be meant, Setup says so.
func KeepsSpans() bool {
	c, err := choose()
	return err == nil && slices.Contains(c.traces, "sqlite")
}

// overGRPC tells which protocol OTLP is spoken in for a signal: TRACES, METRICS
// or LOGS.
func overGRPC(signal string) (bool, error) {
	switch protocol := cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_"+signal+"_PROTOCOL"), os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL")); protocol {
	case "", "http/protobuf":
		return false, nil
	case "grpc":
		return true, nil
	default:
		return false, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL: %q: %w: say http/protobuf or grpc", protocol, ErrSetting)
	}
}
