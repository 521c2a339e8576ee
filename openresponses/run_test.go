package openresponses_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/openresponses"
)

type delta = openresponses.ToolCallDelta

// ask is a request with file_search and two functions; $STORE is filled in.
const ask = `{"model":"scripted","input":"How long does a failover take?","include":["file_search_call.results"],"tools":[
	{"type":"file_search","vector_store_ids":["$STORE"],"max_num_results":2},
	{"type":"function","name":"read_file","parameters":{"type":"object"}},
	{"type":"function","name":"ping"}]$MORE}`

func (w *world) ask(more string) string {
	if more != "" {
		more = "," + more
	}
	return strings.NewReplacer("$STORE", w.source.ID, "$MORE", more).Replace(ask)
}

// summary shows a response in a line an item.
func summary(r wireResponse) string {
	var b strings.Builder
	fmt.Fprint(&b, r.Status)
	if r.IncompleteDetails != nil {
		fmt.Fprintf(&b, " (%s)", (*r.IncompleteDetails)["reason"])
	}
	for _, it := range r.Output {
		fmt.Fprintf(&b, "\n%s %s", it.Type, it.Status)
		switch it.Type {
		case "message":
			fmt.Fprintf(&b, " %q", it.Content[0].Text)
			for _, raw := range it.Content[0].Annotations {
				var a struct {
					Type, Filename, FileID string
					Index                  int
				}
				_ = json.Unmarshal(raw, &a)
				fmt.Fprintf(&b, " %s:%s@%d", a.Type, a.Filename, a.Index)
			}
		case "function_call":
			fmt.Fprintf(&b, " %s(%s)", it.Name, it.Arguments)
		case "file_search_call":
			fmt.Fprintf(&b, " %q", it.Queries)
			for _, r := range it.Results {
				fmt.Fprintf(&b, " %s", r.Filename)
			}
		}
	}
	return b.String()
}

const redis = "runbooks/redis.md"

