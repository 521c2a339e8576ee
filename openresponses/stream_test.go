package openresponses_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// send makes a request and returns status, header and body.
func (w *world) send(t *testing.T, method, path, body string) (int, http.Header, string) {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, w.url+path, reader)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := w.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(b)
}

// sse is an event as it stands on the wire.
type sse struct {
	name string
	data string
}

// parseSSE is strict: "event:" and "data:" lines, an empty line after each
// event, [DONE] last.
func parseSSE(t *testing.T, body string) []sse {
	t.Helper()
	body, ok := strings.CutSuffix(body, "data: [DONE]\n\n")
	if !ok {
		t.Fatalf("the stream does not end in [DONE]: %q", body[max(0, len(body)-200):])
	}
	var events []sse
	for part := range strings.SplitSeq(strings.TrimSuffix(body, "\n\n"), "\n\n") {
		event, data, ok := strings.Cut(part, "\n")
		name, ok1 := strings.CutPrefix(event, "event: ")
		data, ok2 := strings.CutPrefix(data, "data: ")
		if !ok || !ok1 || !ok2 || strings.Contains(data, "\n") {
			t.Fatalf("no event: %q", part)
		}
		events = append(events, sse{name, data})
	}
	return events
}

// wireEvent holds the fields of all events.
type wireEvent struct {
	Type            string           `json:"type"`
	Sequence        int              `json:"sequence_number"`
	Response        *json.RawMessage `json:"response"`
	OutputIndex     *int             `json:"output_index"`
	ContentIndex    *int             `json:"content_index"`
	AnnotationIndex *int             `json:"annotation_index"`
	ItemID          string           `json:"item_id"`
	Item            *wireItem        `json:"item"`
	Part            *wirePart        `json:"part"`
	Delta           string           `json:"delta"`
	Text            string           `json:"text"`
	Arguments       string           `json:"arguments"`
	Annotation      json.RawMessage  `json:"annotation"`
}

type wireItem struct {
	ID        string     `json:"id"`
	Type      string     `json:"type"`
	Status    string     `json:"status"`
	Content   []wirePart `json:"content"`
	Arguments string     `json:"arguments"`
	Name      string     `json:"name"`
	CallID    string     `json:"call_id"`
	Queries   []string   `json:"queries"`
	Results   []struct {
		FileID     string         `json:"file_id"`
		Filename   string         `json:"filename"`
		Text       string         `json:"text"`
		Attributes map[string]any `json:"attributes"`
	} `json:"results"`
}

type wirePart struct {
	Type        string            `json:"type"`
	Text        string            `json:"text"`
	Annotations []json.RawMessage `json:"annotations"`
}

type wireResponse struct {
	ID                string             `json:"id"`
	Status            string             `json:"status"`
	Output            []wireItem         `json:"output"`
	Error             *map[string]string `json:"error"`
	IncompleteDetails *map[string]string `json:"incomplete_details"`
	CompletedAt       *int64             `json:"completed_at"`
	Usage             *struct {
		Input int `json:"input_tokens"`
		Total int `json:"total_tokens"`
	} `json:"usage"`
}

// life is what a checker has seen of an item.
type life struct {
	item        wireItem
	part        bool // a content part is open
	text        string
	annotations []json.RawMessage
	arguments   string
	finalText   *string
	step        string // of a search
	done        *wireItem
}

// checkStream holds a stream to the rules of Open Responses and to what
// clients insist on, and returns the final response.
func checkStream(t *testing.T, events []sse) wireResponse {
	t.Helper()
	var items []*life
	var final *wireResponse
	var id string
	for i, ev := range events {
		var e wireEvent
		if err := json.Unmarshal([]byte(ev.data), &e); err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
		problem := ""
		switch {
		case e.Type != ev.name:
			problem = "its name differs from its type"
		case e.Sequence != i:
			problem = "its sequence number is wrong"
		case final != nil:
			problem = "it comes after the end"
		case i == 0 && e.Type != "response.created", i == 1 && e.Type != "response.in_progress":
			problem = "it is not how a stream begins"
		case e.Response != nil:
			var r wireResponse
			problem = checkResponse(*e.Response, &r)
			if id == "" {
				id = r.ID
			}
			if r.ID != id {
				problem = "the response's ID changed"
			}
			if slices.Contains([]string{"response.completed", "response.incomplete", "response.failed"}, e.Type) {
				final = &r
			}
		default:
			items, problem = checkItemEvent(items, e)
		}
		if problem != "" {
			t.Fatalf("event %d, %s: %s\n%s", i, ev.name, problem, ev.data)
		}
	}
	if final == nil {
		t.Fatal("the stream has no end")
	}
	checkFinal(t, items, *final)
	return *final
}

func checkItemEvent(items []*life, e wireEvent) ([]*life, string) {
	if e.OutputIndex == nil {
		return items, "it has no output_index"
	}
	if e.Type == "response.output_item.added" {
		if *e.OutputIndex != len(items) || e.Item == nil || e.Item.ID == "" {
			return items, "the output_index is not the next one"
		}
		if e.Item.Status != "in_progress" {
			return items, "a new item is not in progress"
		}
		return append(items, &life{item: *e.Item}), ""
	}
	if *e.OutputIndex >= len(items) {
		return items, "there is no such item"
	}
	l := items[*e.OutputIndex]
	if l.done != nil {
		return items, "the item is done"
	}
	if e.Type != "response.output_item.done" && e.ItemID != l.item.ID {
		return items, "the item's ID is another"
	}
	return items, l.check(e)
}

