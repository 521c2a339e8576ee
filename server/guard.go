package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/honehq/hone/knowledge"
)

// local refuses requests for hosts other than this machine where no key
// protects the server: a web page elsewhere could otherwise point a name of its
// own at 127.0.0.1 and read the documents (DNS rebinding).
func (s *Server) local(next http.Handler) http.Handler {
	if len(s.cfg.Keys) > 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !IsLoopback(r.Host) {
			s.fail(w, r, errHost)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// IsLoopback tells whether a host, or host:port, is this machine's own.
func IsLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// authorize lets requests with a key pass, and says what they may see. The page
// and the health checks need no key: they show nothing.
func (s *Server) authorize(next http.Handler) http.Handler {
	var known [][sha256.Size]byte
	for _, k := range s.cfg.Keys {
		known = append(known, sha256.Sum256([]byte(k)))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(known) > 0 && !open(r.URL.Path) && !bears(r, known) {
			s.fail(w, r, errNoKey)
			return
		}
		next.ServeHTTP(w, r.WithContext(knowledge.WithAccess(r.Context(), knowledge.Access{All: true})))
	})
}

func open(path string) bool {
	return path == "/" || path == "/healthz" || path == "/readyz" || strings.HasPrefix(path, "/page/")
}

// bears compares hashes, so that neither a key's content nor its length shows
// in the time it takes.
func bears(r *http.Request, known [][sha256.Size]byte) bool {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	sum := sha256.Sum256([]byte(strings.TrimSpace(key)))
	match := 0
	for _, k := range known {
		match |= subtle.ConstantTimeCompare(sum[:], k[:])
	}
	return ok && match == 1
}

// traceID names the trace in the response, so that a caller can look it up.
func traceID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sc := trace.SpanContextFromContext(r.Context()); sc.HasTraceID() {
			w.Header().Set("X-Trace-Id", sc.TraceID().String())
		}
		next.ServeHTTP(w, r)
	})
}
