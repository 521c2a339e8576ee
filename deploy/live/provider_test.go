package live

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// provider serves chat completions and embeddings as OpenAI does. What it answers depends on
// words of the question; see the constants.
type provider struct {
	url     string
	holding chan struct{} // closed: questions with holds are answered
	down    atomic.Bool   // every call fails
}

// What a question may hold.
const (
	fails      = "wombat"  // the model's provider fails
	notThere   = "numbat"  // the documents don't say
	holds      = "quokka"  // the answer comes once the test lets it
	brokenTool = "bilby"   // a tool is called wrongly before
	misquotes  = "potoroo" // a citation names nothing that was retrieved
)

func startProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{holding: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", p.chat)
	mux.HandleFunc("POST /v1/embeddings", embed)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.url = server.URL + "/v1"
	return p
}

type chatRequest struct {
	Messages []struct {
		Role    string `json:"role"`
		Content any    `json:"content"`
	} `json:"messages"`
	Tools  []json.RawMessage `json:"tools"`
	Stream bool              `json:"stream"`
}

func (p *provider) chat(w http.ResponseWriter, r *http.Request) {
	var request chatRequest
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil || len(request.Messages) == 0 {
		http.Error(w, `{"error":{"message":"what?"}}`, http.StatusBadRequest)
		return
	}
	var question string // the last one
	results := 0        // of tools, since
	for _, m := range request.Messages {
		switch m.Role {
		case "user":
			question, results = fmt.Sprint(m.Content), 0
		case "tool":
			results++
		}
	}
	if p.down.Load() || strings.Contains(question, fails) {
		http.Error(w, `{"error":{"message":"out of order"}}`, http.StatusInternalServerError)
		return
	}
	if strings.Contains(question, holds) {
		select {
		case <-p.holding:
		case <-r.Context().Done():
			return
		}
	}
	delta, reason := message("I am no judge."), "stop" // to those who give no tools
	if len(request.Tools) > 0 {
		delta, reason = next(question, results)
	}
	send(w, request.Stream, delta, reason)
}

// next is the model's next message: it looks for something, then answers.
func next(question string, results int) (delta, reason string) {
	switch {
	case results == 0 && strings.Contains(question, brokenTool):
		return toolCall("read_local_file", `{"path":"nowhere.md"}`), "tool_calls"
	case results == 0, results == 1 && strings.Contains(question, brokenTool):
		return toolCall("file_search", `{"queries":[`+quoted(question)+`]}`), "tool_calls"
	case strings.Contains(question, notThere):
		return message("NOT FOUND\nI looked for it."), "stop"
	case strings.Contains(question, misquotes):
		return message("Cordon it【99】, then drain it【1】."), "stop"
	}
	return message("Cordon it, then drain it【1】."), "stop"
}

func message(text string) string {
	return `{"role":"assistant","content":` + quoted(text) + `}`
}

func toolCall(name, arguments string) string {
	return fmt.Sprintf(`{"role":"assistant","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":%s,"arguments":%s}}]}`,
		quoted(name), quoted(arguments))
}

// quoted is a string as JSON.
func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // no string fails
	}
	return string(b)
}

const usage = `{"prompt_tokens":700,"completion_tokens":70,"total_tokens":770}`

func send(w http.ResponseWriter, stream bool, delta, reason string) {
	if !stream {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":"c","object":"chat.completion","created":1,"model":"small-2026","choices":[{"index":0,"message":%s,"finish_reason":%q}],"usage":%s}`, delta, reason, usage)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	const chunk = `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"small-2026","choices":[%s]%s}` + "\n\n"
	fmt.Fprintf(w, chunk, `{"index":0,"delta":`+delta+`,"finish_reason":null}`, "")
	fmt.Fprintf(w, chunk, fmt.Sprintf(`{"index":0,"delta":{},"finish_reason":%q}`, reason), "")
	fmt.Fprintf(w, chunk, "", `,"usage":`+usage)
	fmt.Fprint(w, "data: [DONE]\n\n")
}

// embed gives texts vectors by their lengths: it is not meant to find anything.
func embed(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Input []string `json:"input"`
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, `{"error":{"message":"what?"}}`, http.StatusBadRequest)
		return
	}
	var data []string
	for i, text := range request.Input {
		data = append(data, fmt.Sprintf(`{"object":"embedding","index":%d,"embedding":[1,%f]}`, i, 1/float64(1+len(text))))
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"object":"list","model":"vectors","data":[%s],"usage":{"prompt_tokens":9,"total_tokens":9}}`, strings.Join(data, ","))
}
