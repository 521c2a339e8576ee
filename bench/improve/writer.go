package main

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
)

// writer is a scripted model in the rewriter's role. It knows the guidelines,
// good and bad, but not what they are worth. Asked to reflect on a few
// failures it changes little; asked for a better prompt at one go it changes
// much, as models do.
type writer struct{}

// ServeHTTP answers POST /v1/responses.
func (writer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Input string `json:"input"`
	}
	var in struct {
		Prompt   string            `json:"prompt"`
		Seed     uint64            `json:"seed"`
		Reviews  []json.RawMessage `json:"reviews"`
		Failures []struct {
			Question string `json:"question"`
		} `json:"failures"`
		Merge *struct {
			Other string `json:"other"`
		} `json:"merge"`
	}
	err := json.NewDecoder(r.Body).Decode(&request)
	if err == nil {
		err = json.Unmarshal([]byte(request.Input), &in)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	random := rand.New(rand.NewPCG(in.Seed, 1)) //nolint:gosec // reproducible, not secret
	prompt := in.Prompt
	switch {
	case in.Merge != nil:
		prompt = united(in.Prompt, in.Merge.Other)
	case len(in.Reviews) > 0:
		for range 3 {
			prompt = changed(prompt, random)
		}
	default:
		for range 1 + random.IntN(2) {
			prompt = changed(prompt, random)
		}
	}
	text, err := json.Marshal(map[string]string{"prompt": prompt, "rationale": "From what failed."})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	reply(w, string(text))
}

// changed takes out one of the guidelines in a prompt, now and then, or adds one.
func changed(prompt string, random *rand.Rand) string {
	g := guidelines[random.IntN(len(guidelines))]
	if lines := strings.Split(prompt, "\n"); slices.Contains(lines, g) {
		if random.IntN(2) == 0 {
			return prompt
		}
		return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return l == g }), "\n")
	}
	return prompt + "\n" + g
}

// united has the lines of both prompts.
func united(a, b string) string {
	lines := strings.Split(a, "\n")
	for l := range strings.SplitSeq(b, "\n") {
		if !slices.Contains(lines, l) {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}

// reply writes a response with a message.
func reply(w http.ResponseWriter, text string) {
	part := map[string]any{"type": "output_text", "text": text, "annotations": []any{}}
	message := map[string]any{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": []any{part}}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{ // who asks sees what is missing

		"id": "resp_1", "object": "response", "status": "completed", "model": "scripted", "output": []any{message},
		"usage": map[string]any{"input_tokens": 100, "output_tokens": 50, "total_tokens": 150},
	})
}
