package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/otel"
)

// The document says what the code does.
func TestUpToDate(t *testing.T) {
	want, err := render(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("..", "..", "docs", "telemetry.md"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/telemetry.md is out of date: make telemetry-docs (-want +got):\n%s", diff)
	}
}

// Each variable that the code reads is told of, and each name is said once.
func TestWhole(t *testing.T) {
	var known []string
	for _, s := range otel.Settings() {
		known = append(known, s.Name)
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "otel", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	read := regexp.MustCompile(`Getenv\("([A-Z_]+)"`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
	variables:
		for _, m := range read.FindAllStringSubmatch(string(text), -1) {
			for _, k := range known {
				if k == m[1] || strings.HasSuffix(k, "_") && strings.HasPrefix(m[1], k) {
					continue variables
				}
			}
			t.Errorf("%s reads %s, which Settings does not tell of", file, m[1])
		}
	}
	described := map[string]bool{}
	for _, a := range otel.Attributes {
		described[string(a.Key)] = true
	}
	for _, s := range otel.Steps {
		for _, k := range s.Attributes {
			if !described[string(k)] {
				t.Errorf("the attribute %s of %s is not described", k, s.Name)
			}
		}
	}
	names := map[string]bool{}
	for _, m := range otel.Catalogue() {
		if names[m.Name] || m.Description == "" || m.Unit == "" {
			t.Errorf("the metric %s stands twice, or lacks words or a unit", m.Name)
		}
		names[m.Name] = true
	}
}