func TestRun(t *testing.T) {
	search := searches(`{"queries":["redis failover"]}`)
	two := searches(`{"queries":["kafka lag"]}`)
	length := []any{openresponses.TextDelta{Text: "It takes"}, finish(openresponses.FinishLength)}
	tests := []struct {
		name  string
		more  string // of the request
		turns [][]any
		want  string
	}{
		{"an answer", "", [][]any{says("Thirty", " seconds.")},
			"completed\n" + `message completed "Thirty seconds."`},
		{"a search and an answer", "", [][]any{calls(search), says("It takes 30 seconds 【", "1】. Really [1].")},
			"completed\n" + `file_search_call completed ["redis failover"] runbooks/redis.md` + "\n" + `message completed "It takes 30 seconds. Really." file_citation:runbooks/redis.md@19 file_citation:runbooks/redis.md@27`},
		{"two searches", "", [][]any{calls(search), calls(two), says("So【1】 and so【2】.")},
			"completed\n" + `file_search_call completed ["redis failover"] runbooks/redis.md` + "\n" + `file_search_call completed ["kafka lag"] runbooks/kafka.md` + "\n" + `message completed "So and so." file_citation:runbooks/redis.md@2 file_citation:runbooks/kafka.md@9`},
		{"two searches in one turn", "", [][]any{calls(search, two), says("So【2】.")},
			"completed\n" + `file_search_call completed ["redis failover"] runbooks/redis.md` + "\n" + `file_search_call completed ["kafka lag"] runbooks/kafka.md` + "\n" + `message completed "So." file_citation:runbooks/kafka.md@2`},
		{"an unknown ref", "", [][]any{calls(search), says("So【7】 it is [7].")},
			"completed\n" + `file_search_call completed ["redis failover"] runbooks/redis.md` + "\n" + `message completed "So it is [7]."`},
		{"text before a search", "", [][]any{append([]any{openresponses.TextDelta{Text: "Let me see. "}}, calls(search)...), says("So.")},
			"completed\n" + `message completed "Let me see. "` + "\n" + `file_search_call completed ["redis failover"] runbooks/redis.md` + "\n" + `message completed "So."`},
		{"blank text before a search", "", [][]any{append([]any{openresponses.TextDelta{Text: "\n\n "}}, calls(search)...), says("\nSo.")},
			"completed\n" + `file_search_call completed ["redis failover"] runbooks/redis.md` + "\n" + `message completed "So."`},
		{"a function", "", [][]any{calls(delta{ID: "c1", Name: "read_file", Arguments: `{"path":"x"}`})},
			"completed\n" + `function_call completed read_file({"path":"x"})`},
		{"a function without arguments", "", [][]any{calls(delta{ID: "c1", Name: "ping"})},
			"completed\n" + `function_call completed ping({})`},
		{"functions side by side, in pieces", "", [][]any{{
			delta{Index: 0, ID: "c1", Name: "read_file", Arguments: `{"path"`},
			delta{Index: 1, ID: "c2", Name: "ping", Arguments: `{`},
			delta{Index: 0, Arguments: `:"x"}`}, delta{Index: 1, Arguments: `}`},
			finish(openresponses.FinishTools),
		}}, "completed\n" + `function_call completed read_file({"path":"x"})` + "\n" + `function_call completed ping({})`},
		{"a search between functions", "", [][]any{calls(delta{ID: "c1", Name: "ping", Arguments: `{}`}, search, delta{ID: "c3", Name: "read_file", Arguments: `{"path":"y"}`})},
			"completed\n" + `function_call completed ping({})` + "\n" + `file_search_call completed ["redis failover"] runbooks/redis.md` + "\n" + `function_call completed read_file({"path":"y"})`},
		{"the same call ID twice", "", [][]any{calls(delta{ID: "c", Name: "ping"}, delta{ID: "c", Name: "ping"})},
			"completed\nfunction_call completed ping({})\nfunction_call completed ping({})"},
		{"broken arguments", "", [][]any{calls(searches(`{"queries":["redis`)), calls(searches(`{"q":1}`)), calls(search), says("So.")},
			"completed\n" + `file_search_call completed ["redis failover"] runbooks/redis.md` + "\n" + `message completed "So."`},
		{"broken arguments for ever", "", [][]any{calls(searches(`[`)), calls(searches(`[`)), calls(searches(`[`)), says("I give up.")},
			"completed\n" + `message completed "I give up."`},
		{"U+0000", "", [][]any{calls(searches(`{"queries":["redis\u0000 failover"]}`)), says("So\x00.")},
			"completed\n" + `file_search_call completed ["redis failover"] runbooks/redis.md` + "\n" + `message completed "So."`},
		{"U+0000 in a call", "", [][]any{calls(delta{ID: "c1", Name: "ping", Arguments: "{\x00}"})},
			"completed\n" + `function_call completed ping({})`},
		{"an unknown tool", "", [][]any{calls(delta{ID: "c1", Name: "web_search", Arguments: `{}`}), says("So.")},
			"completed\n" + `message completed "So."`},
		{"one query as a string", "", [][]any{calls(searches(`{"query":"redis failover"}`)), says("So.")},
			"completed\n" + `file_search_call completed ["redis failover"] runbooks/redis.md` + "\n" + `message completed "So."`},
		{"nothing found", "", [][]any{calls(searches(`{"queries":["zzzz"]}`)), says("I don't know.")},
			"completed\n" + `file_search_call completed ["zzzz"]` + "\n" + `message completed "I don't know."`},
		{"two documents", "", [][]any{calls(searches(`{"queries":["runbook lag failover"]}`)), says("So.")},
			"completed\n" + `file_search_call completed ["runbook lag failover"] runbooks/kafka.md runbooks/redis.md` + "\n" + `message completed "So."`},
		{"max_tool_calls", `"max_tool_calls":1`, [][]any{calls(search), says("So 【1】.")},
			"completed\n" + `file_search_call completed ["redis failover"] runbooks/redis.md` + "\n" + `message completed "So." file_citation:runbooks/redis.md@2`},
		{"max_tool_calls within a turn", `"max_tool_calls":1`, [][]any{calls(search, two), says("So.")},
			"completed\n" + `file_search_call completed ["redis failover"] runbooks/redis.md` + "\n" + `message completed "So."`},
		{"calls without tools", `"max_tool_calls":1`, [][]any{calls(search), calls(search), says("So.")},
			"completed\n" + `file_search_call completed ["redis failover"] runbooks/redis.md` + "\n" + `message completed "So."`},
		{"an empty answer once", "", [][]any{says(), says("So.")},
			"completed\n" + `message completed "So."`},
		{"an empty answer", "", [][]any{says(), says("", " \n")},
			"completed\n" + `message completed ""`},
		{"cut short", "", [][]any{length},
			"incomplete (max_output_tokens)\n" + `message incomplete "It takes"`},
		{"cut short in a call", "", [][]any{{delta{ID: "c1", Name: "read_file", Arguments: `{"pa`}, finish(openresponses.FinishLength)}},
			"incomplete (max_output_tokens)\n" + `function_call incomplete read_file({"pa)`},
		{"cut short in a search", "", [][]any{{search, finish(openresponses.FinishLength)}},
			"incomplete (max_output_tokens)"},
		{"filtered", "", [][]any{{openresponses.TextDelta{Text: "It"}, finish(openresponses.FinishFilter)}},
			"incomplete (content_filter)\n" + `message incomplete "It"`},
		{"all tokens spent on searches", `"max_output_tokens":16`, [][]any{calls(search), calls(search), calls(search), calls(search)},
			"incomplete (max_output_tokens)" + strings.Repeat("\n"+`file_search_call completed ["redis failover"] runbooks/redis.md`, 4)},
		{"an endless answer", "", [][]any{endless(5 << 20)},
			"incomplete (max_output_tokens)\nmessage incomplete LONG"},
		{"endless searches", "", many(16, calls(search), says("So.")),
			"completed" + strings.Repeat("\n"+`file_search_call completed ["redis failover"] runbooks/redis.md`, 16) + "\n" + `message completed "So."`},
		{"tool_choice none", `"tool_choice":"none"`, [][]any{says("So.")},
			"completed\n" + `message completed "So."`},
		{"JSON", `"text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"}}}`, [][]any{calls(search), says(`{"n":[1],"t":"so【1】"}`)},
			"completed\n" + `file_search_call completed ["redis failover"] runbooks/redis.md` + "\n" + `message completed "{\"n\":[1],\"t\":\"so\"}" file_citation:runbooks/redis.md@16`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, test.turns...)
			got := summary(w.plain(t, w.ask(test.more)))
			w.model.turns = test.turns
			final, _ := w.streamed(t, w.ask(test.more))
			streamed := summary(final)
			if strings.Contains(test.want, "LONG") {
				long := regexp.MustCompile(`"(more )+"`)
				got, streamed = long.ReplaceAllString(got, "LONG"), long.ReplaceAllString(streamed, "LONG")
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(got, streamed); diff != "" {
				t.Error("streamed and plain differ:", diff)
			}
			if n := len(w.model.turns); n > 0 {
				t.Errorf("%d turns were not asked for", n)
			}
		})
	}
}