func (l *life) check(e wireEvent) string {
	switch e.Type {
	case "response.content_part.added":
		if l.part || l.item.Type != "message" {
			return "a part is open, or it is no message"
		}
		l.part = true
	case "response.output_text.delta":
		if !l.part || l.finalText != nil || e.Delta == "" {
			return "text outside a part, or none"
		}
		l.text += e.Delta
	case "response.output_text.annotation.added":
		if !l.part || e.AnnotationIndex == nil || *e.AnnotationIndex != len(l.annotations) {
			return "an annotation out of order"
		}
		l.annotations = append(l.annotations, e.Annotation)
	case "response.output_text.done":
		if !l.part || e.Text != l.text {
			return fmt.Sprintf("text %q, deltas %q", e.Text, l.text)
		}
		l.finalText = &e.Text
	case "response.content_part.done":
		if l.finalText == nil || e.Part.Text != l.text || len(e.Part.Annotations) != len(l.annotations) {
			return "a part that differs from its deltas"
		}
		l.part = false
	case "response.function_call_arguments.delta":
		if l.item.Type != "function_call" {
			return "no function call"
		}
		l.arguments += e.Delta
	case "response.function_call_arguments.done":
		if e.Arguments != l.arguments || e.Arguments == "" {
			return "arguments that differ from their deltas"
		}
	case "response.file_search_call.in_progress", "response.file_search_call.searching", "response.file_search_call.completed":
		step := e.Type[strings.LastIndexByte(e.Type, '.')+1:]
		if before := map[string]string{"in_progress": "", "searching": "in_progress", "completed": "searching"}[step]; l.step != before {
			return "steps of a search out of order"
		}
		l.step = step
	case "response.output_item.done":
		return l.end(e.Item)
	default:
		return "an unknown event"
	}
	return ""
}

func (l *life) end(item *wireItem) string {
	l.done = item
	switch {
	case item.ID != l.item.ID || item.Type != l.item.Type:
		return "another item"
	case item.Status == "in_progress":
		return "it is still in progress"
	case l.part:
		return "a part is open"
	}
	switch item.Type {
	case "message":
		if len(item.Content) != 1 || item.Content[0].Text != l.text {
			return "content that differs from its deltas"
		}
	case "function_call":
		if item.Arguments != l.arguments || item.Name != l.item.Name || item.CallID != l.item.CallID {
			return "a call that differs from its deltas"
		}
	case "file_search_call":
		if l.step != "completed" {
			return "a search that was not completed"
		}
	}
	return ""
}

// checkFinal compares the last response with the items that came before.
func checkFinal(t *testing.T, items []*life, r wireResponse) {
	t.Helper()
	if len(items) != len(r.Output) {
		t.Fatalf("%d items in the stream, %d in the response", len(items), len(r.Output))
	}
	for i, l := range items {
		got, _ := json.Marshal(r.Output[i])
		if l.done == nil {
			if r.Status != "failed" || r.Output[i].Status == "in_progress" || r.Output[i].ID != l.item.ID {
				t.Errorf("item %d is not done: %s", i, got)
			}
			continue
		}
		if want, _ := json.Marshal(l.done); !bytes.Equal(got, want) {
			t.Errorf("item %d: got %s, want %s", i, got, want)
		}
	}
}

// keys that a response has, and whether they may be null.
var keys = map[string]bool{
	"id": false, "created_at": false, "completed_at": true, "status": false, "incomplete_details": true, "model": false,
	"previous_response_id": true, "instructions": true, "output": false, "error": true, "tools": false, "tool_choice": false,
	"truncation": false, "parallel_tool_calls": false, "text": false, "top_p": false, "presence_penalty": false,
	"frequency_penalty": false, "top_logprobs": false, "temperature": false, "reasoning": true, "usage": true,
	"max_output_tokens": true, "max_tool_calls": true, "store": false, "background": false, "service_tier": false,
	"metadata": true, "safety_identifier": true, "prompt_cache_key": true, "object": false,
}

// checkResponse decodes a response and says what is wrong with it.
func checkResponse(raw json.RawMessage, r *wireResponse) string {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return err.Error()
	}
	for key, null := range keys {
		value, ok := fields[key]
		if !ok || !null && string(value) == "null" {
			return fmt.Sprintf("the response's %s is missing or null", key)
		}
	}
	var tools []map[string]json.RawMessage
	if err := json.Unmarshal(fields["tools"], &tools); err != nil {
		return err.Error()
	}
	for _, tool := range tools {
		for _, key := range []string{"description", "parameters", "strict", "name"} {
			if _, ok := tool[key]; !ok && string(tool["type"]) == `"function"` {
				return "an echoed function tool has no " + key
			}
		}
	}
	if err := json.Unmarshal(raw, r); err != nil {
		return err.Error()
	}
	for _, item := range r.Output {
		if item.ID == "" || item.Type == "" || item.Status == "" {
			return "an item without ID, type or status"
		}
	}
	return ""
}

// plain makes a request that is not streamed and checks the response.
func (w *world) plain(t *testing.T, body string) wireResponse {
	t.Helper()
	status, _, answer := w.send(t, "POST", "/v1/responses", body)
	if status != 200 {
		t.Fatalf("status %d: %s", status, answer)
	}
	var r wireResponse
	if problem := checkResponse(json.RawMessage(answer), &r); problem != "" {
		t.Fatalf("%s\n%s", problem, answer)
	}
	return r
}

// streamed makes a request with "stream": true and checks the events.
func (w *world) streamed(t *testing.T, body string) (wireResponse, []sse) {
	t.Helper()
	status, header, answer := w.send(t, "POST", "/v1/responses", strings.Replace(body, "{", `{"stream":true,`, 1))
	if status != 200 || !strings.HasPrefix(header.Get("Content-Type"), "text/event-stream") {
		t.Fatalf("status %d, %s: %s", status, header.Get("Content-Type"), answer)
	}
	events := parseSSE(t, answer)
	return checkStream(t, events), events
}
