package otel_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/otel"
)

// span makes one that lasts from and to milliseconds.
func span(id, parent, name string, from, to int, attributes ...any) otel.Span {
	epoch := time.Date(2026, 10, 12, 14, 0, 0, 0, time.UTC)
	s := otel.Span{
		TraceID: "0af7651916cd43dd8448eb211c80319c", SpanID: id, ParentID: parent, Name: name,
		Start: epoch.Add(time.Duration(from) * time.Millisecond), End: epoch.Add(time.Duration(to) * time.Millisecond),
		Attributes: map[string]any{},
	}
	for i := 0; i < len(attributes); i += 2 {
		s.Attributes[attributes[i].(string)] = attributes[i+1]
	}
	return s
}

func failed(s otel.Span, message string) otel.Span {
	s.Status, s.Message = "error", message
	return s
}

func TestWaterfall(t *testing.T) {
	event := span("a", "", "invoke_agent default", 0, 100, "hone.status", "degraded", "hone.prompt.version", int64(3))
	event.Events = []otel.SpanEvent{{Name: "fallback"}, {Name: "exception"}}
	for _, tc := range []struct {
		name  string
		spans []otel.Span
		want  string
	}{
		{"nothing", nil, ""},
		{"a run below a caller's span, in any order", []otel.Span{
			span("e", "d", "search_knowledge", 45, 75, "hone.search.queries", int64(1), "hone.search.hits", int64(0)),
			span("b", "a", "turn 1", 10, 100, "hone.turn", int64(1)),
			span("d", "b", "execute_tool file_search", 40, 80, "hone.search.queries", int64(2), "hone.search.results", int64(1)),
			span("c", "b", "chat gpt-5", 10, 30, "gen_ai.request.model", "gpt-5", "gen_ai.usage.input_tokens", int64(1200),
				"gen_ai.usage.output_tokens", int64(30), "gen_ai.response.finish_reasons", []string{"tool_calls"},
				"gen_ai.response.time_to_first_chunk", 0.012),
			span("f", "b", "chat gpt-5", 80, 100, "gen_ai.response.model", "small", "gen_ai.response.finish_reasons", []string{"stop"}),
			span("a", "caller", "POST /v1/ask", 0, 100, "http.response.status_code", int64(200)),
		}, `
POST /v1/ask 0.00-1.00 100ms [200]
└─ turn 1 0.10-1.00 90ms []
   ├─ chat gpt-5 0.10-0.30 20ms [1200→30 tokens | tool_calls | first chunk after 12ms]
   ├─ execute_tool file_search 0.40-0.80 40ms [2 queries | 1 passage]
   │  └─ search_knowledge 0.45-0.75 30ms [1 query | 0 hits]
   └─ chat gpt-5 0.80-1.00 20ms [small]`},
		{"like siblings share a line, failed ones don't", []otel.Span{
			span("a", "", "search_knowledge", 0, 100),
			span("b", "a", "sql.conn.query", 0, 10, "db.query.text", "SELECT id FROM chunks WHERE id = ?"),
			span("c", "a", "sql.conn.query", 20, 25, "db.query.text", "select  text\nfrom chunks"),
			span("d", "a", "sql.conn.query", 30, 50, "db.query.text", "SELECT id FROM chunks"),
			failed(span("e", "a", "sql.conn.query", 50, 60, "db.query.text", "SELECT id FROM chunks"), "disk I/O error"),
			failed(span("f", "a", "sql.tx.commit", 60, 70, "error.type", "locked"), ""),
			failed(span("g", "a", "sql.tx.commit", 70, 80), ""),
		}, `
search_knowledge 0.00-1.00 100ms []
├─ sql SELECT chunks ×3 0.00-0.50 35ms []
├─ sql SELECT chunks 0.50-0.60 10ms [failed: disk I/O error]
├─ sql commit 0.60-0.70 10ms [failed: locked]
└─ sql commit 0.70-0.80 10ms [failed]`},
		{"events are told", []otel.Span{event}, `
invoke_agent default 0.00-1.00 100ms [fallback | degraded | prompt v3]`},
		{"two roots", []otel.Span{span("b", "gone", "two", 50, 100), span("a", "", "one", 0, 50)}, `
one 0.00-0.50 50ms []
two 0.50-1.00 50ms []`},
		{"a child outlives its root", []otel.Span{span("a", "", "root", 0, 50), span("b", "a", "child", 25, 100)}, `
root 0.00-0.50 50ms []
└─ child 0.25-1.00 75ms []`},
		{"no time passed", []otel.Span{span("a", "", "root", 0, 0), span("b", "a", "child", 0, 0)}, `
root 0.00-0.00 0s []
└─ child 0.00-0.00 0s []`},
		{"the clock was set back", []otel.Span{span("a", "", "root", 50, 0), span("b", "a", "child", 60, 70)}, `
root 0.00-0.00 0s []
└─ child 0.50-1.00 10ms []`},
		{"the clock was set back at the end", []otel.Span{span("a", "", "root", 0, 50), span("b", "a", "child", 60, 10)}, `
root 0.00-1.00 50ms []
└─ child 1.00-1.00 0s []`},
		{"its own parent", []otel.Span{span("a", "a", "snake", 0, 10)}, `
snake 0.00-1.00 10ms []`},
		{"each other's parents", []otel.Span{span("a", "b", "hen", 0, 10), span("b", "a", "egg", 0, 10)}, `
hen 0.00-1.00 10ms []
└─ egg 0.00-1.00 10ms []`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := drawn(otel.Waterfall(tc.spans, 0))
			if diff := cmp.Diff(strings.TrimSpace(tc.want), got); diff != "" {
				t.Errorf("waterfall (-want +got):\n%s", diff)
			}
		})
	}
}