func endless(bytes int) []any {
	var turn []any
	for range bytes / 1000 {
		turn = append(turn, openresponses.TextDelta{Text: strings.Repeat("more ", 200)})
	}
	return append(turn, finish(openresponses.FinishStop))
}

func many(n int, turn, last []any) [][]any {
	var turns [][]any
	for range n {
		turns = append(turns, turn)
	}
	return append(turns, last)
}

// The model sees its own mistakes, and what a search found.
func TestWhatTheModelSees(t *testing.T) {
	w := newWorld(t, calls(searches(`{"queries":[`), delta{ID: "c9", Name: "nonsense", Arguments: `{`}), calls(searches(`{"queries":["redis failover"]}`)), says("So 【1】."))
	r := w.plain(t, w.ask(`"instructions":"Be brief."`))
	last := w.model.asked[2]
	if len(last.Messages) != 8 {
		t.Fatalf("%d messages: %v", len(last.Messages), last.Messages)
	}
	roles := ""
	for _, m := range last.Messages {
		roles += string(m.Role) + " "
	}
	if roles != "system system user assistant tool tool assistant tool " {
		t.Errorf("roles %s", roles)
	}
	if last.Messages[0].Text != "Be brief." || !strings.HasPrefix(last.Messages[1].Text, openresponses.HintPrefix) {
		t.Errorf("system messages %q", last.Messages[:2])
	}
	for i, word := range map[int]string{4: "queries", 5: "file_search, read_file, ping"} {
		if text := last.Messages[i].Text; !strings.HasPrefix(text, "Error: ") || !strings.Contains(text, word) {
			t.Errorf("message %d: %q", i, text)
		}
	}
	found, err := openresponses.DecodePassages(last.Messages[7].Text)
	if err != nil {
		t.Fatal(err)
	}
	p := found.Passages[0]
	result := r.Output[0].Results[0]
	if p.Ref != 1 || p.Path != redis || p.Text != result.Text || p.Lines != [2]int{6, 10} || p.Date != "2026-03-01" || p.Section != "Redis failover › Promote a replica" {
		t.Errorf("passage %+v", p)
	}
	if !strings.Contains(documents[redis], result.Text) {
		t.Errorf("the text of the result is not verbatim: %q", result.Text)
	}
	want := map[string]any{
		"kind": "runbook", "team": "storage", "date": "2026-03-01", "hone_source": w.source.ID, "hone_title": "Redis failover",
		"hone_section": "Redis failover › Promote a replica", "hone_anchor": "promote-a-replica", "hone_first_line": 6.0, "hone_last_line": 10.0,
	}
	if diff := cmp.Diff(want, result.Attributes); diff != "" {
		t.Error(diff)
	}
}

