package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/prompts"
)

// badRequest is an error that the caller can mend.
type badRequest struct {
	param   string
	message string
}

func (b badRequest) Error() string { return b.message }

func badRequestf(param, format string, args ...any) error {
	return badRequest{param, fmt.Sprintf(format, args...)}
}

var (
	errNoRoute  = errors.New("there is nothing at this address; the API is described in the README")
	errNoKey    = errors.New("a valid API key is needed: send it as Authorization: Bearer KEY")
	errNotReady = errors.New("the database is not reachable")
	errHost     = errors.New("this Hone serves this machine only; set HONE_API_KEY to serve other hosts")
)

// apiError is the body of every error, in OpenAI's shape.
type apiError struct {
	Error struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    string  `json:"code"`
	} `json:"error"`
}

// status is the one table from error to HTTP status and code.
func status(err error) (int, string) {
	var bad badRequest
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &bad):
		return http.StatusBadRequest, "invalid_request"
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, "request_too_large"
	case errors.Is(err, agent.ErrEmpty), errors.Is(err, knowledge.ErrInvalid), errors.Is(err, prompts.ErrInvalid):
		return http.StatusBadRequest, "invalid_request"
	case errors.Is(err, errNoKey):
		return http.StatusUnauthorized, "invalid_api_key"
	case errors.Is(err, errHost):
		return http.StatusForbidden, "host_not_allowed"
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errNoRoute):
		return http.StatusNotFound, "not_found"
	case errors.Is(err, errNotReady):
		return http.StatusServiceUnavailable, "not_ready"
	case errors.Is(err, context.Canceled):
		return 499, "canceled" // nginx's "client closed request"; nobody reads it
	}
	return http.StatusInternalServerError, "server_error"
}

// describe is what the caller may read of an error: whole where the caller can
// mend it, nothing of our insides where not.
func describe(err error) apiError {
	code, name := status(err)
	var e apiError
	e.Error.Message, e.Error.Type, e.Error.Code = err.Error(), "invalid_request_error", name
	if code >= 500 {
		e.Error.Type = "server_error"
	}
	if code == http.StatusInternalServerError {
		e.Error.Message = "the question could not be answered; the server's log and the trace say why"
	}
	var bad badRequest
	if errors.As(err, &bad) && bad.param != "" {
		e.Error.Param = &bad.param
	}
	return e
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	code, _ := status(err)
	if code == http.StatusInternalServerError {
		s.cfg.Logger.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err)
	}
	if code == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	writeJSON(w, code, describe(err))
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // the caller has gone: nothing is left to tell
}

// routeOf takes the method off a mux pattern.
func routeOf(pattern string) string {
	if _, path, ok := strings.Cut(pattern, " "); ok {
		return path
	}
	if pattern == "" {
		return "unknown"
	}
	return pattern
}
