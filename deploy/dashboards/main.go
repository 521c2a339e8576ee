// Dashboards writes Grafana's dashboards of Hone: deploy/grafana/dashboards. Their
// definitions are the Go files beside this one, one a dashboard; Grafana's JSON
// is made of them, so that a change can be read and each panel has what all
// panels have. After a change:
//
//	go generate ./deploy/dashboards
//
// The tests beside the rules of Prometheus (deploy/prometheus) check each query
// against the catalogue of metrics.
package main

//go:generate go run . ../grafana/dashboards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// all are the dashboards, in the order in which Grafana's menu should be read.
var all = []dashboard{service, answers, models, tokens, knowledge, improvement}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: dashboards DIR")
		os.Exit(2)
	}
	for _, d := range all {
		if err := write(os.Args[1], d); err != nil {
			fmt.Fprintln(os.Stderr, "dashboards:", err)
			os.Exit(1)
		}
	}
}

func write(dir string, d dashboard) error {
	b, err := encode(d)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, d.name+".json"), b, 0o644) //nolint:gosec // for everyone to read
}

// encode is a dashboard as Grafana reads it.
func encode(d dashboard) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // queries are to be read
	e.SetIndent("", "  ")
	if err := e.Encode(d.grafana()); err != nil {
		return nil, fmt.Errorf("dashboard %s: %w", d.name, err)
	}
	return b.Bytes(), nil
}
