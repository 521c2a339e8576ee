package server

import (
	"embed"
	"net/http"
)

//go:embed page
var pageFS embed.FS

// pageTypes are the page's files and what they are; what this machine thinks
// of their endings doesn't matter.
var pageTypes = map[string]string{
	"page.js":   "text/javascript; charset=utf-8",
	"style.css": "text/css; charset=utf-8",
	"icon.svg":  "image/svg+xml",
}

// pagePolicy lets no script run but the page's own, and that one make no HTML
// of text: answers hold text of documents and models.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'none'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

func page(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.Header().Set("Referrer-Policy", "no-referrer")
	return sendPage(w, "index.html", "text/html; charset=utf-8")
}

func pageFile(w http.ResponseWriter, r *http.Request) error {
	kind, ok := pageTypes[r.PathValue("file")]
	if !ok {
		return nothingHere(w, r)
	}
	return sendPage(w, r.PathValue("file"), kind)
}

func sendPage(w http.ResponseWriter, name, kind string) error {
	b, err := pageFS.ReadFile("page/" + name)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(b) //nolint:gosec // a file of ours; and a caller who has gone need not be told
	return nil
}
