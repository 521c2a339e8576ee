package server

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed page
var pageFS embed.FS

// page serves the web page. Its policy lets no script run but its own: answers
// hold text of documents and models.
func page(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	http.ServeFileFS(w, r, pageFS, "page/index.html")
}

func pageFiles() http.Handler {
	files, err := fs.Sub(pageFS, "page")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.ServeFileFS(w, r, files, r.PathValue("file"))
	})
}
