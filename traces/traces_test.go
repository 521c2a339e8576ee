package traces_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/prices"
	"github.com/honehq/hone/traces"
)

var start = time.Date(2026, 10, 12, 14, 0, 0, 0, time.UTC)

func span(id, parent, name string, from, to int, attributes map[string]any) otel.Span {
	return otel.Span{
		TraceID: strings.Repeat("a", 32), SpanID: id, ParentID: parent, Name: name, Attributes: attributes,
		Start: start.Add(time.Duration(from) * time.Millisecond), End: start.Add(time.Duration(to) * time.Millisecond),
	}
}

// asked is a trace of a run with a search and two model calls, one of them
// beside it.
func asked() []otel.Span {
	return []otel.Span{
		span("1", "", "POST /v1/ask", 0, 100, nil),
		span("2", "1", "invoke_agent default", 0, 90, map[string]any{
			"hone.run.id": "run_1", "hone.status": "answered", "hone.prompt.id": "pmpt_1", "hone.prompt.version": int64(3),
			"gen_ai.agent.name": "default", "gen_ai.request.model": "gpt-5", "gen_ai.usage.input_tokens": int64(1000), "gen_ai.usage.output_tokens": int64(100),
		}),
		span("3", "2", "execute_tool file_search", 10, 30, map[string]any{
			"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "file_search", "hone.search.results": int64(2),
			"hone.search.files": []string{"file-1", "file-2"}, "hone.search.scores": []float64{0.9, 0.4},
		}),
		span("4", "2", "chat gpt-5", 30, 80, chat(1000, 100, 400)),
		span("5", "1", "chat gpt-5", 90, 95, chat(5000, 500, 0)),
		span("9", "2", "create_response", 5, 85, map[string]any{"gen_ai.response.id": "resp_within"}),
	}
}

func chat(in, out, cached int64) map[string]any {
	return map[string]any{"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5", "gen_ai.usage.input_tokens": in,
		"gen_ai.usage.output_tokens": out, "gen_ai.usage.cache_read.input_tokens": cached}
}

type runs map[string]agent.Run

func (r runs) Run(_ context.Context, id string) (agent.Run, error) {
	run, ok := r[id]
	if !ok {
		return run, fs.ErrNotExist
	}
	return run, nil
}

type replies map[string]openresponses.StoredResponse

func (r replies) StoredResponse(_ context.Context, id string) (openresponses.StoredResponse, error) {
	reply, ok := r[id]
	if !ok {
		return reply, fs.ErrNotExist
	}
	return reply, nil
}

const search = `{"type":"file_search_call","id":"fs_1","status":"completed","queries":["q"],"results":[
	{"file_id":"file-2","filename":"b.md","score":0.4,"text":"…","attributes":{"hone_section":"B","hone_first_line":7}},
	{"file_id":"file-1","filename":"a.md","score":0.9,"text":"…","attributes":{"hone_section":"A","hone_first_line":1}},
	{"file_id":"file-1","filename":"a.md","score":0.8,"text":"…","attributes":{"hone_section":"A","hone_first_line":1}}]}`

