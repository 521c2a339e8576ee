package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// slowModel is a provider of chat completions that searches once and then
// answers, and takes half a second for each of these.
type slowModel struct{}

// ServeHTTP implements http.Handler.
func (slowModel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	select {
	case <-time.After(500 * time.Millisecond):
	case <-r.Context().Done():
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	if bytes.Contains(body, []byte(`"role":"tool"`)) {
		chunk(w, `{"role":"assistant","content":"That is what the first passage says【1】."}`, "")
		chunk(w, `{}`, "stop")
	} else {
		search, _ := json.Marshal(`{"queries":["roll back checkout"]}`)
		chunk(w, `{"role":"assistant","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"file_search","arguments":`+string(search)+`}}]}`, "")
		chunk(w, `{}`, "tool_calls")
	}
	fmt.Fprint(w, "data: [DONE]\n\n")
}

func chunk(w io.Writer, delta, reason string) {
	finish := "null"
	if reason != "" {
		finish = `"` + reason + `"`
	}
	fmt.Fprintf(w, `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"slow","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}`+"\n\n", delta, finish)
}
