package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// canaryMode is what the provider does.
type canaryMode struct {
	betterOn      func(number string) bool // where the better prompt helps; nil: nowhere
	agentFails    bool                     // on some questions
	judgeFails    bool                     // on some cases
	rewriterFails bool
	proposal      int    // which of betterPrompts
	onSealed      func() // called once, when a sealed question arrives
}

// canaryProvider plays all models, and repeats what it is asked.
type canaryProvider struct {
	sealed func(number string) bool

	mu    sync.Mutex
	mode  canaryMode
	saw   map[string]*bytes.Buffer // requests by role; "system": of the agent, what is no message of a person or a tool
	fired bool
}

func (p *canaryProvider) set(m canaryMode) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode, p.fired = m, false
}

func (p *canaryProvider) requests(role string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.saw[role] == nil {
		return ""
	}
	return p.saw[role].String()
}

func (p *canaryProvider) note(role string, text []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.saw == nil {
		p.saw = map[string]*bytes.Buffer{}
	}
	if p.saw[role] == nil {
		p.saw[role] = &bytes.Buffer{}
	}
	p.saw[role].Write(text)
}

// betterPrompts help. A round proposes one that was not tried yet.
var betterPrompts = []string{
	"Search twice before you answer.", "Read whatever you find to its end.", "Take your time with each of them.", "Say first what was asked for.",
	"Look for a second opinion.", "Be careful with what is old.", "Prefer the shortest way to say it.", "Think before you write.",
	"Never leave anything half done.", "Compare what you found.", "Keep to the point.", "Write as one speaks.",
}

func (p *canaryProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var q struct {
		Messages []struct {
			Role    string          `json:"role"`
			Content json.RawMessage `json:"content"`
		} `json:"messages"`
		Format struct {
			Schema struct {
				Name string `json:"name"`
			} `json:"json_schema"`
		} `json:"response_format"`
	}
	if err := json.Unmarshal(body, &q); err != nil {
		return
	}
	role := q.Format.Schema.Name
	if role == "" {
		role = "agent"
	}
	p.note(role, body)
	number, asked, searched, better, last := "", "", false, false, ""
	for _, m := range q.Messages {
		var text string
		if json.Unmarshal(m.Content, &text) != nil {
			text = string(m.Content)
		}
		switch m.Role {
		case "user":
			last = text
			if match := portQuestion.FindStringSubmatch(text); match != nil {
				number, asked = match[1], text
			}
		case "tool":
			searched = true
		case "system", "developer":
			better = better || slices.ContainsFunc(betterPrompts, func(b string) bool { return strings.Contains(text, b) })
			if role == "agent" {
				p.note("system", m.Content)
			}
		}
	}
	p.mu.Lock()
	mode := p.mode
	fire := role == "agent" && p.sealed(number) && !p.fired && mode.onSealed != nil
	p.fired = p.fired || fire
	p.mu.Unlock()
	if fire {
		mode.onSealed()
	}
	odd := number != "" && (number[1]-'0')%5 == 1
	t := &turnOfProvider{w: w, r: r}
	switch {
	case role == "agent" && mode.agentFails && odd, role == "hone_grade" && mode.judgeFails && strings.Contains(last, "canary01word"), role == "hone_rewrite" && mode.rewriterFails:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": "I can't read this: " + string(body), "type": "invalid_request_error", "code": asked}})
	case role == "hone_rewrite":
		var said struct {
			Prompt string `json:"prompt"`
		}
		_ = json.Unmarshal([]byte(last), &said)
		p.say(t, fmt.Sprintf(`{"prompt":%q,"rationale":"much was missed"}`, said.Prompt+"\n- "+betterPrompts[mode.proposal%len(betterPrompts)]))
	case role == "hone_grade":
		p.say(t, grades(last))
	case !searched:
		_ = t.delta(call("file_search", fmt.Sprintf(`{"queries":[%q]}`, asked)))
		t.end("tool_calls")
	default:
		text := "It is written there, see below 【1】. You asked: " + asked
		if number != "" && (number[0]%2 == 0 || better && mode.betterOn != nil && mode.betterOn(number)) {
			text = "The port of service" + number + " is port-70" + number + " 【1】. You asked: " + asked + " 【1】"
		}
		p.say(t, text)
	}
}

func (p *canaryProvider) say(t *turnOfProvider, text string) {
	_ = t.delta(fmt.Sprintf(`{"role":"assistant","content":%s}`, quoted(text)))
	t.end("stop")
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}

// grades passes each check whose fact stands in the answer, and repeats the case
// in its reasons.
func grades(request string) string {
	var q struct {
		Answer string `json:"answer"`
		Checks []struct {
			ID       string `json:"id"`
			Question string `json:"question"`
		} `json:"checks"`
	}
	_ = json.Unmarshal([]byte(request), &q)
	type verdict struct {
		ID     string `json:"id"`
		Pass   bool   `json:"pass"`
		Reason string `json:"reason"`
	}
	out := struct {
		Checks []verdict `json:"checks"`
	}{}
	for _, c := range q.Checks {
		out.Checks = append(out.Checks, verdict{c.ID, strings.Contains(q.Answer, "port-70"), request})
	}
	b, _ := json.Marshal(out)
	return string(b)
}