func priceList(t *testing.T) *prices.List {
	t.Helper()
	list, err := prices.Parse([]byte(`{"gpt-5": {"input": 2, "output": 10, "cached": 1}}`))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAccountOfRun(t *testing.T) {
	run := agent.Run{
		Answer: agent.Answer{
			ID: "run_1", Answer: "Drain it [1].", Model: "gpt-5-2026",
			Citations: []agent.Citation{{N: 1, FileID: "file-1", Section: "A"}},
		},
		Question: "How?", Items: json.RawMessage(`[{"type":"message","role":"user"},` + search + `]`),
	}
	book := traces.Book{Runs: runs{"run_1": run}, Prices: priceList(t)}
	got, err := book.Account(t.Context(), asked(), "run_1")
	if err != nil {
		t.Fatal(err)
	}
	if want := (600*2 + 400*1 + 100*10) / 1e6; got.Cost == nil || math.Abs(*got.Cost-want) > 1e-12 {
		t.Errorf("cost %v, want %v: of the answer's own calls, the cached tokens at their price", got.Cost, want)
	}
	got.Cost = nil
	b, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"run_1","trace_id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","question":"How?","answer":"Drain it [1].","status":"answered","agent":"default","model":"gpt-5-2026",` +
		`"prompt":{"id":"pmpt_1","version":3},"started":"2026-10-12T14:00:00Z","duration_seconds":0.09,"tokens":{"input":1000,"output":100},` +
		`"passages":[{"file_id":"file-1","path":"a.md","section":"A","line":1,"score":0.9,"cited":1},{"file_id":"file-2","path":"b.md","section":"B","line":7,"score":0.4}],` +
		`"tools":[{"name":"file_search","duration_seconds":0.02,"passages":2}]}`
	if diff := cmp.Diff(want, string(b)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// What is not kept beside the trace, the trace tells as far as it can.
func TestAccountOfTraceAlone(t *testing.T) {
	for name, book := range map[string]traces.Book{"deleted": {Runs: runs{}}, "no database": {}} {
		list, err := book.Accounts(t.Context(), asked())
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %v %v", name, list, err)
		}
		if a := list[0]; a.Question != "" || a.Cost != nil || len(a.Passages) != 2 || a.Passages[0] != (traces.Passage{File: "file-1", Score: 0.9}) {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if list, err := (traces.Book{}).Accounts(t.Context(), nil); err != nil || len(list) != 0 {
		t.Errorf("of nothing: %v %v", list, err)
	}
	if _, err := (traces.Book{}).Account(t.Context(), asked()[:1], "run_1"); err == nil {
		t.Error("a trace without an answer has an account")
	}
}

func TestAccountOfResponse(t *testing.T) {
	spans := []otel.Span{span("1", "", "create_response", 0, 50, map[string]any{"gen_ai.response.id": "resp_1", "gen_ai.request.model": "offline"})}
	spans[0].Status, spans[0].Message = "error", "timeout"
	reply := openresponses.StoredResponse{
		Input:    json.RawMessage(`[{"type":"message","role":"user","content":"Earlier?"},{"type":"message","role":"user","content":[{"type":"input_text","text":"How?"}]}]`),
		Response: json.RawMessage(`{"output":[` + search + `,{"type":"message","role":"assistant","content":[{"type":"output_text","text":"So."}]}]}`),
	}
	got, err := traces.Book{Responses: replies{"resp_1": reply}}.Account(t.Context(), spans, "resp_1")
	if err != nil {
		t.Fatal(err)
	}
	if got.Question != "How?" || got.Answer != "So." || len(got.Passages) != 2 || got.Error != "timeout" || got.Cost == nil || *got.Cost != 0 {
		t.Errorf("%+v", got)
	}
}

func TestCompare(t *testing.T) {
	a, b := asked(), asked()
	for i := range b {
		b[i].TraceID = strings.Repeat("b", 32)
	}
	b[1].Attributes = map[string]any{"hone.run.id": "run_2", "hone.status": "not_found", "hone.prompt.version": int64(4), "gen_ai.usage.input_tokens": int64(500)}
	b[2].Attributes = map[string]any{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "file_search", "hone.search.results": int64(1),
		"hone.search.files": []string{"file-3"}, "hone.search.scores": []float64{0.95}}
	b = append(b, span("6", "2", "execute_tool read_local_file", 81, 82, nil), span("7", "2", "sql.conn.query", 82, 83, map[string]any{"db.query.text": "SELECT 1"}))
	book := traces.Book{Runs: runs{
		"run_1": {Question: "How?", Answer: agent.Answer{Answer: "One.\nTwo."}}, "run_2": {Question: "How?", Answer: agent.Answer{Answer: "One.\nThree."}},
	}}
	account := func(spans []otel.Span) traces.Account {
		t.Helper()
		got, err := book.Account(t.Context(), spans, "")
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	c := traces.Compare(account(a), account(b), a, b)
	var got strings.Builder
	fmt.Fprintln(&got, c.A.ID, c.B.ID, c.SameQuestion)
	for _, ch := range c.Changes {
		fmt.Fprintf(&got, "%s: %q %+.2f\n", ch.What, ch.Text(), ch.Share)
	}
	for _, l := range c.Words {
		fmt.Fprintf(&got, "%s%s\n", l.Kind, l.Text)
	}
	for _, p := range c.Passages {
		fmt.Fprintln(&got, p.File, p.Score, p.ScoreA != nil, p.ScoreB != nil)
	}
	for _, s := range c.Steps {
		fmt.Fprintf(&got, "%s|%d %s\n", s.Kind, s.Depth, s.Label)
	}
	want := `run_1 run_2 true
input tokens: ["1000" "500"] -0.50
output tokens: ["100" "0"] -1.00
cost: ["–" "–"] +0.00
seconds: ["90ms" "90ms"] +0.00
 One.
-Two.
+Three.
file-3 0.95 false true
file-1 0.9 true false
file-2 0.4 true false
~|0 invoke_agent default
 |1 create_response
~|1 execute_tool file_search
 |1 chat gpt-5
+|1 execute_tool read_local_file
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMoment(t *testing.T) {
	zone := time.FixedZone("there", 3600)
	now := time.Date(2026, 10, 12, 14, 0, 0, 0, zone)
	for text, want := range map[string]string{
		"": "0001-01-01T00:00:00Z", "90m": "2026-10-12T11:30:00Z", "-2h": "2026-10-12T11:00:00Z", "2026-01-31": "2026-01-30T23:00:00Z",
		"2026-01-31T12:00": "2026-01-31T11:00:00Z", "2026-01-31 12:00:05": "2026-01-31T11:00:05Z", "2026-01-31T12:00:00Z": "2026-01-31T12:00:00Z",
	} {
		if got, err := traces.Moment(text, now); err != nil || got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%q: %s, %v, want %s", text, got.UTC(), err, want)
		}
	}
	for _, text := range []string{"soon", "2026-13-01", "12:00", "5"} {
		if got, err := traces.Moment(text, now); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}
