package offline

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestGradeLive(t *testing.T) {
	const (
		failover = "How do I promote a Redis replica?"
		runbook  = "# Redis failover\n\nTo promote a Redis replica, run `redis-cli REPLICAOF NO ONE` on the replica."
		lunch    = "# Canteen\n\nLunch is served from noon to two."
	)
	for _, tc := range []struct {
		name     string
		question string
		check    string
		quote    string
		passage  string
		want     bool
	}{
		{"quotes what was asked for", failover, "answers", "To promote a Redis replica, run `redis-cli REPLICAOF NO ONE` on the replica.", runbook, true},
		{"quotes something else", failover, "answers", "Lunch is served from noon to two.", runbook, false},
		{"quotes nothing", failover, "answers", "", runbook, false},
		{"declined though it stands there", failover, "declined", "", runbook, false},
		{"rightly declined", failover, "declined", "", lunch, true},
		{"declined without passages", failover, "declined", "", "", true},
	} {
		request := map[string]any{"question": tc.question, "check": tc.check, "quotes": nonEmpty(tc.quote), "passages": []any{}}
		if tc.passage != "" {
			request["passages"] = []any{map[string]string{"path": "a.md", "text": tc.passage}}
		}
		b, err := json.Marshal(request)
		if err != nil {
			t.Fatal(err)
		}
		var got liveVerdict
		if err := json.Unmarshal([]byte(gradeLive(string(b))), &got); err != nil || got.Pass != tc.want || got.Reason == "" {
			t.Errorf("%s: %+v (%v)", tc.name, got, err)
		}
	}
	if got := gradeLive("no JSON"); !strings.Contains(got, `"pass":false`) {
		t.Errorf("of what can't be read: %s", got)
	}
}

func nonEmpty(s string) []string {
	if s == "" {
		return []string{}
	}
	return []string{s}
}
