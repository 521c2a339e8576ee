package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// fault is one way in which a provider of chat completions goes wrong.
type fault struct {
	name string
	play func(p *turnOfProvider)
	// What comes of it over POST /v1/ask, and with the engine alone over POST
	// /v1/responses: the HTTP status of a plain one.
	degraded  bool
	responses int
	impatient bool // the completer waits only a moment for a silent provider
}

// faults are those that the tests play. Whatever the fault, a question is
// answered: by the model if it comes to its senses, else by the fallback.
var faults = []fault{
	{name: "none", play: healthy, responses: 200},
	{name: "429 once", responses: 200, play: func(p *turnOfProvider) {
		if p.attempt%3 == 1 { // of a search and an answer
			p.refuse(429, "Retry-After", "1")
			return
		}
		healthy(p)
	}},
	{name: "429 for an hour", degraded: true, responses: 429, play: func(p *turnOfProvider) { p.refuse(429, "Retry-After", "3600") }},
	{name: "500 once", responses: 200, play: func(p *turnOfProvider) {
		if p.attempt%3 == 1 { // of a search and an answer
			p.refuse(500)
			return
		}
		healthy(p)
	}},
	{name: "500", degraded: true, responses: 503, play: func(p *turnOfProvider) { p.refuse(500) }},
	{name: "wrong key", degraded: true, responses: 502, play: func(p *turnOfProvider) { p.refuse(401) }},
	{name: "a page", degraded: true, responses: 502, play: func(p *turnOfProvider) {
		p.w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(p.w, "<html>Please log in to the network.</html>")
	}},
	{name: "slow", responses: 200, play: func(p *turnOfProvider) {
		p.pause = 5 * time.Millisecond
		healthy(p)
	}},
	{name: "never", degraded: true, responses: 504, impatient: true, play: func(p *turnOfProvider) { <-p.r.Context().Done() }},
	{name: "falls silent", degraded: true, responses: 504, impatient: true, play: func(p *turnOfProvider) {
		_ = p.delta(`{"role":"assistant","content":"Undo it, and then"}`)
		<-p.r.Context().Done()
	}},
	{name: "cut off", degraded: true, responses: 502, play: func(p *turnOfProvider) {
		_ = p.delta(`{"role":"assistant","content":"Undo it, and then"}`)
	}},
	{name: "connection lost", degraded: true, responses: 502, play: func(p *turnOfProvider) {
		_ = p.delta(`{"role":"assistant","content":"Undo it, and then"}`)
		panic(http.ErrAbortHandler)
	}},
	{name: "cut off in a call", degraded: true, responses: 502, play: func(p *turnOfProvider) {
		_ = p.delta(`{"role":"assistant","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"index_document","arguments":"{\"path\":\"gift-ca"}}]}`)
	}},
	{name: "broken JSON", degraded: true, responses: 502, play: func(p *turnOfProvider) {
		_ = p.delta(`{"role":"assistant","content":"Undo it"}`)
		_ = p.raw("data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"cont\n\n")
	}},
	{name: "broken arguments", responses: 200, play: func(p *turnOfProvider) {
		if p.toolResults == 0 {
			_ = p.delta(call("file_search", `{"queries": ["roll`))
			p.end("tool_calls")
			return
		}
		healthy(p)
	}},
	{name: "unknown tool", responses: 200, play: func(p *turnOfProvider) {
		if p.toolResults == 0 {
			_ = p.delta(call("rm_rf", `{"path":"/"}`))
			p.end("tool_calls")
			return
		}
		healthy(p)
	}},
	{name: "empty answer", degraded: true, responses: 200, play: func(p *turnOfProvider) {
		_ = p.delta(`{"role":"assistant","content":""}`)
		p.end("stop")
	}},
	{name: "endless calls", degraded: true, responses: 200, play: func(p *turnOfProvider) {
		_ = p.delta(call("list_local_files", fmt.Sprintf(`{"directory":"notes/%d"}`, p.toolResults)))
		p.end("tool_calls")
	}},
	{name: "endless searches", responses: 200, play: func(p *turnOfProvider) {
		if !p.offered("file_search") {
			p.answer()
			return
		}
		_ = p.delta(call("file_search", fmt.Sprintf(`{"queries":["roll back %d"]}`, p.toolResults)))
		p.end("tool_calls")
	}},
	{name: "huge answer", degraded: true, responses: 200, play: func(p *turnOfProvider) {
		piece := `{"role":"assistant","content":"` + strings.Repeat("Undo it first. ", 4096) + `"}`
		for range 64 {
			if p.delta(piece) != nil {
				return
			}
		}
		p.end("stop")
	}},
}

// healthy searches, and answers from what it found.
func healthy(p *turnOfProvider) {
	if p.offered("file_search") && p.searches == 0 {
		_ = p.delta(call("file_search", `{"queries":["roll back checkout"]}`))
		p.end("tool_calls")
		return
	}
	p.answer()
}

// turnOfProvider is a request to a provider, and what it needs to answer.
type turnOfProvider struct {
	w           http.ResponseWriter
	r           *http.Request
	attempt     int // counts requests
	toolResults int // in the request
	searches    int // of them
	tools       []string
	pause       time.Duration
}

func (p *turnOfProvider) offered(tool string) bool { return slices.Contains(p.tools, tool) }

func (p *turnOfProvider) raw(s string) error {
	p.w.Header().Set("Content-Type", "text/event-stream")
	if _, err := fmt.Fprint(p.w, s); err != nil {
		return err
	}
	return http.NewResponseController(p.w).Flush()
}

func (p *turnOfProvider) chunk(delta, reason string) error {
	return p.raw(fmt.Sprintf(`data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"small","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}`+"\n\n", delta, reason))
}

func (p *turnOfProvider) delta(delta string) error { return p.chunk(delta, "null") }

func (p *turnOfProvider) end(reason string) {
	_ = p.chunk("{}", `"`+reason+`"`)
	_ = p.raw("data: [DONE]\n\n")
}

// answer says the right thing, in pieces.
func (p *turnOfProvider) answer() {
	for _, piece := range []string{"Undo ", "it ", "first 【1】", "."} {
		if p.delta(fmt.Sprintf(`{"role":"assistant","content":%q}`, piece)) != nil {
			return
		}
		time.Sleep(p.pause)
	}
	p.end("stop")
}

// refuse answers with an error that repeats the key, as some providers do.
func (p *turnOfProvider) refuse(status int, header ...string) {
	for i := 0; i < len(header); i += 2 {
		p.w.Header().Set(header[i], header[i+1])
	}
	p.w.Header().Set("Content-Type", "application/json")
	p.w.WriteHeader(status)
	fmt.Fprintf(p.w, `{"error":{"message":"No, %s!","type":"provider","code":null}}`, p.r.Header.Get("Authorization"))
}

// faultyProvider plays a fault, or nothing wrong.
type faultyProvider struct {
	t  *testing.T
	mu sync.Mutex

	play     func(*turnOfProvider)
	attempts int
}

func (f *faultyProvider) plays(play func(*turnOfProvider)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.play = play
}

func (f *faultyProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Messages []struct {
			Role    string          `json:"role"`
			Content json.RawMessage `json:"content"`
		} `json:"messages"`
		Tools []struct {
			Function struct {
				Name string `json:"name"`
			} `json:"function"`
		} `json:"tools"`
		ToolChoice json.RawMessage `json:"tool_choice"`
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		f.t.Errorf("request to the provider: %v", err)
	}
	f.mu.Lock()
	f.attempts++
	p := &turnOfProvider{w: w, r: r, attempt: f.attempts}
	play := f.play
	f.mu.Unlock()
	for _, m := range q.Messages {
		if m.Role == "user" {
			p.toolResults, p.searches = 0, 0 // only what came after the last question counts
		}
		if m.Role == "tool" {
			p.toolResults++
			if strings.Contains(string(m.Content), "ref") {
				p.searches++
			}
		}
	}
	if string(q.ToolChoice) != `"none"` {
		for _, t := range q.Tools {
			p.tools = append(p.tools, t.Function.Name)
		}
	}
	play(p)
}
