package eval_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/internal/inprocess"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/openresponses/offline"
	"github.com/honehq/hone/prompts"
)

// offlineClient reaches the offline model through the engine.
func offlineClient(t *testing.T) openai.Client {
	t.Helper()
	engine, err := openresponses.New(openresponses.Config{Models: []openresponses.Model{{Name: offline.Name, Completer: offline.New()}}})
	if err != nil {
		t.Fatal(err)
	}
	return openai.NewClient(option.WithBaseURL("http://hone.test/v1"), option.WithAPIKey("none"),
		option.WithHTTPClient(&http.Client{Transport: inprocess.Transport{Handler: engine}}))
}

// replies serves one reply after the other; an empty one is a status of 500.
func replies(t *testing.T, texts ...string) (openai.Client, *atomic.Int64, *[]map[string]any) {
	t.Helper()
	var n atomic.Int64
	var requests []map[string]any
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		requests = append(requests, body)
		text := texts[min(int(n.Add(1))-1, len(texts)-1)]
		if text == "" {
			http.Error(w, `{"error":{"message":"echo of the secret question"}}`, http.StatusInternalServerError)
			return
		}
		writeResponse(t, w, text)
	}))
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return openai.NewClient(option.WithBaseURL(server.URL+"/v1"), option.WithAPIKey("k"), option.WithMaxRetries(0),
		option.WithHTTPClient(&http.Client{Transport: transport})), &n, &requests
}

// writeResponse answers a request to the Responses API with a text.
func writeResponse(t *testing.T, w http.ResponseWriter, text string) {
	t.Helper()
	w.Header().Set("Content-Type", "application/json")
	err := json.NewEncoder(w).Encode(map[string]any{
		"id": "resp_1", "object": "response", "status": "completed", "model": "m",
		"output": []any{map[string]any{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
			"content": []any{map[string]any{"type": "output_text", "text": text, "annotations": []any{}}}}},
	})
	if err != nil {
		t.Error(err)
	}
}

// The offline rewriter, asked over the protocol, proposes something else for
// another seed, keeps variables, and reacts to what fails.
func TestTheOfflineRewriter(t *testing.T) {
	rewriter, err := eval.NewReflect(eval.ReflectConfig{Client: offlineClient(t), Model: offline.Name})
	if err != nil {
		t.Fatal(err)
	}
	failures := []eval.Failure{{
		Question: "How do I restart it?", Answer: "Somehow. [1]", Status: "answered",
		Checks: []eval.Check{{ID: "nugget0", Reason: "The answer lacks: the command"}},
	}}
	got := map[string]bool{}
	for seed := range uint64(12) {
		r, err := rewriter.Rewrite(t.Context(), eval.RewriteRequest{
			Prompt: prompts.Prompt{Text: "Answer as of {{ today }}.", Variables: []string{"today"}}, Failures: failures, MaxLength: 1000, Seed: seed + 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(r.Prompt, "{{ today }}") || r.Rationale == "" {
			t.Errorf("proposal %+v", r)
		}
		got[r.Prompt] = true
	}
	if len(got) < 3 {
		t.Errorf("twelve seeds give %d proposals: %v", len(got), got)
	}
}