// A forced tool is forced once, or the response would never end.
func TestToolChoice(t *testing.T) {
	w := newWorld(t, calls(searches(`{"queries":["redis"]}`)), says("So."))
	w.plain(t, w.ask(`"tool_choice":{"type":"file_search"},"parallel_tool_calls":false`))
	if a := w.model.asked; a[0].ToolChoice != "file_search" || a[1].ToolChoice != "auto" || a[0].ParallelTools {
		t.Errorf("tool choices %q, %q", a[0].ToolChoice, a[1].ToolChoice)
	}
	w = newWorld(t, says("So."))
	w.plain(t, w.ask(`"tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"ping"}]}`))
	if a := w.model.asked[0]; a.ToolChoice != "required" || len(a.Tools) != 1 || a.Tools[0].Name != "ping" {
		t.Errorf("allowed tools %+v", a)
	}
}

// Results are there only where a client asks for them.
func TestInclude(t *testing.T) {
	w := newWorld(t, calls(searches(`{"queries":["redis failover"]}`)), says("So 【1】."))
	body := strings.Replace(w.ask(""), `"include":["file_search_call.results"],`, "", 1)
	r, events := w.streamed(t, body)
	for _, ev := range events {
		if strings.Contains(ev.data, "REPLICAOF") {
			t.Errorf("the text of a result in %s", ev.name)
		}
	}
	_, _, without := w.send(t, "GET", "/v1/responses/"+r.ID, "")
	_, _, with := w.send(t, "GET", "/v1/responses/"+r.ID+"?include[]=file_search_call.results", "")
	if strings.Contains(without, "REPLICAOF") || !strings.Contains(with, "REPLICAOF") {
		t.Errorf("without: %s\nwith: %s", without, with)
	}
}

// Without file_search, brackets are text.
func TestNoCitationsWithoutSearch(t *testing.T) {
	w := newWorld(t, says("See 【1】 and [1]."))
	r := w.plain(t, `{"model":"scripted","input":"x"}`)
	if got := r.Output[0].Content[0]; got.Text != "See 【1】 and [1]." || len(got.Annotations) != 0 {
		t.Errorf("got %+v", got)
	}
	if m := w.model.asked[0].Messages; len(m) != 1 {
		t.Errorf("messages %+v", m)
	}
}

// Options of file_search reach the search.
func TestSearchOptions(t *testing.T) {
	for options, want := range map[string]string{
		`"max_num_results":2`: "runbooks/kafka.md runbooks/redis.md",
		`"max_num_results":1`: "runbooks/kafka.md",
		`"filters":{"type":"eq","key":"team","value":"storage"}`:                          "runbooks/redis.md",
		`"filters":{"type":"ne","key":"team","value":"storage"}`:                          "runbooks/kafka.md",
		`"filters":{"type":"or","filters":[{"type":"eq","key":"team","value":"nobody"}]}`: "",
		`"filters":{"type":"gte","key":"date","value":"2026-01-01"}`:                      "runbooks/redis.md",
		`"ranking_options":{"ranker":"auto","score_threshold":0.0001}`:                    "runbooks/kafka.md runbooks/redis.md",
		`"ranking_options":{"score_threshold":1000000}`:                                   "",
	} {
		w := newWorld(t, calls(searches(`{"queries":["runbook lag failover"]}`)), says("So."))
		r := w.plain(t, strings.Replace(w.ask(""), `"max_num_results":2`, options, 1))
		var got []string
		for _, result := range r.Output[0].Results {
			got = append(got, result.Filename)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %v, want %s", options, got, want)
		}
	}
}
