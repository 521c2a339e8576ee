package sqlite

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/honehq/hone/otel"
)

// TestTracePlans checks that lists and single traces are found by indices, and
// come in the order of an index, so that a list ends with its last line.
func TestTracePlans(t *testing.T) {
	db := openTraces(t)
	plan := func(query string, args ...any) []string {
		t.Helper()
		steps, err := all(t.Context(), db.readers, func(row scanner) (step string, err error) {
			var id, parent, unused int
			return step, row.Scan(&id, &parent, &unused, &step)
		}, `EXPLAIN QUERY PLAN `+query, args...)
		noError(t, err)
		return steps
	}
	for name, f := range map[string]otel.TraceFilter{
		"all": {}, "since": {Since: when(0), Before: when(1)}, "errors": {Errors: true}, "slower": {Slower: time.Second},
		"answers": {Answers: true}, "status": {Status: "degraded"}, "agent": {Agent: "default"}, "thread": {Thread: "thr_1"},
		"origin": {Origin: "cli"}, "prompt": {PromptVersion: 3}, "status since": {Status: "degraded", Since: when(0)},
		"several": {Status: "degraded", Agent: "default", PromptVersion: 3, Errors: true},
	} {
		f.Limit = 20
		query, args := selectTraces(f)
		sorts := 0
		for _, step := range plan(query, args...) {
			byIndex := strings.Contains(step, "USING") && strings.Contains(step, "INDEX") || strings.Contains(step, "PRIMARY KEY")
			switch {
			case strings.HasPrefix(step, "SCAN listed"): // the lines of the list
			case strings.HasPrefix(step, "SCAN t"), strings.HasPrefix(step, "SCAN a"): // in order, until there are enough
				if !byIndex {
					t.Errorf("%s: %s", name, step)
				}
			case strings.HasPrefix(step, "SCAN"):
				t.Errorf("%s: %s", name, step)
			case strings.HasPrefix(step, "USE TEMP B-TREE"):
				sorts++
			}
		}
		if sorts > 1 { // one of a trace's answers, for the first
			t.Errorf("%s: it is sorted where an index has the order: %q", name, plan(query, args...))
		}
	}
	for _, query := range []string{selectSpans, tracesByPrefix, traceByAnswer, `SELECT text FROM questions WHERE trace_id = ? ORDER BY at LIMIT 1`} {
		for _, step := range plan(query, make([]any, strings.Count(query, "?"))...) {
			if strings.HasPrefix(step, "SCAN") {
				t.Errorf("%s in %s", step, query)
			}
		}
	}
}

// traceNumber makes IDs that begin as if by chance.
func traceNumber(i int) string {
	return fmt.Sprintf("%016x%016x", uint64(i+1)*0x9e3779b97f4a7c15, i)
}

// BenchmarkTraces reads a file of 100,000 traces, each an answer of three spans.
func BenchmarkTraces(b *testing.B) {
	const traces = 100_000
	db, err := OpenTraces(b.Context(), filepath.Join(b.TempDir(), "traces.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	var batch []otel.Span
	for i := range traces {
		for j := range 3 {
			s := otel.Span{
				TraceID: traceNumber(i), SpanID: fmt.Sprintf("%016x", j+1), ParentID: fmt.Sprintf("%016x", j), Name: "chat gpt-5", Kind: "internal",
				Start: when(10*i + j), End: when(10*i + 9 - j), Attributes: map[string]any{"gen_ai.request.model": "gpt-5"},
			}
			if j == 0 {
				s.ParentID = ""
				s.Attributes = map[string]any{
					"hone.run.id": fmt.Sprint("run_", i), "hone.status": []string{"answered", "not_found"}[min(1, i%10/9)], "gen_ai.agent.name": "default",
					"gen_ai.conversation.id": fmt.Sprint("thr_", i), "hone.prompt.version": int64(1 + i/50_000),
				}
			}
			if i == 77 && j == 0 {
				s.Status, s.End = "error", when(10*i+9_000_000)
				s.Attributes["hone.status"] = "degraded"
			}
			batch = append(batch, s)
		}
		if len(batch) > 5000 || i == traces-1 {
			if err := db.PutSpans(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
			batch = nil
		}
	}
	for _, c := range []struct {
		name string
		f    otel.TraceFilter
		want int
	}{
		{"ls", otel.TraceFilter{}, 20},
		{"ls status", otel.TraceFilter{Status: "not_found", Agent: "default"}, 20},
		{"ls rare status", otel.TraceFilter{Status: "degraded"}, 1},
		{"ls thread", otel.TraceFilter{Thread: "thr_5"}, 1},
		{"ls old prompt", otel.TraceFilter{PromptVersion: 1}, 20},
		{"ls one error", otel.TraceFilter{Errors: true}, 1},
		{"ls one slow", otel.TraceFilter{Slower: time.Minute}, 1},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				list, err := db.Traces(b.Context(), c.f)
				if err != nil || len(list) != c.want {
					b.Fatalf("%d traces, want %d: %v", len(list), c.want, err)
				}
			}
		})
	}
	for name, id := range map[string]string{"run": "run_99", "prefix": traceNumber(99)[:12]} {
		b.Run("show "+name, func(b *testing.B) {
			for b.Loop() {
				if spans, err := db.Trace(b.Context(), id); err != nil || len(spans) != 3 {
					b.Fatal(len(spans), err)
				}
			}
		})
	}
}
