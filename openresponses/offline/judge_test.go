package offline

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/openresponses"
)

func judge(t *testing.T, request string) map[string]bool {
	t.Helper()
	text, _, _ := run(t, &openresponses.Completion{
		Messages: []openresponses.Message{system("You grade answers."), user(request)},
		Format:   &openresponses.Format{Name: GradeFormat, Schema: json.RawMessage(`{"type":"object"}`)},
	})
	var v verdicts
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	out := map[string]bool{}
	for _, c := range v.Checks {
		if c.Reason == "" {
			t.Errorf("%s: no reason", c.ID)
		}
		out[c.ID] = c.Pass
	}
	return out
}

func TestJudge(t *testing.T) {
	const checks = `"checks":[{"id":"nugget_0","question":"Does the answer say that the limit is 200ms?"},
		{"id":"nugget_1","question":"Does the answer name the gate?"},{"id":"vital","question":"Does it hold the vital facts?"},
		{"id":"complete","question":"Does it hold all facts?"},{"id":"cited","question":"Does each statement have a citation?"},
		{"id":"refusal","question":"Does it answer or refuse rightly?"}],
		"nuggets":[{"text":"the limit is 200ms","vital":true,"any_of":["200ms","200 ms"]},{"text":"the gate is ConsistentList","vital":true,"any_of":["ConsistentList"]}]`
	for _, test := range []struct {
		name, request string
		want          map[string]bool
	}{
		{"half right", `{"question":"q","status":"answered","answer":"It is 200  MS. [1]",` + checks + `}`,
			map[string]bool{"nugget_0": true, "nugget_1": false, "vital": true, "complete": false, "cited": true, "refusal": true}},
		{"right, not cited", `{"status":"answered","answer":"200ms, consistentlist",` + checks + `}`,
			map[string]bool{"nugget_0": true, "nugget_1": true, "vital": true, "complete": true, "cited": false, "refusal": true}},
		{"wrongly refused", `{"status":"not_found","answer":"200ms",` + checks + `}`,
			map[string]bool{"nugget_0": false, "nugget_1": false, "vital": false, "complete": false, "cited": false, "refusal": false}},
		{"rightly refused", `{"status":"not_found","unanswerable":true,"answer":"NOT FOUND","checks":[{"id":"refusal"},{"id":"facts"}]}`,
			map[string]bool{"refusal": true, "facts": true}},
		{"answered the unanswerable", `{"status":"answered","unanswerable":true,"answer":"42","checks":[{"id":"refusal"},{"id":"facts"}]}`,
			map[string]bool{"refusal": false, "facts": false}},
		{"in a fence", "Grade this:\n```json\n{\"answer\":\"pods restart slowly\",\"expected\":\"the pods restart slowly\",\"checks\":[{\"id\":\"correct\"}]}\n```",
			map[string]bool{"correct": true}},
		{"broken", `{"checks":`, map[string]bool{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, judge(t, test.request)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
