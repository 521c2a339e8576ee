package openresponses

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// Whatever a client sends, it is answered or refused for a reason that is its
// own; and what was read once is read again after it was stored.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		`{"model":"m","input":"x"}`,
		`{"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"x"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{"},{"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"y"}]}]}`,
		`{"model":"m","input":[{"type":"file_search_call","id":"fs_1","queries":["a"],"results":[{"file_id":"f","filename":"n","score":1,"text":"t","attributes":{"hone_first_line":3,"x":[1]}}]},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"äb","annotations":[{"type":"file_citation","index":1,"file_id":"f"},{"type":"url_citation"}]}]}]}`,
		`{"model":"m","input":"x","tools":[{"type":"function","name":"f","parameters":{}},{"type":"file_search","vector_store_ids":["v"],"filters":{"type":"or","filters":[{"type":"in","key":"k","value":["a",1,true]}]}}],"tool_choice":{"type":"allowed_tools","tools":[{"type":"file_search"}]}}`,
		`{"model":"m","input":"x","prompt":{"id":"p","version":"1","variables":{"a":"b"}},"text":{"format":{"type":"json_schema","name":"n","schema":{}}},"include":["file_search_call.results"],"conversation":{"id":"c"}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var b createBody
		err := decode(json.RawMessage(body), &b, "")
		var q *request
		if err == nil {
			q, err = b.check()
		}
		if err != nil {
			var shown *Error
			if !errors.As(err, &shown) || shown.Status() >= 500 || shown.Message == "" {
				t.Fatalf("%s: %v", body, err)
			}
			return
		}
		transcript, err := newTranscript(nil, q.input)
		if err != nil {
			return
		}
		r := newResponse(q, true)
		r.Output = append(r.Output, q.input...)
		stored, err := storedResponse(q, r)
		if err != nil {
			t.Fatalf("%s: cannot be stored: %v", body, err)
		}
		again, err := unmarshalItems(stored.Input)
		if err != nil {
			t.Fatalf("%s: stored as %s: %v", body, stored.Input, err)
		}
		replayed, err := newTranscript(again, nil)
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		want, _ := json.Marshal(transcript.messages)
		if got, _ := json.Marshal(replayed.messages); string(got) != string(want) {
			t.Fatalf("%s: was %s, is %s", body, want, got)
		}
		if _, err := storedView(stored.Response, false); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
	})
}

func TestOutputIDs(t *testing.T) {
	response := "resp_" + strings.Repeat("a", 48)
	id := outputID("msg_", response, 17)
	if got := responseOf(id); got != response || !strings.HasSuffix(id, "0011") {
		t.Errorf("%s is of %s", id, got)
	}
	for _, other := range []string{"", "msg_1", response, "msg" + strings.Repeat("a", 52), id + "0"} {
		if got := responseOf(other); got != "" {
			t.Errorf("%s is of %s", other, got)
		}
	}
}

func TestParseQueries(t *testing.T) {
	for arguments, want := range map[string]string{
		`{"queries":["a"," b ",""]}`:    "a|b",
		`{"queries":"a"}`:               "a",
		`{"query":"a"}`:                 "a",
		`{"queries":["a"],"query":"b"}`: "a|b",
		`{"queries":[]}`:                "error",
		`{"queries":[1]}`:               "error",
		`{"queries":{"a":1}}`:           "error",
		`{}`:                            "error",
		`"a"`:                           "error",
		``:                              "error",
		`{"queries":["` + strings.Repeat("x", 5000) + `"]}`:   "error",
		`{"queries":["a"` + strings.Repeat(`,"a"`, 16) + `]}`: "error",
	} {
		queries, err := parseQueries(arguments)
		got := strings.Join(queries, "|")
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%.40s: %s, %v", arguments, got, err)
		}
	}
}
