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
	root.Links = []string{strings.Repeat("cd", 16)}
	late, early := span("ab", "03", "01", 50, 60), span("ab", "02", "01", 10, 20)
	noError(t, db.PutSpans(t.Context(), []otel.Span{late, root}))
	noError(t, db.PutSpans(t.Context(), []otel.Span{early, root})) // again: replaced
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

func TestTraceSummaries(t *testing.T) {
	db := openTraces(t)
	none, err := db.Traces(t.Context(), otel.TraceFilter{})
	noError(t, err)
	equal(t, none, nil)

	// The root's parent is the caller's span, kept elsewhere; it ends last.
	child := span("aa", "02", "01", 10, 80)
	child.Attributes = map[string]any{"hone.status": "answered", "hone.question": "why?"}
	child.Status = "error"
	noError(t, db.PutSpans(t.Context(), []otel.Span{child}))
	noError(t, db.PutSpans(t.Context(), []otel.Span{span("aa", "01", "ff", 0, 100), span("aa", "03", "02", 20, 30)}))
	noError(t, db.PutSpans(t.Context(), []otel.Span{span("bb", "01", "", 1000, 1500)}))
	a := otel.TraceSummary{
		TraceID: strings.Repeat("aa", 16), Name: "span 01", Start: when(0), Duration: 100 * time.Millisecond,
		Spans: 3, Errors: 1, Status: "answered", Question: "why?",
	}
	b := otel.TraceSummary{
		TraceID: strings.Repeat("bb", 16), Name: "span 01", Start: when(1000), Duration: 500 * time.Millisecond, Spans: 1,
	}
	for name, test := range map[string]struct {
		filter otel.TraceFilter
		want   []otel.TraceSummary
	}{
		"newest first": {otel.TraceFilter{}, []otel.TraceSummary{b, a}},
		"limit":        {otel.TraceFilter{Limit: 1}, []otel.TraceSummary{b}},
		"status":       {otel.TraceFilter{Status: "answered"}, []otel.TraceSummary{a}},
		"errors":       {otel.TraceFilter{Errors: true}, []otel.TraceSummary{a}},
		"slower":       {otel.TraceFilter{Slower: 200 * time.Millisecond}, []otel.TraceSummary{b}},
		"before":       {otel.TraceFilter{Before: when(1000)}, []otel.TraceSummary{a}},
		"none":         {otel.TraceFilter{Status: "degraded"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := db.Traces(t.Context(), test.filter)
			noError(t, err)
			equal(t, got, test.want)
		})
	}
}

func TestPruneSpans(t *testing.T) {
	db := openTraces(t)
	var spans []otel.Span
	for i := range 200 {
		s := span("ab", "01", "", i*1000, i*1000+1)
		s.TraceID = fmt.Sprintf("%032x", i)
		s.Attributes = map[string]any{"blob": strings.Repeat("x", 10_000)}
		spans = append(spans, s)
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
