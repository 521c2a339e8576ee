package forget

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestItems(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"a person's message stays",
			`[{"type":"message","role":"user","content":[{"type":"input_text","text":"Why?"}]}]`,
			`[{"type":"message","role":"user","content":[{"type":"input_text","text":"Why?"}]}]`},
		{"an answer",
			`{"type":"message","role":"assistant","id":"msg_1","content":[{"type":"output_text","text":"SECRET","annotations":[{"type":"file_citation","filename":"SECRET"}]}]}`,
			`{"type":"message","role":"assistant","id":"msg_1","content":[{"type":"output_text","text":"MARK","annotations":[]}]}`},
		{"an answer as plain content",
			`{"role":"assistant","content":"SECRET"}`,
			`{"role":"assistant","content":"MARK"}`},
		{"a search",
			`{"type":"file_search_call","queries":["SECRET a","SECRET b"],"results":[{"text":"SECRET","attributes":{"hone_title":"SECRET"}}],"status":"completed"}`,
			`{"type":"file_search_call","queries":["MARK"],"results":[],"status":"completed"}`},
		{"a search without results",
			`{"type":"file_search_call","queries":[],"results":null}`,
			`{"type":"file_search_call","queries":["MARK"],"results":null}`},
		{"a call and its output",
			`[{"type":"function_call","call_id":"c1","name":"read","arguments":"{\"path\":\"SECRET\"}"},{"type":"function_call_output","call_id":"c1","output":"SECRET"}]`,
			`[{"type":"function_call","call_id":"c1","name":"read","arguments":"{}"},{"type":"function_call_output","call_id":"c1","output":"MARK"}]`},
		{"reasoning",
			`{"type":"reasoning","summary":[{"type":"summary_text","text":"SECRET"}],"encrypted_content":"SECRET"}`,
			`{"type":"reasoning","summary":[{"type":"summary_text","text":"MARK"}],"encrypted_content":"MARK"}`},
		{"a whole response",
			`{"id":"resp_1","created_at":1700000000.25,"text":{"format":{"type":"text"}},"instructions":"Be brief.","tools":[{"parameters":{"text":"x"}}],"output":[{"role":"assistant","content":[{"text":"SECRET"}]}]}`,
			`{"id":"resp_1","created_at":1700000000.25,"text":{"format":{"type":"text"}},"instructions":"Be brief.","tools":[{"parameters":{"text":"x"}}],"output":[{"role":"assistant","content":[{"text":"MARK"}]}]}`},
		{"broken", `[{"text":"SECRET"`, `"MARK"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := string(Items(json.RawMessage(test.in)))
			if strings.Contains(got, "SECRET") {
				t.Errorf("text is left: %s", got)
			}
			want := strings.ReplaceAll(test.want, "MARK", Mark)
			if diff := cmp.Diff(decode(t, want), decode(t, got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if got := Items(nil); got != nil {
		t.Errorf("of nil: %s", got)
	}
}

func decode(t *testing.T, s string) (v any) {
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func FuzzItems(f *testing.F) {
	f.Add(`{"role":"assistant","content":"x"}`)
	f.Add(`[[1e999,{"text":null}]]`)
	f.Fuzz(func(t *testing.T, s string) {
		if got := Items(json.RawMessage(s)); !json.Valid(got) {
			t.Errorf("not JSON: %s", got)
		}
	})
}
