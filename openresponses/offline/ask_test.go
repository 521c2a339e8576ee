package offline

import (
	"encoding/json"
	"strings"
	"testing"
)

// made is what the stand-in makes of a piece of a document.
func made(t *testing.T, q caseRequest) caseReply {
	t.Helper()
	b, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	var r caseReply
	if err := json.Unmarshal([]byte(writeCase(string(b))), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAskMakesQuestionsOfPlainForms(t *testing.T) {
	for name, tc := range map[string]struct{ section, text, question, key string }{
		"a named value":    {"Databases", "**Statement timeout:** 10 s for requests", "What is the statement timeout (“Databases”) according to “Payments pool”?", "10 s for requests"},
		"who":              {"", "Owner: Platform SRE (`@sre-oncall`).", "Who is the owner according to “Payments pool”?", "Platform SRE"},
		"a flag":           {"", "- `--rate`: deliveries per second, 20 unless you say otherwise", "What does “Payments pool” say about `--rate`?", "deliveries per second, 20 unless you say otherwise"},
		"a time":           {"", "- 14:05 UTC – The first alert fires for checkout", "At what time did this happen in “Payments pool”: “The first alert fires for checkout”?", "14:05 UTC"},
		"a span":           {"", "Idle connections are closed after 60 s.", "After how long are idle connections closed, according to “Payments pool”?", "60 s"},
		"how often":        {"", "The reconciliation job runs every 15 minutes.", "How often does the reconciliation job run, according to “Payments pool”?", "15 minutes"},
		"a limit":          {"", "The request body is limited to 64 KB.", "To what is the request body limited, according to “Payments pool”?", "64 KB"},
		"a cause":          {"", "The outage of checkout was caused by a full connection pool on the primary.", "What caused or triggered the outage of checkout in “Payments pool”?", "a full connection pool on the primary"},
		"a table":          {"Topics", "| topic | owner |\n|---|---|\n| clickstream | Data Platform |", "What does the table (“Topics”) in “Payments pool” say under “owner” for “clickstream”?", "Data Platform"},
		"a command":        {"", "Find what the requests have in common:\n\n```sh\nswctl auth failures --window 15m\n```", "Which command does “Payments pool” give for this step: “Find what the requests have in common”?", "swctl auth failures --window 15m"},
		"under a heading":  {"Restart the pool manager", "```\nswctl pool restart --now\n```", "Which command does “Payments pool” give under “Restart the pool manager”?", "swctl pool restart --now"},
		"prose":            {"", "We talked about it for a while and then decided to do nothing.", "", ""},
		"a vague value":    {"", "Retention: yes", "", ""},
		"a dull key":       {"", "Note: it takes 5 minutes.", "", ""},
		"no header":        {"", "| clickstream | Data Platform |\n| orders | Checkout |", "", ""},
		"half a sentence":  {"", "which of the pods\nis limited to 64 KB.", "", ""},
		"two commands":     {"Restart the pool manager", "```\nswctl a -x\nswctl b -y\n```", "", ""},
		"no shell":         {"Restart the pool manager", "```yaml\nreplicas: 3-4\n```", "", ""},
		"a link for value": {"", "Dashboard: https://grafana.example/d/1", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := made(t, caseRequest{Task: "ask", Document: "d.md", Title: "Payments pool", Section: tc.section, Text: tc.text})
			if tc.question == "" {
				if got.Answerable {
					t.Errorf("made %+v", got)
				}
				return
			}
			if !got.Answerable || got.Question != tc.question || got.Facts[0].AnyOf[0] != tc.key {
				t.Fatalf("made %+v", got)
			}
			for _, e := range got.Evidence {
				if e.Document != "d.md" || !strings.Contains(tc.text, e.Quote) {
					t.Errorf("evidence %+v is not in the text", e)
				}
			}
			if last := got.Evidence[len(got.Evidence)-1].Quote; !strings.Contains(last, tc.key) {
				t.Errorf("%q is not in the evidence %q", tc.key, last)
			}
		})
	}
}

func TestAnswerQuotesOrSaysThatNothingDoes(t *testing.T) {
	passages := []casePassage{
		{"a.md", "Payments pool", "", "Idle connections of the payments pool are closed after 60 s. The pool has 40 connections."},
		{"b.md", "Search", "", "The index is rebuilt at night."},
	}
	got := made(t, caseRequest{Task: "answer", Question: "After how long are idle connections of the payments pool closed?", Passages: passages})
	if !got.Answerable || got.Evidence[0].Document != "a.md" || !strings.Contains(got.Evidence[0].Quote, "60 s") || got.Facts[0].AnyOf[0] != "60 s" {
		t.Errorf("answered %+v", got)
	}
	for _, question := range []string{"Who painted the bridge at Øresund?", ""} {
		if got := made(t, caseRequest{Task: "answer", Question: question, Passages: passages}); got.Answerable {
			t.Errorf("answered %q: %+v", question, got)
		}
	}
}

func FuzzWriteCase(f *testing.F) {
	f.Add("Title", "§", "| a | b |\n|--|--|\n| c1 | d2 |")
	f.Add("T", "", "```\nx -y\n")
	f.Fuzz(func(t *testing.T, title, section, text string) {
		got := made(t, caseRequest{Task: "ask", Title: title, Section: section, Text: text})
		if got.Answerable && (got.Question == "" || len(got.Evidence) == 0 || len(got.Facts) == 0) {
			t.Errorf("made %+v", got)
		}
		made(t, caseRequest{Task: "answer", Question: title, Passages: []casePassage{{"a", title, section, text}}})
	})
}
