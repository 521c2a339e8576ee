package agent

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestLimitsAreNamed(t *testing.T) {
	for name, limits := range map[string]Limits{
		"2 turns": {Turns: 2}, "1 tool calls": {ToolCalls: 1}, "12 tokens": {Tokens: 12},
	} {
		s := script(t, replies(calls("c1", "read", `{}`)), replies(says("What I have.")))
		a, _ := newAgent(t, s, func(c *Config) { c.Tools, c.Limits = []Tool{&echo{name: "read"}}, limits })
		answer := ask(t, a, "q")
		if answer.Status != Degraded || answer.Answer != "What I have." || !strings.Contains(answer.Note, "limit of "+name) {
			t.Errorf("%s: got %+v", name, answer)
		}
	}
}

func TestIncompleteAnswersSaySo(t *testing.T) {
	s := script(t, func(w http.ResponseWriter, r *http.Request) {
		stream(w, []item{says("Half an ans")}, item{"status": "incomplete", "incomplete_details": item{"reason": "max_output_tokens"}})
	})
	a, _ := newAgent(t, s, nil)
	if answer := ask(t, a, "q"); answer.Status != Degraded || !strings.Contains(answer.Note, "max output tokens") {
		t.Errorf("got %+v", answer)
	}
}

// Each fault ends in the fallback's answer, or in an error without one.
func TestBackendFaults(t *testing.T) {
	faults := map[string]reply{
		"429":      fails(http.StatusTooManyRequests),
		"500":      fails(http.StatusInternalServerError),
		"401":      fails(http.StatusUnauthorized),
		"not JSON": func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("<html>busy</html>")) },
		"broken JSON": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.Write([]byte("event: response.output_text.delta\ndata: {\"type\":\"resp\n\n"))
		},
		"cut stream": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			event(w, "response.created", item{"response": item{"id": "resp_1"}})
			event(w, "response.output_text.delta", item{"delta": "Half an "})
			panic(http.ErrAbortHandler)
		},
		"ends early": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			event(w, "response.output_text.delta", item{"delta": "Half an "})
		},
		"failed": func(w http.ResponseWriter, r *http.Request) {
			stream(w, nil, item{"status": "failed", "error": item{"code": "server_error", "message": "it broke"}})
		},
		"error event": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			event(w, "error", item{"message": "it broke", "code": "server_error"})
		},
		"empty answer": replies(says("")),
		"no output":    replies(),
		"never":        func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"huge answer": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for r.Context().Err() == nil {
				event(w, "response.output_text.delta", item{"delta": strings.Repeat("words ", 1000)})
			}
		},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			limits := Limits{}
			if name == "never" {
				limits.Time = 50 * time.Millisecond
			}
			s := script(t, fault)
			a, runs := newAgent(t, s, func(c *Config) { c.Limits = limits })
			if answer, err := a.Answer(t.Context(), Question{Text: "q"}); err == nil {
				t.Errorf("without a fallback: %+v", answer)
			}
			if len(runs.kept) != 1 || runs.kept[0].Error == "" {
				t.Errorf("kept %+v", runs.kept)
			}
			fallback := script(t, replies(found("fs_1", result("a.md", "The passage.")), says("The passage【a.md】.")))
			a, _ = newAgent(t, s, func(c *Config) { b := fallback.backend(); c.Fallback, c.Limits = &b, limits })
			answer := ask(t, a, "q")
			if answer.Status != Degraded || answer.Answer != "The passage[1]." || answer.Note == "" || len(answer.Citations) != 1 {
				t.Errorf("with a fallback: %+v", answer)
			}
		})
	}
}

func TestCancellationEndsEverything(t *testing.T) {
	reached := make(chan struct{})
	s := script(t, func(w http.ResponseWriter, r *http.Request) {
		close(reached)
		<-r.Context().Done()
	})
	fallback := script(t, replies(says("never")))
	a, runs := newAgent(t, s, func(c *Config) { b := fallback.backend(); c.Fallback = &b })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-reached; cancel() }()
	if _, err := a.Answer(ctx, Question{Text: "q"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if len(fallback.all()) != 0 {
		t.Error("the fallback was asked for a caller who had gone")
	}
	if len(runs.kept) != 1 || runs.kept[0].Error == "" {
		t.Errorf("kept %+v", runs.kept)
	}
}

func TestTheCallerStopsListening(t *testing.T) {
	s := script(t, replies(found("fs_1"), says("A long answer.")))
	a, runs := newAgent(t, s, nil)
	for range a.Ask(t.Context(), Question{Text: "q"}) {
		break
	}
	if len(runs.kept) != 1 {
		t.Errorf("kept %d runs", len(runs.kept))
	}
}