func drawn(rows []otel.Row) string {
	var out strings.Builder
	for _, r := range rows {
		label := r.Label
		if r.Count > 1 {
			label += fmt.Sprintf(" ×%d", r.Count)
		}
		if r.Left > 0 {
			label = fmt.Sprintf("%d left out", r.Left)
		}
		fmt.Fprintf(&out, "%s%s %.2f-%.2f %s [%s]\n", r.Tree, label, r.From, r.To, r.Busy, strings.Join(r.Facts, " | "))
	}
	return strings.TrimSpace(out.String())
}

// Of many steps those that failed and those that took longest are shown, with
// what they are part of.
func TestWaterfallOfMany(t *testing.T) {
	spans := []otel.Span{
		span("r", "", "round", 0, 1000),
		span("1", "r", "case one", 0, 300), span("1a", "1", "chat", 0, 290), span("1b", "1", "grade", 290, 300),
		span("2", "r", "case two", 300, 400), span("2a", "2", "chat", 300, 390), failed(span("2b", "2", "grade", 390, 391), "no"),
		span("3", "r", "case three", 400, 450), span("3a", "3", "chat", 400, 440),
		span("4", "r", "case four", 450, 1000), span("4a", "4", "chat", 450, 990), span("4b", "4", "grade", 990, 999),
	}
	want := `
round 0.00-1.00 1s []
├─ case two 0.30-0.40 100ms []
│  ├─ grade 0.39-0.39 1ms [failed: no]
│  └─ 1 left out 0.00-0.00 90ms []
├─ case four 0.45-1.00 550ms []
│  ├─ chat 0.45-0.99 540ms []
│  └─ 1 left out 0.00-0.00 9ms []
└─ 5 left out 0.00-0.00 350ms []`
	if diff := cmp.Diff(strings.TrimSpace(want), drawn(otel.Waterfall(spans, 5))); diff != "" {
		t.Errorf("five of them (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(drawn(otel.Waterfall(spans, 0)), drawn(otel.Waterfall(spans, len(spans)))); diff != "" {
		t.Errorf("as many as there are (-all +got):\n%s", diff)
	}
	for most := 1; most < len(spans); most++ {
		shown, left := 0, 0
		for _, r := range otel.Waterfall(spans, most) {
			shown, left = shown+r.Count, left+r.Left
		}
		if shown > most || shown+left != len(spans) {
			t.Errorf("with %d, %d are shown and %d left out", most, shown, left)
		}
	}
	if got := drawn(otel.Waterfall([]otel.Span{span("a", "", "one", 0, 1), span("b", "", "two", 5, 10)}, 1)); got != "two 0.50-1.00 5ms []\n1 left out 0.00-0.00 1ms []" {
		t.Errorf("of two roots: %s", got)
	}
}

func TestStatementLabels(t *testing.T) {
	for query, want := range map[string]string{
		"INSERT OR REPLACE INTO runs (id) VALUES (?)":                         "sql INSERT runs",
		"\n\tDELETE FROM spans WHERE 1":                                       "sql DELETE spans",
		"update \"files\" set x = 1":                                          "sql UPDATE files",
		"WITH p AS (SELECT 1 FROM prompts) SELECT * FROM p":                   "sql WITH prompts",
		"SELECT c.text FROM json_each(?) AS j JOIN chunks AS c ON c.id = j.x": "sql SELECT chunks",
		"SELECT * FROM (SELECT 1) AS x":                                       "sql SELECT",
		"PRAGMA incremental_vacuum":                                           "sql PRAGMA",
		"-- nothing":                                                          "sql statement",
	} {
		rows := otel.Waterfall([]otel.Span{span("a", "", "query", 0, 1, "db.query.text", query)}, 0)
		if got := rows[0].Label; got != want {
			t.Errorf("label of %q is %q, want %q", query, got, want)
		}
	}
}
