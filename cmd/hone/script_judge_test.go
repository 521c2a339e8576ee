package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptJudge starts a provider whose model grades: fair finds facts by their
// strings, contrary says the opposite. It takes requests with the key
// judge-secret only. Its base URL is $JUDGE, and afterwards it behaves as the
// last one that was started says.
func scriptJudge(ts *testscript.TestScript, _ bool, args []string) {
	contrary := args[0] == "contrary"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer judge-secret" {
			http.Error(w, `{"error":{"message":"wrong key"}}`, http.StatusUnauthorized)
			return
		}
		text, err := gradeByStrings(r, contrary)
		if err != nil {
			http.Error(w, `{"error":{"message":"no request to a judge"}}`, http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		chunk := `{"id":"c","object":"chat.completion.chunk","created":1,"model":"strict","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}`
		fmt.Fprintf(w, "data: "+chunk+"\n\n", fmt.Sprintf(`{"role":"assistant","content":%s}`, text), "null")
		fmt.Fprintf(w, "data: "+chunk+"\n\ndata: [DONE]\n\n", "{}", `"stop"`)
	}))
	ts.Defer(server.Close)
	ts.Setenv("JUDGE", server.URL+"/v1")
}

// gradeByStrings decides the checks of a request to a judge; it returns the
// reply as a JSON string.
func gradeByStrings(r *http.Request, contrary bool) (string, error) {
	var q struct {
		Messages []struct {
			Role    string `json:"role"`
			Content string `json:"content"`
		} `json:"messages"`
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		return "", err
	}
	var asked struct {
		Checks []struct {
			ID        string   `json:"id"`
			Wordings  []string `json:"wordings"`
			Sentences []string `json:"sentences"`
		} `json:"checks"`
	}
	for _, m := range q.Messages {
		if m.Role == "user" {
			if err := json.Unmarshal([]byte(m.Content), &asked); err != nil {
				return "", err
			}
		}
	}
	type verdict struct {
		ID     string `json:"id"`
		Pass   bool   `json:"pass"`
		Reason string `json:"reason"`
	}
	verdicts := []verdict{}
	for _, c := range asked.Checks {
		held := false
		for _, w := range c.Wordings {
			held = held || strings.Contains(strings.ToLower(strings.Join(c.Sentences, " ")), w)
		}
		verdicts = append(verdicts, verdict{c.ID, held != contrary, "so it is"})
	}
	reply, err := json.Marshal(map[string][]verdict{"checks": verdicts})
	if err != nil {
		return "", err
	}
	quoted, err := json.Marshal(string(reply))
	return string(quoted), err
}
