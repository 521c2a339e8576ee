// Package server is the way in over HTTP: the ask API, runs, sources, rounds,
// cases, health, metrics and a web page; it mounts the OpenAI-compatible API.
// It stores nothing itself.
package server

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"slices"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/rollout"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/traces"
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
	rollout.Past
}

// Config configures a Server. All but Fleet, Harvest, Rounds, Judges, Keys, Ready, Metrics and Logger must be set.
type Config struct {
	Agents  []Asker // the first is the default; no two have the same name
	Fleet   Fleet   // where agents come from as they change; nil: Agents are all
	Runs    agent.Store
	Sources Sources
	Eval    Improvements
	Harvest Harvest      // nil: no cases are proposed
	Rounds  Rounds       // nil: none can be begun or cancelled
	Judges  Judges       // nil: nothing is told of them
	OpenAI  http.Handler // serves /v1/responses and its neighbours

	// Keys are the API keys of which a request must bear one; none is empty.
	// Without keys everyone may ask, but only on this machine's own addresses:
	// requests for other hosts are refused, so that no web page elsewhere can
	// reach it.
	Keys    []string
	Ready   func(ctx context.Context) error // nil: always
	Metrics http.Handler                    // nil: none
	// Traces are those that this process keeps; nil: none. Accounts tells what
	// became of the answers in them, and Version is Hone's, for traces that leave.
	Traces   Traces
	Accounts traces.Book
	Version  string
	Logger   *slog.Logger
}

// Server is the HTTP API. It is safe for concurrent use. It bounds how long a
// caller may stall in reading or writing a body; headers and idle connections
// are the http.Server's to bound.
type Server struct {
	cfg     Config
	fleet   Fleet
	handler http.Handler
}

// New checks the configuration and returns a server.
func New(cfg Config) (*Server, error) {
	if len(cfg.Agents) == 0 || cfg.Runs == nil || cfg.Sources == nil || cfg.Eval == nil || cfg.OpenAI == nil {
		return nil, errors.New("server: agents, runs, sources, eval and OpenAI must be set")
	}
	if slices.Contains(cfg.Keys, "") {
		return nil, errors.New("server: an API key is empty")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	for i, a := range cfg.Agents {
		if slices.ContainsFunc(cfg.Agents[:i], func(b Asker) bool { return a.Name() == b.Name() }) {
			return nil, fmt.Errorf("server: two agents are called %q", a.Name())
		}
	}
	s := &Server{cfg: cfg, fleet: cfg.Fleet}
	if s.fleet == nil {
		s.fleet = fixed(cfg.Agents)
	}
	s.handler = otelhttp.NewHandler(counted(headers(patient(s.guard(allow(s.routes()))))), "http",
		otelhttp.WithFilter(func(r *http.Request) bool { return !quiet(r.URL.Path) }))
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }
