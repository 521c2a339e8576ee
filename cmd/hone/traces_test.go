package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/otel"
)

func decode[T any](t *testing.T, s string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	return v
}

func TestTraces(t *testing.T) {
	clearTelemetry(t)
	docs := t.TempDir()
	if err := os.WriteFile(filepath.Join(docs, "drain.md"), []byte("# Drain a node\n\nTo drain a node, run `kubectl drain NODE`.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HONE_DATABASE_URL", "sqlite:"+filepath.Join(t.TempDir(), "hone.db"))
	out, _ := hone(t, exitDone, "traces", "ls")
	if out != "No traces.\n" {
		t.Errorf("before any run: %q", out)
	}
	hone(t, exitDone, "ingest", docs)
	out, _ = hone(t, exitDone, "--json", "ask", "how do I drain a node?")
	found := decode[agent.Answer](t, out)
	out, _ = hone(t, exitDone, "--json", "ask", "who won the chess olympiad?")
	missing := decode[agent.Answer](t, out)
	if found.Status != agent.Answered || missing.Status != agent.NotFound {
		t.Fatalf("statuses %s and %s", found.Status, missing.Status)
	}

	for _, tc := range []struct {
		args string
		want []string // traces
	}{
		{"", []string{missing.TraceID, found.TraceID}},
		{"--status=answered", []string{found.TraceID}},
		{"--status=not_found", []string{missing.TraceID}},
		{"--status=degraded", nil},
		{"--errors", nil},
		{"--slower=1h", nil},
		{"--slower=1ns", []string{missing.TraceID, found.TraceID}},
		{"--limit=1", []string{missing.TraceID}},
		{"-n1 --status=answered", []string{found.TraceID}},
	} {
		out, _ := hone(t, exitDone, append([]string{"--json", "traces", "ls"}, strings.Fields(tc.args)...)...)
		var got []string
		for _, tr := range decode[[]traceJSON](t, out) {
			if tr.Name == "invoke_agent default" { // ingest is a trace too
				got = append(got, tr.TraceID)
			}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("traces ls %s (-want +got):\n%s", tc.args, diff)
		}
	}
	out, _ = hone(t, exitDone, "traces", "ls", "--status=answered")
	if line := regexp.MustCompile(`(?m)^` + found.TraceID[:12] + ` .* answered +invoke_agent default$`); !line.MatchString(out) {
		t.Errorf("list:\n%s", out)
	}

	for _, id := range []string{found.TraceID, found.TraceID[:8], strings.ToUpper(found.TraceID), found.ID} {
		out, _ := hone(t, exitDone, "traces", "show", id)
		if !strings.HasPrefix(out, "trace "+found.TraceID+" ") || !strings.Contains(out, "└─ search_knowledge") {
			t.Errorf("traces show %s:\n%s", id, out)
		}
	}
	out, _ = hone(t, exitDone, "--json", "traces", "show", found.ID)
	shown := decode[spansJSON](t, out)
	if shown.TraceID != found.TraceID || shown.Spans[0].Name != "invoke_agent default" || shown.Spans[0].Attributes["hone.run.id"] != found.ID {
		t.Errorf("as JSON: %.500s", out)
	}
}

func TestTracesRefuse(t *testing.T) {
	clearTelemetry(t)
	t.Setenv("HONE_DATABASE_URL", "sqlite:"+filepath.Join(t.TempDir(), "hone.db"))
	for _, tc := range []struct {
		args   string
		status int
		want   string
	}{
		{"show 0af765", exitFailed, "trace 0af765: none is kept"},
		{"show 0", exitFailed, "six digits at least"},
		{"show run_0000", exitFailed, "run_0000"},
		{"show", exitUsage, "expected"},
		{"ls --limit=0", exitUsage, "at least 1"},
		{"ls --status=good", exitUsage, "--status must be one of"},
		{"ls --slower=soon", exitUsage, "--slower"},
	} {
		_, err := hone(t, tc.status, append([]string{"traces"}, strings.Fields(tc.args)...)...)
		if !strings.Contains(err, tc.want) {
			t.Errorf("traces %s printed %q, want %q", tc.args, err, tc.want)
		}
	}
}

func traceForDrawing() []otel.Span {
	start := time.Date(2026, 10, 12, 14, 0, 0, 0, time.Local)
	span := func(id, parent, name string, from, to time.Duration, attributes map[string]any) otel.Span {
		return otel.Span{TraceID: "0af7651916cd43dd8448eb211c80319c", SpanID: id, ParentID: parent, Name: name,
			Start: start.Add(from), End: start.Add(to), Attributes: attributes}
	}
	const ms = time.Millisecond
	spans := []otel.Span{
		span("1", "caller", "POST /v1/ask", 0, 1500*ms, map[string]any{"http.response.status_code": int64(200)}),
		span("2", "1", "invoke_agent default", 10*ms, 1490*ms, map[string]any{"hone.status": "answered", "gen_ai.request.model": "gpt-5",
			"gen_ai.usage.input_tokens": int64(2500), "gen_ai.usage.output_tokens": int64(130), "hone.prompt.version": int64(4)}),
		span("3", "2", "turn 1", 20*ms, 1000*ms, nil),
		span("4", "3", "chat gpt-5", 20*ms, 600*ms, map[string]any{"gen_ai.request.model": "gpt-5",
			"gen_ai.response.finish_reasons": []string{"tool_calls"}}),
		span("5", "3", "execute_tool file_search", 600*ms, 650*ms, map[string]any{"hone.search.queries": int64(2), "hone.search.results": int64(10)}),
		span("6", "5", "sql.conn.query", 601*ms, 601*ms+300*time.Microsecond, map[string]any{"db.query.text": "SELECT text FROM chunks"}),
		span("7", "5", "sql.conn.query", 610*ms, 611*ms, map[string]any{"db.query.text": "SELECT text FROM chunks"}),
		span("8", "2", "execute_tool read_local_file", 1000*ms, 1400*ms, nil),
	}
	spans[7].Status, spans[7].Message = "error", "the tool\nrefused\x1b[31m"
	return spans
}

func TestDrawWaterfall(t *testing.T) {
	var b strings.Builder
	drawWaterfall(&b, painter{}, 80, traceForDrawing())
	want := strings.TrimPrefix(`
trace 0af7651916cd43dd8448eb211c80319c  2026-10-12 14:00:00  1.5s  8 spans  1 failed
POST /v1/ask                       █████████████     1.5s  200
└─ invoke_agent default            █████████████    1.48s  answered, gpt-5, 250…
   ├─ turn 1                       ████████         980ms
   │  ├─ chat gpt-5                █████            580ms  tool_calls
   │  └─ execute_tool file_search       ▏            50ms  2 queries, 10 passag…
   │     └─ sql SELECT chunks ×2        ▏           1.3ms
   └─ execute_tool read_local_fi…          ███      400ms  failed: the tool ref…
`, "\n")
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("waterfall (-want +got):\n%s", diff)
	}
}

// However narrow the terminal, lines fit, and nothing that a span says gets
// through to it as a command.
func TestDrawWaterfallFits(t *testing.T) {
	for width := 50; width <= 250; width += 10 {
		var plain, coloured strings.Builder
		drawWaterfall(&plain, painter{}, width, traceForDrawing())
		for i, line := range strings.Split(plain.String(), "\n") {
			if n := utf8.RuneCountInString(line); i > 0 && n > width {
				t.Errorf("at width %d line %d has %d: %q", width, i, n, line)
			}
		}
		drawWaterfall(&coloured, painter{on: true}, width, traceForDrawing())
		without := regexp.MustCompile(`\x1b\[\d+m`).ReplaceAllString(coloured.String(), "")
		if diff := cmp.Diff(plain.String(), without); diff != "" {
			t.Errorf("colours change more than colours (-plain +coloured):\n%s", diff)
		}
	}
	var b strings.Builder
	drawWaterfall(&b, painter{}, 80, nil)
	if b.String() != "" {
		t.Errorf("of nothing: %q", b.String())
	}
}
