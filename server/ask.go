package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/knowledge"
)

const (
	maxBody     = 1 << 20
	maxQuestion = 32 << 10 // bytes
)

// askRequest is the body of POST /v1/ask.
type askRequest struct {
	Question string `json:"question"`
	Thread   string `json:"thread"`
	Stream   bool   `json:"stream"`
	Agent    string `json:"agent"`
}

func (s *Server) ask(w http.ResponseWriter, r *http.Request) error {
	var req askRequest
	if err := decode(w, r, &req); err != nil {
		return err
	}
	if strings.TrimSpace(req.Question) == "" {
		return badRequestf("question", `"question" is empty: send {"question": "…"}`)
	}
	if len(req.Question) > maxQuestion {
		return badRequestf("question", "the question has %d bytes; at most %d are taken", len(req.Question), maxQuestion)
	}
	asker := s.cfg.Agents[0]
	if req.Agent != "" {
		var ok bool
		if asker, ok = s.agents[req.Agent]; !ok {
			return badRequestf("agent", "there is no agent %q", req.Agent)
		}
	}
	events := asker.Ask(r.Context(), agent.Question{
		Text: req.Question, Thread: req.Thread, Origin: agent.FromHTTP, Access: knowledge.AccessFrom(r.Context()),
	})
	if req.Stream || strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		return s.stream(w, r, events)
	}
	for e, err := range events {
		if err != nil {
			return err
		}
		if d, ok := e.(agent.Done); ok {
			writeJSON(w, http.StatusOK, d.Answer)
		}
	}
	return nil
}

// stream sends a run as server-sent events: text, tool, citation, done; error
// instead of done where it failed. What fails before the first event is an
// ordinary error.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, events func(func(agent.Event, error) bool)) error {
	out := sse{w: w, flush: http.NewResponseController(w)}
	for e, err := range events {
		if err != nil {
			if !out.begun {
				return err
			}
			if code, _ := status(err); code == http.StatusInternalServerError {
				s.cfg.Logger.ErrorContext(r.Context(), "run failed", "error", err)
			}
			return out.send("error", describe(err))
		}
		switch e := e.(type) {
		case agent.TextEvent:
			err = out.send("text", e)
		case agent.ToolEvent:
			err = out.send("tool", e)
		case agent.CitationEvent:
			err = out.send("citation", e.Citation)
		case agent.Done:
			err = out.send("done", e.Answer)
		}
		if err != nil {
			return nil // the caller has gone; breaking off ends the run
		}
	}
	return nil
}

// sse writes server-sent events, each in one write.
type sse struct {
	w     http.ResponseWriter
	flush *http.ResponseController
	begun bool
}

func (s *sse) send(event string, body any) error {
	if !s.begun {
		s.begun = true
		h := s.w.Header()
		h.Set("Content-Type", "text/event-stream; charset=utf-8")
		h.Set("Cache-Control", "no-cache")
		h.Set("X-Accel-Buffering", "no")
	}
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", event, b); err != nil {
		return err
	}
	return s.flush.Flush()
}

// decode reads a JSON body strictly.
func decode(w http.ResponseWriter, r *http.Request, into any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil && d.More() {
		err = errors.New("there is more behind the JSON object")
	}
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil || errors.As(err, &tooLarge):
		return err
	case errors.Is(err, io.EOF):
		return badRequestf("", "the body is empty: send a JSON object")
	}
	return badRequestf("", "the body is not the JSON object that this address takes: %s", strings.TrimPrefix(err.Error(), "json: "))
}
