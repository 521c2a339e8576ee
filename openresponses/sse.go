package openresponses

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// sseWriter writes server-sent events. Each goes out in one Write and one
// Flush, as several clients' parsers give up on half an event.
type sseWriter struct {
	w      http.ResponseWriter
	flush  *http.ResponseController
	buffer bytes.Buffer
}

func newSSEWriter(w http.ResponseWriter) *sseWriter {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
	return &sseWriter{w: w, flush: http.NewResponseController(w)}
}

// event writes one event, named by its type.
func (s *sseWriter) event(ev event) error {
	data, err := json.Marshal(ev)
	if err != nil {
		return fmt.Errorf("event %s: %w", ev.header().Type, err)
	}
	s.buffer.Reset()
	fmt.Fprintf(&s.buffer, "event: %s\ndata: %s\n\n", ev.header().Type, data)
	return s.send()
}

// done ends the stream.
func (s *sseWriter) done() error {
	s.buffer.Reset()
	s.buffer.WriteString("data: [DONE]\n\n")
	return s.send()
}

func (s *sseWriter) send() error {
	if _, err := s.w.Write(s.buffer.Bytes()); err != nil {
		return err
	}
	if err := s.flush.Flush(); !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil // whoever wraps the writer has no way to flush
}
