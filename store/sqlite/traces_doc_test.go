package sqlite

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/honehq/hone/otel"
)

// TestTracesAreDocumented holds docs/traces.md against the file: it names every
// column of every table, each of which says in the schema what it is, and its
// queries find something.
func TestTracesAreDocumented(t *testing.T) {
	db := openTraces(t)
	b, err := os.ReadFile("../../docs/traces.md")
	noError(t, err)
	doc := string(b)
	tables, err := all(t.Context(), db.readers, value[string], `
		SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version' ORDER BY name`)
	noError(t, err)
	equal(t, tables, []string{"answers", "questions", "spans", "traces"})
	for _, table := range tables {
		_, section, found := strings.Cut(doc, "\n### "+table+"\n")
		if section, _, _ = strings.Cut(section, "\n### "); !found {
			t.Errorf("there is nothing on the table %s", table)
		}
		var said []string
		for _, row := range regexp.MustCompile(`(?m)^\| (.+?) \|`).FindAllStringSubmatch(section, -1) {
			for _, name := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row[1], -1) {
				said = append(said, name[1])
			}
		}
		columns, err := all(t.Context(), db.readers, value[string], `SELECT name FROM pragma_table_xinfo(?)`, table)
		noError(t, err)
		slices.Sort(said)
		slices.Sort(columns)
		equal(t, said, columns)
		schema, err := one(t.Context(), db.readers, value[string], `SELECT sql FROM sqlite_schema WHERE name = ?`, table)
		noError(t, err)
		for _, column := range columns {
			commented := regexp.MustCompile(`(?m)^ +` + column + ` .*-- \S`).MatchString(schema)
			if !commented && column != "trace_id" && column != "span_id" {
				t.Errorf("the schema doesn't say what %s.%s is:\n%s", table, column, schema)
			}
		}
	}
	fillForQueries(t, db)
	queries := regexp.MustCompile("(?s)```sql\n(.+?)```").FindAllStringSubmatch(doc, -1)
	if len(queries) < 5 {
		t.Errorf("%d queries", len(queries))
	}
	for _, q := range queries {
		n, err := one(t.Context(), db.readers, value[int], `SELECT count(*) FROM (`+strings.TrimSuffix(strings.TrimSpace(q[1]), ";")+`)`)
		if err != nil || n == 0 {
			t.Errorf("%d rows, %v, from\n%s", n, err, q[1])
		}
	}
}

// fillForQueries puts in a question of now with a search, and one that failed
// because of the trace that the documentation names.
func fillForQueries(t *testing.T, db *Traces) {
	t.Helper()
	now := time.Now()
	s := func(trace, id, parent, name string, attributes ...any) otel.Span {
		out := answer(otel.Span{TraceID: trace, SpanID: id, ParentID: parent, Name: name, Start: now, End: now.Add(time.Second)}, attributes...)
		return out
	}
	failed := s(strings.Repeat("b", 32), "1", "", "watch_rollout", "error.type", "timeout")
	failed.Status, failed.Links = "error", []otel.SpanLink{{TraceID: "0af7651916cd43dd8448eb211c80319c", SpanID: "1"}}
	noError(t, db.PutSpans(t.Context(), []otel.Span{
		failed,
		s("0af7651916cd43dd8448eb211c80319c", "1", "", "invoke_agent default", "hone.run.id", "run_1", "gen_ai.agent.name", "default", "hone.status", "not_found"),
		s("0af7651916cd43dd8448eb211c80319c", "2", "1", "execute_tool file_search", "hone.search.scores", []float64{0.5, 0.25}),
		s("0af7651916cd43dd8448eb211c80319c", "3", "1", "chat gpt-5", "gen_ai.operation.name", "chat", "gen_ai.request.model", "gpt-5", "gen_ai.usage.input_tokens", int64(5)),
	}))
}
