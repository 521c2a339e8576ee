package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/honehq/hone/otel"
)

func openTraces(t *testing.T) *Traces {
	t.Helper()
	db, err := OpenTraces(t.Context(), filepath.Join(t.TempDir(), "traces.db"))
	noError(t, err)
	t.Cleanup(func() { noError(t, db.Close()) })
	return db
}

func when(ms int) time.Time {
	return time.Date(2026, 3, 1, 9, 0, 0, 123456789, time.UTC).Add(time.Duration(ms) * time.Millisecond)
}

func span(trace, id, parent string, from, to int) otel.Span {
	return otel.Span{
		TraceID: strings.Repeat(trace, 16), SpanID: id, ParentID: parent, Name: "span " + id, Kind: "internal",
		Start: when(from), End: when(to),
	}
}

func equal[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestSpansComeBack(t *testing.T) {
	db := openTraces(t)
	root := span("ab", "01", "", 0, 100)
	root.Kind, root.Status, root.Message = "server", "error", "it's \x00 broken"
	root.Attributes = map[string]any{
		"string": "ü \"", "bool": true, "int": int64(math.MaxInt64), "float": 3.0, "small": 1e-300, "half": 0.5,
		"strings": []string{"a", "b"}, "bools": []bool{true, false}, "ints": []int64{1, -2}, "floats": []float64{1, 0.5, 2e40},
	}
	root.Events = []otel.SpanEvent{{Name: "retry", At: when(5), Attributes: map[string]any{"n": int64(2)}}, {Name: "plain", At: when(6)}}
	root.Scope, root.Remote = "github.com/honehq/hone/server", true
	root.Links = []otel.SpanLink{{TraceID: strings.Repeat("cd", 16), SpanID: "0c", Attributes: map[string]any{"why": "asked", "n": int64(1)}}, {TraceID: "e"}}
	late, early := span("ab", "03", "01", 50, 60), span("ab", "02", "01", 10, 20)
	noError(t, db.PutSpans(t.Context(), []otel.Span{late, root}))
	noError(t, db.PutSpans(t.Context(), []otel.Span{early, root})) // again: it stays
	noError(t, db.PutSpans(t.Context(), nil))

	got, err := db.Trace(t.Context(), root.TraceID)
	noError(t, err)
	root.Message = "it's \uFFFD broken"
	equal(t, got, []otel.Span{root, early, late})
}

func TestNotANumber(t *testing.T) {
	db := openTraces(t)
	s := span("ab", "01", "", 0, 1)
	s.Attributes = map[string]any{"nan": math.NaN(), "inf": []float64{math.Inf(1)}}
	noError(t, db.PutSpans(t.Context(), []otel.Span{s}))
	got, err := db.Trace(t.Context(), s.TraceID)
	noError(t, err)
	equal(t, got[0].Attributes, map[string]any{"nan": "NaN", "inf": []string{"+Inf"}})
}

func TestTraceByPrefix(t *testing.T) {
	db := openTraces(t)
	a, b := span("ab", "01", "", 0, 1), span("ab", "01", "", 0, 1)
	b.TraceID = "abababab" + strings.Repeat("0f", 12)
	noError(t, db.PutSpans(t.Context(), []otel.Span{a, b}))
	for prefix, want := range map[string]string{
		"ABABABAB0": b.TraceID, "ababababab": a.TraceID, a.TraceID: a.TraceID,
	} {
		got, err := db.Trace(t.Context(), prefix)
		noError(t, err)
		equal(t, got[0].TraceID, want)
	}
	if _, err := db.Trace(t.Context(), "abababab"); !errors.Is(err, errSeveral) {
		t.Errorf("an ambiguous prefix: %v", err)
	}
	for _, id := range []string{"", "ababa", "%", "ffffffff", a.TraceID + "0"} {
		if _, err := db.Trace(t.Context(), id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// answer makes the span of an answer, by pairs of attributes.
func answer(s otel.Span, attributes ...any) otel.Span {
	s.Attributes = map[string]any{}
	for i := 0; i < len(attributes); i += 2 {
		s.Attributes[attributes[i].(string)] = attributes[i+1]
	}
	return s
}

// traced fills a file with traces of every kind, the first the oldest:
// a question that failed somewhere and was asked by a caller with spans of its
// own, a slow ingest, two questions in one trace, and a response of the API.
func traced(t *testing.T) *Traces {
	t.Helper()
	db := openTraces(t)
	run := answer(span("aa", "02", "01", 10, 80), "hone.run.id", "run_a", "hone.status", "answered", "gen_ai.agent.name", "default",
		"gen_ai.conversation.id", "thr_1", "hone.origin", "http", "hone.prompt.id", "pmpt_1", "hone.prompt.version", int64(3),
		"gen_ai.request.model", "gpt-5", "gen_ai.usage.input_tokens", int64(100), "gen_ai.usage.output_tokens", int64(20))
	run.Status = "error"
	root := span("aa", "01", "ff", 0, 100)
	root.Remote = true
	noError(t, db.PutQuestions(t.Context(), []otel.Question{{TraceID: root.TraceID, SpanID: "02", At: when(11), Text: "How do 100% of WE drain?"}}))
	for _, batch := range [][]otel.Span{ // as they end, in parts
		{span("aa", "03", "02", 20, 30)}, {run}, {root, span("bb", "01", "", 1000, 6000)},
		{
			answer(span("cc", "02", "01", 7001, 7010), "hone.run.id", "run_c1", "hone.status", "answered", "gen_ai.agent.name", "oncall", "gen_ai.conversation.id", "thr_2"),
			answer(span("cc", "03", "01", 7011, 7020), "hone.run.id", "run_c2", "hone.status", "not_found", "gen_ai.agent.name", "default",
				"hone.prompt.version", int64(4), "hone.origin", "cli", "gen_ai.conversation.id", "thr_2"),
			span("cc", "01", "", 7000, 7030),
		},
		{answer(span("dd", "01", "00", 8000, 8010), "gen_ai.response.id", "resp_d", "gen_ai.request.model", "offline")},
		{answer(span("ee", "01", "", 9000, 9001), "gen_ai.response.id", "chatcmpl-1")},
	} {
		noError(t, db.PutSpans(t.Context(), batch))
	}
	return db
}

func TestTraceSummaries(t *testing.T) {
	db := traced(t)
	for name, test := range map[string]struct {
		filter otel.TraceFilter
		want   string // first letters of IDs, newest first
	}{
		"newest first":               {otel.TraceFilter{}, "edcba"},
		"limit":                      {otel.TraceFilter{Limit: 2}, "ed"},
		"errors":                     {otel.TraceFilter{Errors: true}, "a"},
		"slower":                     {otel.TraceFilter{Slower: 200 * time.Millisecond}, "b"},
		"before":                     {otel.TraceFilter{Before: when(7000)}, "ba"},
		"since":                      {otel.TraceFilter{Since: when(7000)}, "edc"},
		"question":                   {otel.TraceFilter{Question: "0% of we"}, "a"},
		"another question":           {otel.TraceFilter{Question: "0_ of we"}, ""},
		"answers":                    {otel.TraceFilter{Answers: true}, "dca"},
		"answers, limit":             {otel.TraceFilter{Answers: true, Limit: 2}, "dc"},
		"answers since":              {otel.TraceFilter{Answers: true, Since: when(1), Before: when(8000)}, "c"},
		"status":                     {otel.TraceFilter{Status: "answered"}, "ca"},
		"status of the second":       {otel.TraceFilter{Status: "not_found"}, "c"},
		"agent":                      {otel.TraceFilter{Agent: "default"}, "ca"},
		"agent and status":           {otel.TraceFilter{Agent: "default", Status: "answered"}, "a"},
		"agent and status of others": {otel.TraceFilter{Agent: "oncall", Status: "not_found"}, ""},
		"thread once":                {otel.TraceFilter{Thread: "thr_2"}, "c"},
		"origin":                     {otel.TraceFilter{Origin: "http"}, "a"},
		"prompt version":             {otel.TraceFilter{PromptVersion: 4}, "c"},
		"prompt version and errors":  {otel.TraceFilter{PromptVersion: 3, Errors: true}, "a"},
		"none":                       {otel.TraceFilter{Status: "degraded"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := db.Traces(t.Context(), test.filter)
			noError(t, err)
			letters := ""
			for _, s := range got {
				letters += s.TraceID[:1]
			}
			equal(t, letters, test.want)
		})
	}
	got, err := db.Traces(t.Context(), otel.TraceFilter{Agent: "default"})
	noError(t, err)
	equal(t, got, []otel.TraceSummary{
		{
			TraceID: strings.Repeat("cc", 16), Name: "span 01", Start: when(7000), Duration: 30 * time.Millisecond, Spans: 3, Ended: true, Answers: 2,
			First: otel.Answered{ID: "run_c1", SpanID: "02", Agent: "oncall", Thread: "thr_2", Status: "answered", Start: when(7001), End: when(7010)},
		}, {
			TraceID: strings.Repeat("aa", 16), Name: "span 01", Start: when(0), Duration: 100 * time.Millisecond, Spans: 3, Errors: 1, Ended: true,
			Answers: 1, Question: "How do 100% of WE drain?",
			First: otel.Answered{ID: "run_a", SpanID: "02", Agent: "default", Thread: "thr_1", Origin: "http", Status: "answered", PromptID: "pmpt_1",
				PromptVersion: 3, Model: "gpt-5", Start: when(10), End: when(80), InputTokens: 100, OutputTokens: 20},
		},
	})
}

func TestNoTraces(t *testing.T) {
	none, err := openTraces(t).Traces(t.Context(), otel.TraceFilter{})
	noError(t, err)
	equal(t, none, nil)
}

// What has no root has not ended, or lost it.
func TestUnendedTrace(t *testing.T) {
	db := openTraces(t)
	noError(t, db.PutSpans(t.Context(), []otel.Span{span("aa", "02", "01", 5, 6)}))
	got, err := db.Traces(t.Context(), otel.TraceFilter{})
	noError(t, err)
	equal(t, got, []otel.TraceSummary{{TraceID: strings.Repeat("aa", 16), Name: "span 02", Start: when(5), Duration: time.Millisecond, Spans: 1}})
}

func TestTraceByAnswer(t *testing.T) {
	db := traced(t)
	for id, want := range map[string]string{"run_a": "aa", "run_c2": "cc", "resp_d": "dd"} {
		spans, err := db.Trace(t.Context(), id)
		noError(t, err)
		equal(t, spans[0].TraceID, strings.Repeat(want, 16))
	}
	for _, id := range []string{"run_x", "chatcmpl-1", "resp_", "_"} {
		if _, err := db.Trace(t.Context(), id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestTracesAfter(t *testing.T) {
	db := openTraces(t)
	after := func(f otel.TraceFilter, mark int64) (names string, next int64) {
		t.Helper()
		list, next, err := db.TracesAfter(t.Context(), f, mark)
		noError(t, err)
		for _, s := range list {
			names += s.TraceID[:1]
		}
		return names, next
	}
	noError(t, db.PutSpans(t.Context(), []otel.Span{span("aa", "01", "", 0, 1)}))
	names, mark := after(otel.TraceFilter{}, -1)
	equal(t, names, "")
	names, same := after(otel.TraceFilter{}, mark)
	equal(t, names, "")
	equal(t, same, mark)

	noError(t, db.PutSpans(t.Context(), []otel.Span{span("bb", "02", "01", 0, 1)})) // its root goes on
	names, mark = after(otel.TraceFilter{}, mark)
	equal(t, names, "")
	root := span("bb", "01", "", 0, 2)
	root.Status = "error"
	noError(t, db.PutSpans(t.Context(), []otel.Span{span("cc", "01", "", 9, 10), root, span("dd", "01", "", 3, 4)}))
	names, _ = after(otel.TraceFilter{}, mark)
	equal(t, names, "cbd")
	names, _ = after(otel.TraceFilter{Errors: true}, mark)
	equal(t, names, "b")
	names, mark = after(otel.TraceFilter{Limit: 1}, 0) // the limit is of lists
	equal(t, names, "acbd")

	// However much was deleted, what comes is new.
	noError(t, db.PruneSpans(t.Context(), when(1e6), 0))
	noError(t, db.PutSpans(t.Context(), []otel.Span{span("ee", "01", "", 2e6, 2e6)}))
	names, _ = after(otel.TraceFilter{}, mark)
	equal(t, names, "e")
}

func TestPruneSpans(t *testing.T) {
	db := openTraces(t)
	var spans []otel.Span
	for i := range 200 {
		s := span("ab", "01", "", i*1000, i*1000+1)
		s.TraceID = fmt.Sprintf("%032x", i)
		s.Attributes = map[string]any{"blob": strings.Repeat("x", 10_000), "hone.run.id": fmt.Sprint("run_", i)}
		spans = append(spans, s)
		noError(t, db.PutQuestions(t.Context(), []otel.Question{{TraceID: s.TraceID, At: s.Start, Text: "How?"}}))
	}
	noError(t, db.PutSpans(t.Context(), spans))
	left := func() []string {
		t.Helper()
		list, err := db.Traces(t.Context(), otel.TraceFilter{Limit: 1000})
		noError(t, err)
		var ids []string
		for _, s := range list {
			ids = append(ids, s.TraceID)
		}
		return ids
	}
	noError(t, db.PruneSpans(t.Context(), time.Time{}, 0))
	equal(t, len(left()), 200)
	noError(t, db.PruneSpans(t.Context(), when(150_000), 0))
	equal(t, len(left()), 50)
	noError(t, db.PruneSpans(t.Context(), time.Time{}, 105_000)) // ten of a bit over 10,000 bytes
	want := []string{}
	for i := 199; i >= 190; i-- {
		want = append(want, fmt.Sprintf("%032x", i))
	}
	equal(t, left(), want)
	if _, err := db.Trace(t.Context(), spans[100].TraceID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a pruned trace: %v", err)
	}
	for _, table := range []string{"spans", "answers", "questions"} {
		n, err := one(t.Context(), db.readers, value[int], `SELECT count(*) FROM `+table)
		noError(t, err)
		equal(t, n, 10)
	}

	// Room is given back: two megabytes came, a tenth is left.
	path, err := one(t.Context(), db.readers, value[string], `SELECT file FROM pragma_database_list`)
	noError(t, err)
	_, err = db.writer.ExecContext(t.Context(), `PRAGMA wal_checkpoint(TRUNCATE)`)
	noError(t, err)
	info, err := os.Stat(path)
	noError(t, err)
	if info.Size() > 500_000 {
		t.Errorf("the file still has %d bytes", info.Size())
	}
}
