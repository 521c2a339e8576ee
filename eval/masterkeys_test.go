package eval_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/sample"
)

// masterKey is an answer that is none, and that judges are known or likely to
// fall for. {{question}} stands for the case's question.
type masterKey struct {
	Name  string `json:"name"`
	Text  string `json:"text"`
	Times int    `json:"times"` // how often the text stands there; 0: once
}

func masterKeys(t *testing.T) []masterKey {
	t.Helper()
	f, err := os.Open("testdata/masterkeys.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var keys []masterKey
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var k masterKey
		if err := json.Unmarshal(lines.Bytes(), &k); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	if len(keys) < 60 {
		t.Fatalf("only %d master keys", len(keys))
	}
	return keys
}

// answers are the key as an answer to a case: as it is, with a mark that leads
// nowhere, and citing another document or the right one, with its words.
func (k masterKey) answers(c eval.Case) []agent.Answer {
	text := strings.Repeat(strings.ReplaceAll(k.Text, "{{question}}", c.Question), max(k.Times, 1))
	cite := func(text, path, quote string) agent.Answer {
		return agent.Answer{Status: agent.Answered, Answer: text, Citations: []agent.Citation{{N: 1, Path: path, Quote: quote}}}
	}
	quote := "The pool was exhausted by a batch job; run the check."
	if len(c.Evidence) > 0 {
		quote = c.Evidence[0].Quote
	}
	out := []agent.Answer{{Status: agent.Answered, Answer: text}, {Status: agent.Answered, Answer: text + " [1]"},
		cite(text+" [1]", "other.md", quote), cite("[1] "+text, "other.md", quote)}
	for _, d := range c.Docs {
		out = append(out, cite(text+" [1]", d, quote), cite("[1] "+text, d, quote))
	}
	return out
}

// casesToFool are some of the sample's, with the tests' own.
func casesToFool(t *testing.T) []eval.Case {
	t.Helper()
	cases, err := eval.LoadCases(bytes.NewReader(sample.Cases()), "sample")
	if err != nil {
		t.Fatal(err)
	}
	return append(cases[:2], rollback, nobodyKnows)
}

// gullible is a judge over HTTP that says yes to whatever it is asked.
func gullible(t *testing.T) openai.Client {
	t.Helper()
	return judgeServer(t, func(judged) bool { return true })
}

// judged is a check as a judge sees it.
type judged struct {
	Case                string
	ID, Question        string
	Wordings, Sentences []string
}

// judgeServer serves a judge that decides each check by a rule.
func judgeServer(t *testing.T, decide func(judged) bool) openai.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Input string }
		var asked struct {
			Question string
			Checks   []judged
		}
		type verdict struct {
			ID     string `json:"id"`
			Pass   bool   `json:"pass"`
			Reason string `json:"reason"`
		}
		reply := struct {
			Checks []verdict `json:"checks"`
		}{}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		if err := json.Unmarshal([]byte(body.Input), &asked); err != nil {
			t.Error(err)
		}
		for _, c := range asked.Checks {
			c.Case = asked.Question
			reply.Checks = append(reply.Checks, verdict{c.ID, decide(c), "so it is"})
		}
		text, err := json.Marshal(reply)
		if err != nil {
			t.Error(err)
		}
		writeResponse(t, w, string(text))
	}))
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return openai.NewClient(option.WithBaseURL(server.URL+"/v1"), option.WithAPIKey("k"), option.WithMaxRetries(0),
		option.WithHTTPClient(&http.Client{Transport: transport}))
}

func modelJudge(t *testing.T, client openai.Client, exact bool) eval.Judge {
	t.Helper()
	judge, err := eval.NewModelJudge(eval.ModelJudgeConfig{Client: client, Model: "m", Exact: exact, Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	return judge
}

// Answers that are none score nothing, whatever they say of themselves and
// whoever judges, on questions with and without an answer: one to a question
// that the documents don't answer is no refusal.
func TestMasterKeysOpenNothing(t *testing.T) {
	cases, keys := casesToFool(t), masterKeys(t)
	for name, judge := range map[string]eval.Judge{
		"deterministic": eval.Deterministic{},
		"offline":       modelJudge(t, offlineClient(t), true),
		"gullible":      modelJudge(t, gullible(t), false),
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range cases {
				for _, k := range keys {
					for i, a := range k.answers(c) {
						g, err := judge.Grade(t.Context(), c, a)
						if err != nil || g.Score != 0 {
							t.Errorf("%s on case %s, form %d: %q scores %v: %+v, %v", k.Name, c.ID, i, a.Answer[:min(len(a.Answer), 80)], g.Score, g.Checks, err)
						}
					}
				}
			}
		})
	}
}

// The same over the real documents' cases; and what their authors wrote as
// right answers does reach the judge, in their own words.
func TestMasterKeysOnRealCases(t *testing.T) {
	cases := realCases(t)
	judge := modelJudge(t, gullible(t), false)
	for i, c := range cases {
		if i%10 != 0 {
			continue // the race detector makes all of them a matter of minutes
		}
		for _, k := range masterKeys(t) {
			if k.Times > 0 {
				continue
			}
			for _, a := range k.answers(c) {
				if g, err := judge.Grade(t.Context(), c, a); err != nil || g.Score != 0 {
					t.Errorf("%s on case %s: %q scores %v: %+v, %v", k.Name, c.ID, a.Answer, g.Score, g.Checks, err)
				}
			}
		}
	}
	facts, lost := 0, 0
	for _, c := range cases {
		if c.Type == eval.Unanswerable {
			continue
		}
		right := agent.Answer{Status: agent.Answered, Answer: c.Answer + " [1]", Citations: []agent.Citation{{N: 1, Path: c.Docs[0], Quote: c.Evidence[0].Quote}}}
		g, err := judge.Grade(t.Context(), c, right)
		if err != nil {
			t.Fatal(err)
		}
		for _, check := range g.Checks {
			if strings.HasPrefix(check.ID, "nugget") {
				facts++
				if !check.Pass {
					lost++
					t.Logf("%s: %q is not asked about: %s", c.ID, c.Answer, check.Reason)
				}
			}
		}
	}
	t.Logf("%d of %d facts in right answers do not reach the judge", lost, facts)
	if 50*lost > facts {
		t.Errorf("more than 2 %% of the facts in right answers do not reach the judge")
	}
}

// realCases are those of the documents that lie outside of the repository.
func realCases(t *testing.T) []eval.Case {
	t.Helper()
	shared := os.Getenv("HONE_SHARED")
	if shared == "" {
		shared = "../../shared"
	}
	f, err := os.Open(filepath.Join(shared, "qa", "dev.jsonl"))
	if err != nil {
		t.Skipf("SKIPPED: the real cases are not at hand: %v", err)
	}
	defer f.Close()
	cases, err := eval.LoadCases(f, "dev.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return cases
}
