package openresponses

import (
	"fmt"
	"net/http"
	"strings"
)

// ServeHTTP serves the API below /v1/.
func (e *Engine) ServeHTTP(w http.ResponseWriter, r *http.Request) { e.mux.ServeHTTP(w, r) }

func (e *Engine) routes() *http.ServeMux {
	mux := http.NewServeMux()
	methods := map[string][]string{} // by path
	for _, route := range []struct {
		method, path string
		handler      handler
	}{
		{"POST", "/v1/responses", e.createResponse},
		{"GET", "/v1/responses/{response}", e.getResponse},
		{"DELETE", "/v1/responses/{response}", e.deleteResponse},
		{"GET", "/v1/responses/{response}/input_items", e.listInput},
		{"POST", "/v1/responses/{response}/cancel", e.cancelResponse},

		{"GET", "/v1/models", e.listModels},
		{"GET", "/v1/models/{model...}", e.getModel},
	} {
		mux.HandleFunc(route.method+" "+route.path, e.handle(route.handler))
		methods[route.path] = append(methods[route.path], route.method)
	}
	for path, allowed := range methods {
		mux.HandleFunc(path, e.handle(wrongMethod(allowed)))
	}
	mux.HandleFunc("/", e.handle(noRoute))
	return mux
}

// wrongMethod answers what none of the allowed methods matches.
func wrongMethod(allowed []string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return &Error{Code: NotAllowed, Message: fmt.Sprintf("%s is not allowed here; allowed are: %s.", r.Method, strings.Join(allowed, ", "))}
	}
}

func noRoute(_ http.ResponseWriter, r *http.Request) error {
	return &Error{Code: NotFound, Message: fmt.Sprintf("Unknown request: %s %.200s.", r.Method, r.URL.Path)}
}
