package server

import (
	"context"
	"io"
	"net/http"
	"time"
)

// readyWait bounds a readiness check: a probe that hangs says nothing.
const readyWait = 5 * time.Second

// quiet paths are asked by machines all the time; their spans say nothing.
func quiet(path string) bool {
	return path == "/healthz" || path == "/readyz" || path == "/metrics"
}

func healthy(w http.ResponseWriter, _ *http.Request) error { return plainText(w, "ok\n") }

func (s *Server) ready(w http.ResponseWriter, r *http.Request) error {
	if s.cfg.Ready != nil {
		ctx, cancel := context.WithTimeout(r.Context(), readyWait)
		defer cancel()
		if err := s.cfg.Ready(ctx); err != nil {
			s.cfg.Logger.WarnContext(ctx, "not ready", "error", err)
			return refuse(notReady, "", "the database is not reachable")
		}
	}
	return plainText(w, "ready\n")
}

func (s *Server) metrics(w http.ResponseWriter, r *http.Request) error {
	if s.cfg.Metrics == nil {
		return refuse(notFound, "", "this server keeps no metrics")
	}
	s.cfg.Metrics.ServeHTTP(w, r)
	return nil
}

func plainText(w http.ResponseWriter, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, text) // the caller has gone: nothing is left to tell
	return nil
}
