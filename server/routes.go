package server

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// handler is a handler whose error is answered by fail.
type handler func(w http.ResponseWriter, r *http.Request) error

// routes is what this server itself answers; the rest below /v1/ is the OpenAI
// API's, which answers what it doesn't know.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	methods := map[string][]string{} // by path
	for _, route := range []struct {
		method, path string
		handler      handler
	}{
		{"POST", "/v1/ask", s.ask},
		{"GET", "/v1/runs", s.runs},
		{"GET", "/v1/runs/{id}", s.run},
		{"POST", "/v1/runs/{id}/feedback", s.feedback},
		{"GET", "/v1/agents", s.listAgents},
		{"PUT", "/v1/agents", s.putAgents},
		{"GET", "/v1/agents/{name}", s.oneAgent},
		{"PUT", "/v1/agents/{name}", s.putAgent},
		{"DELETE", "/v1/agents/{name}", s.deleteAgent},
		{"GET", "/v1/sources", s.sources},
		{"GET", "/v1/rounds", s.rounds},
		{"POST", "/v1/rounds", s.beginRound},
		{"GET", "/v1/rounds/{id}", s.round},
		{"POST", "/v1/rounds/{id}/cancel", s.cancelRound},
		{"POST", "/v1/rounds/{id}/approve", s.approveRound},
		{"POST", "/v1/rounds/{id}/decline", s.declineRound},
		{"GET", "/v1/rounds/{id}/certificate", s.certificate},
		{"GET", "/v1/rollouts", s.rollouts},
		{"POST", "/v1/rollouts/{id}/keep", s.keepTrial},
		{"POST", "/v1/rollouts/{id}/back", s.backTrial},
		{"POST", "/v1/agents/{name}/pause", s.pauseRounds},
		{"POST", "/v1/agents/{name}/resume", s.resumeRounds},
		{"GET", "/v1/judge", s.judge},
		{"GET", "/v1/cases", s.cases},
		{"GET", "/v1/cases/proposed", s.proposed},
		{"POST", "/v1/cases/{id}/accept", s.acceptCase},
		{"POST", "/v1/cases/{id}/decline", s.declineCase},
		{"GET", "/v1/traces", s.traces},
		{"GET", "/v1/traces/{id}/compare", s.compare},
		{"GET", "/v1/traces/{id}", s.trace},
		{"GET", "/healthz", healthy},
		{"GET", "/readyz", s.ready},
		{"GET", "/metrics", s.metrics},
		{"GET", "/{$}", page},
		{"GET", "/rounds", s.roundsPage},
		{"GET", "/rounds/{id}", s.roundPage},
		{"GET", "/traces", s.tracesPage},
		{"GET", "/traces/{id}/compare", s.comparePage},
		{"GET", "/traces/{id}", s.tracePage},
		{"GET", "/page/{file}", pageFile},
	} {
		mux.Handle(route.method+" "+route.path, s.handle(route.handler))
		methods[route.path] = append(methods[route.path], route.method)
	}
	for _, path := range slices.Sorted(maps.Keys(methods)) {
		mux.Handle(path, s.handle(otherMethod(methods[path])))
	}
	mux.Handle("/v1/", s.cfg.OpenAI)
	mux.Handle("/", s.handle(nothingHere))
	return mux
}

// handle makes an http.Handler of h.
func (s *Server) handle(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// otherMethod answers methods for which a path has no handler.
func otherMethod(methods []string) handler {
	if slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	allowed := strings.Join(append(methods, http.MethodOptions), ", ")
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Allow", allowed)
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		return refuse(wrongMethod, "", "%.20q is not allowed here; allowed are: %s", r.Method, allowed)
	}
}

func nothingHere(_ http.ResponseWriter, r *http.Request) error {
	return refuse(notFound, "", "there is nothing at %.200q; the API is described in the README", r.URL.Path)
}
