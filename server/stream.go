package server

import (
	"bytes"
	"fmt"
	"iter"
	"net/http"

	"github.com/honehq/hone/agent"
)

// stream sends a run as server-sent events: text, tool, citation, and as the
// last one done, or error where it failed. What fails before the first event is
// an ordinary error.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, events iter.Seq2[agent.Event, error]) error {
	out := sse{w: w, flush: http.NewResponseController(w)}
	for e, err := range events {
		if err != nil {
			return s.breakOff(&out, r, err)
		}
		name, body := eventOf(e)
		b, err := encode(body)
		if err != nil {
			return s.breakOff(&out, r, fmt.Errorf("event %s: %w", name, err))
		}
		if out.send(name, b) != nil || name == "done" {
			return nil // where the caller has gone, leaving the loop ends the run
		}
	}
	return s.breakOff(&out, r, errNoAnswer)
}

// breakOff ends a stream with an error.
func (s *Server) breakOff(out *sse, r *http.Request, err error) error {
	if !out.begun {
		return err
	}
	_, body := s.describe(r, err)
	b, err := encode(body)
	if err != nil {
		return err
	}
	_ = out.send("error", b) // the caller has gone: nothing is left to tell
	return nil
}

// eventOf is an event as it is sent.
func eventOf(e agent.Event) (name string, body any) {
	switch e := e.(type) {
	case agent.TextEvent:
		return "text", e
	case agent.ToolEvent:
		return "tool", e
	case agent.CitationEvent:
		return "citation", e.Citation
	case agent.Done:
		return "done", e.Answer
	}
	panic(fmt.Sprintf("event of unknown type %T", e)) // the set is closed
}

// sse writes server-sent events, each in one write and one flush: clients'
// parsers give up on half an event, and people wait for the text.
type sse struct {
	w     http.ResponseWriter
	flush *http.ResponseController
	begun bool
}

// send takes data as a line with its end.
func (s *sse) send(event string, data *bytes.Buffer) error {
	if !s.begun {
		s.begun = true
		h := s.w.Header()
		h.Set("Content-Type", "text/event-stream; charset=utf-8")
		h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	}
	if _, err := fmt.Fprintf(s.w, "event: %s\ndata: %s\n", event, data); err != nil {
		return err
	}
	return s.flush.Flush()
}
