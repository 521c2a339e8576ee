// Package server is the way in over HTTP: the ask API, runs, sources, rounds,
// cases, health, metrics and a web page; it mounts the OpenAI-compatible API.
package server

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/knowledge"
)

// Asker answers questions; *agent.Agent is one.
type Asker interface {
	Name() string
	Ask(ctx context.Context, q agent.Question) iter.Seq2[agent.Event, error]
}

// Sources lists sources; *knowledge.Base does.
type Sources interface {
	Sources(ctx context.Context) ([]knowledge.Source, error)
}

// Improvements are what the server shows of evaluation; the stores have them.
type Improvements interface {
	Cases(ctx context.Context, f eval.CaseFilter) ([]eval.StoredCase, error)
	Round(ctx context.Context, id string) (eval.Round, error)
	Rounds(ctx context.Context, agent string, limit int) ([]eval.Round, error)
}

// Config configures a Server. All but Keys, Ready, Metrics and Logger must be set.
type Config struct {
	Agents  []Asker // the first is the default
	Runs    agent.Store
	Sources Sources
	Eval    Improvements
	OpenAI  http.Handler // serves /v1/responses and its neighbours

	// Keys are the API keys of which a request must bear one. Without keys
	// everyone may ask, but only on this machine's own addresses: requests for
	// other hosts are refused, so that no web page elsewhere can reach it.
	Keys    []string
	Ready   func(ctx context.Context) error // nil: always
	Metrics http.Handler                    // nil: none
	Logger  *slog.Logger
}

// Server is the HTTP API.
type Server struct {
	cfg     Config
	agents  map[string]Asker
	handler http.Handler
}

// New checks the configuration and returns a server.
func New(cfg Config) (*Server, error) {
	if len(cfg.Agents) == 0 || cfg.Runs == nil || cfg.Sources == nil || cfg.Eval == nil || cfg.OpenAI == nil {
		return nil, errors.New("server: agents, runs, sources, eval and OpenAI must be set")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	s := &Server{cfg: cfg, agents: map[string]Asker{}}
	for _, a := range cfg.Agents {
		s.agents[a.Name()] = a
	}
	mux := http.NewServeMux()
	for pattern, handler := range s.routes() {
		mux.Handle(pattern, handler)
	}
	protected := http.NewCrossOriginProtection().Handler(s.authorize(mux))
	s.handler = otelhttp.NewHandler(s.local(traceID(protected)), "http",
		otelhttp.WithFilter(func(r *http.Request) bool { return !quiet(r.URL.Path) }),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Method + " " + spanPath(mux, r) }))
	return s, nil
}

func (s *Server) routes() map[string]http.Handler {
	return map[string]http.Handler{
		"POST /v1/ask":                s.handle(s.ask),
		"GET /v1/runs":                s.handle(s.runs),
		"GET /v1/runs/{id}":           s.handle(s.run),
		"POST /v1/runs/{id}/feedback": s.handle(s.feedback),
		"GET /v1/sources":             s.handle(s.sources),
		"GET /v1/rounds":              s.handle(s.rounds),
		"GET /v1/rounds/{id}":         s.handle(s.round),
		"GET /v1/cases":               s.handle(s.cases),
		"/v1/":                        s.cfg.OpenAI,
		"GET /healthz":                http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) }),
		"GET /readyz":                 s.handle(s.ready),
		"GET /metrics":                s.metrics(),
		"GET /{$}":                    http.HandlerFunc(page),
		"GET /page/{file}":            pageFiles(),
		"/":                           s.handle(func(http.ResponseWriter, *http.Request) error { return errNoRoute }),
	}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// handle makes a handler of a function that returns what went wrong.
func (s *Server) handle(f func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) error {
	if s.cfg.Ready != nil {
		if err := s.cfg.Ready(r.Context()); err != nil {
			s.cfg.Logger.WarnContext(r.Context(), "not ready", "error", err)
			return errNotReady
		}
	}
	_, err := w.Write([]byte("ready\n"))
	return err
}

func (s *Server) metrics() http.Handler {
	if s.cfg.Metrics == nil {
		return http.NotFoundHandler()
	}
	return s.cfg.Metrics
}

// quiet paths are asked by machines all the time; their spans say nothing.
func quiet(path string) bool {
	return path == "/healthz" || path == "/readyz" || path == "/metrics"
}

// spanPath is the route that serves a request: span names must not be made of
// what callers put into paths.
func spanPath(mux *http.ServeMux, r *http.Request) string {
	_, pattern := mux.Handler(r)
	return routeOf(pattern)
}
