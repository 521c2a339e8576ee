// Telemetrydocs writes docs/telemetry.md from the code: metrics, spans, log
// events, settings, and the tables of the traces database.
//
//	go run ./deploy/telemetrydocs [-o FILE]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	_ "embed"

	"go.opentelemetry.io/otel/attribute"

	"github.com/honehq/hone/otel"
)

func main() {
	out := flag.String("o", "docs/telemetry.md", "file to write")
	flag.Parse()
	text, err := render(context.Background())
	if err == nil {
		err = os.WriteFile(*out, []byte(text), 0o644) //nolint:gosec // it is for everyone to read
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "telemetrydocs:", err)
		os.Exit(1)
	}
}

//go:embed telemetry.md.tmpl
var page string

// render makes the document.
func render(ctx context.Context) (_ string, err error) {
	dir, err := os.MkdirTemp("", "telemetrydocs-*")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	tables, err := schema(ctx, filepath.Join(dir, "traces.db"))
	if err != nil {
		return "", err
	}
	t, err := template.New("telemetry.md").Funcs(template.FuncMap{
		"cell": cell, "labels": labels, "values": values, "spanName": spanName, "kind": spanKind, "keys": keys, "family": family,
	}).Parse(page)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, struct {
		Metrics    []otel.Metric
		Labels     []*otel.Label
		Buckets    []bucketed
		Steps      []*otel.Step
		Attributes []otel.Attribute
		Events     []otel.Setting
		Settings   []otel.Setting
		Tables     []string
	}{otel.Catalogue(), usedLabels(), buckets(), otel.Steps, otel.Attributes, otel.Events(), otel.Settings(), tables})
	return b.String(), err
}

// cell keeps text within a table's cell.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// labels lists a metric's labels.
func labels(m otel.Metric) string {
	var list []string
	for _, l := range m.Labels {
		list = append(list, "`"+l.Key+"`")
	}
	return strings.Join(list, ", ")
}

// usedLabels are the labels of all metrics, each once, in their order.
func usedLabels() []*otel.Label {
	var list []*otel.Label
	seen := map[*otel.Label]bool{}
	for _, m := range otel.Catalogue() {
		for _, l := range m.Labels {
			if !seen[l] {
				seen[l] = true
				list = append(list, l)
			}
		}
	}
	return list
}

// values says what values a label has.
func values(l *otel.Label) string {
	if l.Values == nil {
		return fmt.Sprintf("the first %d, then %#q", l.Limit, otel.Other)
	}
	return "`" + strings.Join(l.Values, "`, `") + "`, `" + otel.Other + "`"
}

// bucketed are the upper bounds of a histogram's buckets.
type bucketed struct{ Name, Bounds string }

func buckets() []bucketed {
	var list []bucketed
	for _, m := range otel.Catalogue() {
		if m.Kind == otel.Histogram {
			list = append(list, bucketed{m.Prometheus(), strings.Trim(fmt.Sprint(m.Buckets), "[]")})
		}
	}
	return list
}

// family marks the name of a family of variables.
func family(name string) string {
	if strings.HasSuffix(name, "_") {
		return "…"
	}
	return ""
}

// spanName is the name that spans of a step have.
func spanName(s *otel.Step) string {
	if s.Of == "" {
		return s.Name
	}
	return s.Name + " {" + string(s.Of) + "}"
}

func spanKind(s *otel.Step) string { return s.Kind.String() }

func keys(list []attribute.Key) string {
	var names []string
	for _, k := range list {
		names = append(names, "`"+string(k)+"`")
	}
	return strings.Join(names, ", ")
}
