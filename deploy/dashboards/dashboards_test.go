package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

const written = "../grafana/dashboards"

// What Grafana reads is what the definitions say.
func TestWritten(t *testing.T) {
	for _, d := range all {
		want, err := encode(d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(written, d.name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s.json is not what its definition says: go generate ./deploy/dashboards", d.name)
		}
	}
	files, err := filepath.Glob(filepath.Join(written, "*"))
	if err != nil || len(files) != len(all) {
		t.Errorf("%v (%v) beside %d definitions", files, err, len(all))
	}
}

// Panels lie within the page and not on one another.
func TestLayout(t *testing.T) {
	for _, d := range all {
		taken := map[[2]int]string{}
		for _, p := range d.grafana().Panels {
			at := p.GridPos
			if at.X+at.W > gridWidth || at.W < 1 || at.H < 1 {
				t.Errorf("%s, %s lies at %+v", d.name, p.Title, at)
			}
			for x := at.X; x < at.X+at.W; x++ {
				for y := at.Y; y < at.Y+at.H; y++ {
					if other, ok := taken[[2]int{x, y}]; ok {
						t.Fatalf("%s: %s and %s lie on one another", d.name, p.Title, other)
					}
					taken[[2]int{x, y}] = p.Title
				}
			}
		}
	}
}

// A bad folder is an error, not half of the dashboards.
func TestWriteFails(t *testing.T) {
	if err := write(filepath.Join(t.TempDir(), "missing"), service); err == nil {
		t.Error("no error")
	}
}
