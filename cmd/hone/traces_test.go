package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/traces"
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
	t.Setenv("HONE_DATABASE_URL", emptyDatabase(t))
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
		{"--failed", nil},
		{"--slower=1h", nil},
		{"--slower=1ns", []string{missing.TraceID, found.TraceID}},
		{"--limit=1", []string{missing.TraceID}},
		{"-n1 --status=answered", []string{found.TraceID}},
		{"--thread=" + found.Thread, []string{found.TraceID}},
		{"--by=default --prompt=1 --origin=cli", []string{missing.TraceID, found.TraceID}},
		{"--by=oncall", nil},
		{"--prompt=2", nil},
		{"--origin=http", nil},
		{"--since=1h", []string{missing.TraceID, found.TraceID}},
		{"--until=1h", nil},
		{"--since=2001-01-01 --until=2001-01-02T12:00", nil},
		{"--question=drain", nil}, // its text is not captured
		{"--answers", []string{missing.TraceID, found.TraceID}},
	} {
		out, _ := hone(t, exitDone, append([]string{"--json", "traces", "ls"}, strings.Fields(tc.args)...)...)
		var got []string
		for _, tr := range decode[[]traces.Line](t, out) {
			if tr.First != nil { // ingest is a trace too
				got = append(got, tr.TraceID)
			}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("traces ls %s (-want +got):\n%s", tc.args, diff)
		}
	}
	out, _ = hone(t, exitDone, "traces", "ls", "--status=answered")
	if line := regexp.MustCompile(`(?m)^` + found.TraceID[:12] + ` .* answered +default +v1 +\S`); !line.MatchString(out) {
		t.Errorf("list:\n%s", out)
	}

	for _, id := range []string{found.TraceID, found.TraceID[:8], strings.ToUpper(found.TraceID), found.ID} {
		out, _ := hone(t, exitDone, "traces", "show", id)
		for _, part := range []string{"answer " + found.ID, "question  how do I drain a node?", "status    answered", "prompt    v1 pmpt_", "drain.md  Drain a node  [1]", "\ntrace " + found.TraceID, "search_knowledge"} {
			if !strings.Contains(out, part) {
				t.Errorf("traces show %s lacks %q:\n%s", id, part, out)
			}
		}
	}
	out, _ = hone(t, exitDone, "--json", "traces", "show", found.ID)
	shown := decode[traces.Trace](t, out)
	if shown.TraceID != found.TraceID || len(shown.Spans) < 5 || shown.Answers[0].ID != found.ID || shown.Answers[0].Prompt.Version != 1 ||
		len(shown.Answers[0].Passages) == 0 || len(shown.Answers[0].Tools) == 0 || *shown.Answers[0].Cost != 0 {
		t.Errorf("as JSON: %.500s", out)
	}

	out, _ = hone(t, exitDone, "traces", "export", found.ID)
	exported, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces([]byte(out))
	if err != nil || exported.SpanCount() != len(shown.Spans) {
		t.Errorf("exported: %v, %d spans of %d", err, exported.SpanCount(), len(shown.Spans))
	}

	out, _ = hone(t, exitDone, "traces", "compare", found.ID, missing.TraceID)
	for _, line := range []string{`(?m)^status +answered +not found$`, `(?m)^prompt +v1 +v1$`, `(?m)^input tokens +\d`, `(?m)^- .*kubectl drain`, `(?m)^Passages$`, `(?m)^Steps that differ$`} {
		if !regexp.MustCompile(line).MatchString(out) {
			t.Errorf("compared, it lacks %s:\n%s", line, out)
		}
	}
	out, _ = hone(t, exitDone, "traces", "compare", found.ID, found.ID)
	if !strings.Contains(out, "The answers are the same.") || !strings.Contains(out, "The steps are the same.") {
		t.Errorf("compared with itself:\n%s", out)
	}
	out, _ = hone(t, exitDone, "--json", "traces", "compare", found.ID, missing.ID)
	if c := decode[traces.Comparison](t, out); c.A.ID != found.ID || c.B.ID != missing.ID || c.SameQuestion {
		t.Errorf("compared as JSON: %.500s", out)
	}
}

func TestTracesRefuse(t *testing.T) {
	clearTelemetry(t)
	t.Setenv("HONE_DATABASE_URL", emptyDatabase(t))
	for _, tc := range []struct {
		args   string
		status int
		want   string
	}{
		{"show 0af765", exitFailed, "trace 0af765: none is kept here"},
		{"show 0", exitFailed, "six digits at least"},
		{"export 0af765", exitFailed, "another replica may have this one"},
		{"compare 0af765 0af766", exitFailed, "none is kept here"},
		{"ls --since=soon", exitUsage, "--since"},
		{"ls --prompt=-1", exitUsage, "--prompt"},
		{"tail -n=-1", exitUsage, "--limit"},
		{"show run_0000", exitFailed, "trace run_0000: none is kept here"},
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
	drawWaterfall(&b, painter{}, 80, traceForDrawing(), 0)
	want := strings.TrimPrefix(`
trace 0af7651916cd43dd8448eb211c80319c  2026-10-12 14:00:00  1.5s  8 spans
1 failed
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
	for width := 30; width <= 250; width += 10 {
		var plain, coloured strings.Builder
		drawWaterfall(&plain, painter{}, width, traceForDrawing(), 0)
		for i, line := range strings.Split(plain.String(), "\n") {
			if n := utf8.RuneCountInString(line); n > width && !strings.HasPrefix(line, "trace ") {
				t.Errorf("at width %d line %d has %d: %q", width, i, n, line)
			}
		}
		drawWaterfall(&coloured, painter{on: true}, width, traceForDrawing(), 0)
		without := regexp.MustCompile(`\x1b\[\d+m`).ReplaceAllString(coloured.String(), "")
		if diff := cmp.Diff(plain.String(), without); diff != "" {
			t.Errorf("colours change more than colours (-plain +coloured):\n%s", diff)
		}
	}
	var b strings.Builder
	drawWaterfall(&b, painter{}, 80, nil, 0)
	if b.String() != "" {
		t.Errorf("of nothing: %q", b.String())
	}
}

// A huge trace is cut to what tells most, and says so.
func TestDrawHugeWaterfall(t *testing.T) {
	spans := traceForDrawing()
	for i := range 5000 {
		s := spans[2]
		s.SpanID, s.ParentID, s.Name = fmt.Sprint("case ", i), "3", fmt.Sprint("case ", i)
		spans = append(spans, s)
	}
	deep := spans[2]
	for i := range 100 {
		deep.SpanID, deep.ParentID, deep.Name = fmt.Sprint("deep ", i), deep.SpanID, "deep"
		spans = append(spans, deep)
	}
	var b strings.Builder
	drawWaterfall(&b, painter{}, 80, spans, mostRows)
	lines := strings.Split(b.String(), "\n")
	if len(lines) > mostRows*2 || !strings.Contains(b.String(), "spans are left out: those that took least. All of them: --all") || !strings.Contains(b.String(), "failed: the tool ref") {
		t.Errorf("%d lines:\n%.3000s", len(lines), b.String())
	}
	for _, line := range lines {
		if n := utf8.RuneCountInString(line); n > 80 {
			t.Errorf("%d wide: %q", n, line)
		}
	}
	b.Reset()
	drawWaterfall(&b, painter{}, 80, spans, 0)
	if got := strings.Count(b.String(), "case "); got != 5000 {
		t.Errorf("all of it: %d of 5000 cases", got)
	}
}
