package server

import (
	"net/http"

	"go.opentelemetry.io/otel/trace"
)

// headers gives every response the name of its trace, so that a caller can look
// it up, and keeps browsers from using it as anything but what it says it is.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if sc := trace.SpanContextFromContext(r.Context()); sc.HasTraceID() {
			h.Set("X-Trace-Id", sc.TraceID().String())
		}
		h.Set("Cache-Control", "no-store") // unless a handler knows better
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}
