package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/store/sqlite"
)

// hone runs a command line and returns what it printed.
func hone(t *testing.T, status int, args ...string) (out, err string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if got := run(context.Background(), args, terminal{in: strings.NewReader(""), out: &stdout, err: &stderr}); got != status {
		t.Fatalf("hone %s: status %d, want %d\n%s%s", strings.Join(args, " "), got, status, &stdout, &stderr)
	}
	return stdout.String(), stderr.String()
}

// emptyDatabase is one that there is, for commands that make none.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hone.db")
	db, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

func TestTracesPath(t *testing.T) {
	clearTelemetry(t)
	data := os.Getenv("XDG_DATA_HOME")
	for _, tc := range []struct {
		settings settings
		want     string
	}{
		{settings{}, filepath.Join(data, "hone", "hone-traces.db")},
		{settings{DB: "sqlite:/srv/hone.db"}, "/srv/hone-traces.db"},
		{settings{DB: "sqlite:/srv/v1.2/data"}, "/srv/v1.2/data-traces"},
		{settings{DB: "sqlite:docs.sqlite"}, "docs-traces.sqlite"},
		{settings{DB: "postgres://db/hone"}, filepath.Join(data, "hone", "traces.db")},
		{settings{DB: "postgres://db/hone", SpansDB: "/var/t.db"}, "/var/t.db"},
	} {
		if got, err := tc.settings.tracesPath(); err != nil || got != tc.want {
			t.Errorf("traces of %q are in %q, want %q (%v)", tc.settings.DB, got, tc.want, err)
		}
	}
}

// Telemetry that can't work is a warning, and the command does what it should.
func TestTelemetryFailsNoCommand(t *testing.T) {
	clearTelemetry(t)
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	if err := os.WriteFile(taken, []byte("a file, and no database at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, key, value, warns string }{
		{"traces lie below a file", "HONE_TRACES_DB", filepath.Join(taken, "traces.db"), "no traces are kept"},
		{"traces are something else", "HONE_TRACES_DB", taken, "no traces are kept"},
		{"attributes can't be read", "OTEL_RESOURCE_ATTRIBUTES", "no equals sign", "telemetry"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv(tc.key, tc.value)
			out, err := hone(t, exitDone, "--db", emptyDatabase(t), "sources")
			if !strings.Contains(out, "No sources") || !strings.Contains(err, "level=WARN") || !strings.Contains(err, tc.warns) {
				t.Errorf("printed %q and %q", out, err)
			}
		})
	}
}

func TestUnknownExporter(t *testing.T) {
	clearTelemetry(t)
	t.Setenv("OTEL_TRACES_EXPORTER", "sqlite,zipkin")
	_, err := hone(t, exitUsage, "--db", emptyDatabase(t), "sources")
	if !strings.Contains(err, `OTEL_TRACES_EXPORTER: "zipkin"`) || !strings.Contains(err, "say otlp, console, sqlite or none") {
		t.Errorf("printed %q", err)
	}
}

// No database of traces is made where none is asked for.
func TestNoTraces(t *testing.T) {
	for _, setting := range []string{"OTEL_TRACES_EXPORTER=none", "OTEL_SDK_DISABLED=true"} {
		t.Run(setting, func(t *testing.T) {
			clearTelemetry(t)
			key, value, _ := strings.Cut(setting, "=")
			t.Setenv(key, value)
			db := emptyDatabase(t)
			hone(t, exitDone, "--db", db, "ask", "anything?")
			if _, err := os.Stat(filepath.Join(filepath.Dir(strings.TrimPrefix(db, "sqlite:")), "hone-traces.db")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("stat: %v", err)
			}
		})
	}
}

func TestLogFormat(t *testing.T) {
	clearTelemetry(t)
	db := emptyDatabase(t)
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "no equals sign")
	t.Setenv("HONE_LOG_FORMAT", "json")
	_, err := hone(t, exitDone, "--db", db, "sources")
	var line struct{ Level, Msg string }
	if failed := json.NewDecoder(strings.NewReader(err)).Decode(&line); failed != nil || line.Level != "WARN" {
		t.Errorf("printed %q: %v", err, failed)
	}
	t.Setenv("HONE_LOG_FORMAT", "xml")
	_, err = hone(t, exitUsage, "--db", db, "sources")
	if !strings.Contains(err, `"text","json"`) {
		t.Errorf("printed %q", err)
	}
}

func TestRetention(t *testing.T) {
	for _, tc := range []struct {
		observing observing
		want      otel.Retention
	}{
		{observing{TracesKeep: 48 * time.Hour, TracesSize: 100}, otel.Retention{Age: 48 * time.Hour, Bytes: 100_000_000}},
		{observing{}, otel.Retention{Age: -1, Bytes: -1}},
		{observing{TracesKeep: -time.Hour, TracesSize: -1}, otel.Retention{Age: -1, Bytes: -1}},
	} {
		if got := tc.observing.retention(); got != tc.want {
			t.Errorf("%+v means %+v, want %+v", tc.observing, got, tc.want)
		}
	}
}

// A setting that contradicts another one is wrong use, and says which.
func TestSinksThatContradict(t *testing.T) {
	clearTelemetry(t)
	t.Setenv("TELEMETRY_SINKS", "console")
	t.Setenv("OTEL_TRACES_EXPORTER", "sqlite")
	_, err := hone(t, exitUsage, "--db", emptyDatabase(t), "sources")
	if !strings.Contains(err, "TELEMETRY_SINKS=console and OTEL_TRACES_EXPORTER=sqlite contradict each other") {
		t.Errorf("printed %q", err)
	}
}
