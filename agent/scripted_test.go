package agent

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// scripted is a Responses API whose answers a test writes down: the nth request
// gets the nth reply, the last one again and again. It refuses what a strict
// server would refuse.
type scripted struct {
	t       *testing.T
	replies []reply
	server  *httptest.Server

	mu       sync.Mutex
	requests []request
}

// request is what the tests look at.
type request struct {
	Model        string          `json:"model"`
	Store        *bool           `json:"store"`
	Instructions string          `json:"instructions"`
	Prompt       json.RawMessage `json:"prompt"`
	ToolChoice   json.RawMessage `json:"tool_choice"`
	Input        []inputItem     `json:"input"`
	Tools        []struct {
		Type, Name string
	} `json:"tools"`
}

type inputItem struct {
	Type    string          `json:"type"`
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
	CallID  string          `json:"call_id"`
	Output  string          `json:"output"`
}

// reply writes a response to one request.
type reply func(w http.ResponseWriter, r *http.Request)

// script starts a server that ends with the test.
func script(t *testing.T, replies ...reply) *scripted {
	s := &scripted{t: t, replies: replies}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

func (s *scripted) backend() Backend {
	return Backend{Model: "scripted", Client: openai.NewClient(
		option.WithBaseURL(s.server.URL+"/v1/"), option.WithAPIKey("key"), option.WithMaxRetries(0),
		option.WithHTTPClient(s.server.Client()))}
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var req request
	if err == nil {
		err = json.Unmarshal(body, &req)
	}
	if err == nil {
		err = req.check()
	}
	if err != nil || r.URL.Path != "/v1/responses" {
		s.t.Errorf("bad request to %s: %v\n%s", r.URL.Path, err, body)
		http.Error(w, `{"error":{"message":"bad request","type":"invalid_request_error"}}`, http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	n := len(s.requests)
	s.requests = append(s.requests, req)
	s.mu.Unlock()
	s.replies[min(n, len(s.replies)-1)](w, r)
}

// check is what a strict server checks: each function call has its output.
func (r request) check() error {
	open := map[string]bool{}
	for i, item := range r.Input {
		switch item.Type {
		case "function_call":
			open[item.CallID] = true
		case "function_call_output":
			if !open[item.CallID] {
				return fmt.Errorf("input[%d]: output of %q, which was not called", i, item.CallID)
			}
			delete(open, item.CallID)
		case "message", "file_search_call", "reasoning":
		default:
			return fmt.Errorf("input[%d]: type %q", i, item.Type)
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("calls without output: %v", open)
	}
	if r.Store == nil || *r.Store {
		return fmt.Errorf("store is not false")
	}
	return nil
}

func (s *scripted) all() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.requests...)
}

// item is an output item.
type item map[string]any

func found(itemID string, results ...item) item {
	return item{"type": "file_search_call", "id": itemID, "status": "completed", "queries": []string{"q"}, "results": results}
}

// result is a passage that starts at line 10 of its document.
func result(path, text string) item {
	return item{"file_id": "file-" + path, "filename": path, "score": 0.5, "text": text,
		"attributes": item{"hone_first_line": 10, "hone_last_line": 10 + strings.Count(text, "\n"), "hone_section": "Top › Part", "hone_title": "T"}}
}

func calls(callID, name, arguments string) item {
	return item{"type": "function_call", "id": "fc_" + callID, "call_id": callID, "name": name, "arguments": arguments, "status": "completed"}
}

// says makes a message; 【path】 in text becomes an annotation of that file.
func says(text string) item {
	var plain strings.Builder
	annotations := []item{}
	for {
		before, rest, ok := strings.Cut(text, "【")
		plain.WriteString(before)
		if !ok {
			break
		}
		path, after, _ := strings.Cut(rest, "】")
		annotations = append(annotations, item{"type": "file_citation", "index": len([]rune(plain.String())), "file_id": "file-" + path, "filename": path})
		text = after
	}
	return item{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
		"content": []item{{"type": "output_text", "text": plain.String(), "annotations": annotations}}}
}

// replies streams a completed response of the items.
func replies(items ...item) reply {
	return func(w http.ResponseWriter, r *http.Request) {
		stream(w, items, item{"status": "completed"})
	}
}

func stream(w http.ResponseWriter, items []item, end item) {
	w.Header().Set("Content-Type", "text/event-stream")
	event(w, "response.created", item{"response": item{"id": "resp_1", "status": "in_progress", "output": []item{}}})
	for i, it := range items {
		event(w, "response.output_item.added", item{"output_index": i, "item": it})
		if it["type"] == "message" {
			streamText(w, i, it["content"].([]item)[0])
		}
		event(w, "response.output_item.done", item{"output_index": i, "item": it})
	}
	resp := item{"id": "resp_1", "object": "response", "output": items, "usage": item{"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}}
	maps.Copy(resp, end)
	event(w, "response."+end["status"].(string), item{"response": resp})
	fmt.Fprint(w, "data: [DONE]\n\n")
}

// streamText sends a part three code points at a time, annotations where they stand.
func streamText(w http.ResponseWriter, index int, part item) {
	text := []rune(part["text"].(string))
	annotations := part["annotations"].([]item)
	at := 0
	delta := func(end int) {
		for at < end {
			n := min(3, end-at)
			event(w, "response.output_text.delta", item{"output_index": index, "item_id": "msg_1", "content_index": 0, "delta": string(text[at : at+n])})
			at += n
		}
	}
	for i, a := range annotations {
		delta(a["index"].(int))
		event(w, "response.output_text.annotation.added", item{"output_index": index, "item_id": "msg_1", "content_index": 0, "annotation_index": i, "annotation": a})
	}
	delta(len(text))
}

func event(w http.ResponseWriter, kind string, body item) {
	body["type"] = kind
	b, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(w, "event: %s\ndata: %s\n\n", kind, b)
	w.(http.Flusher).Flush()
}

// fails answers with an HTTP error.
func fails(status int) reply {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"message":"scripted failure","type":"server_error","param":null,"code":null}}`)
	}
}
