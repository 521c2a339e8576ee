package server

import (
	"net/http"

	"github.com/honehq/hone/otel"
)

// counted counts the requests that are being answered, but for those that
// machines send all the time.
func counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !quiet(r.URL.Path) {
			defer otel.StartRequest(r.Context(), r.Method)()
		}
		next.ServeHTTP(w, r)
	})
}
