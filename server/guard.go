package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/honehq/hone/knowledge"
)

// guard lets pass who may come in: with keys, requests that bear one; without,
// those that come from this machine and not from somebody's web page. A key
// guards against foreign pages, too: no browser adds one by itself.
func (s *Server) guard(next http.Handler) http.Handler {
	if len(s.cfg.Keys) > 0 {
		return s.withKey(next)
	}
	origin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A page elsewhere could point a name of its own at 127.0.0.1 and then
		// read the documents (DNS rebinding); the host it asks for is that name.
		if !IsLoopback(r.Host) {
			s.fail(w, r, refuse(foreignHost, "", "this Hone serves this machine only; set HONE_API_KEY to serve other hosts"))
			return
		}
		if err := origin.Check(r); err != nil {
			s.fail(w, r, refuse(foreignOrigin, "", "web pages of other hosts may not send requests; set HONE_API_KEY and send it"))
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

// withKey refuses requests without a key.
func (s *Server) withKey(next http.Handler) http.Handler {
	var known [][sha256.Size]byte
	for _, k := range s.cfg.Keys {
		known = append(known, sha256.Sum256([]byte(k)))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !open(r.URL.Path) && !bears(r, known) {
			if opened(r) {
				w.Header().Set("WWW-Authenticate", `Basic realm="Hone: any user name, an API key as the password"`)
			}
			s.fail(w, r, refuse(invalidKey, "", "a valid API key is needed: send it as Authorization: Bearer KEY"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// open paths need no key: the page and the health checks show nothing.
func open(path string) bool {
	return path == "/" || path == "/healthz" || path == "/readyz" || strings.HasPrefix(path, "/page/")
}

// opened tells whether a browser may open the path by itself, by asking for the
// key as a password: the pages of rounds and traces, which can be read and nothing
// else, and a trace to download.
func opened(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	for _, root := range []string{"/rounds", "/traces", "/v1/traces"} {
		if r.URL.Path == root || strings.HasPrefix(r.URL.Path, root+"/") {
			return true
		}
	}
	return false
}

// bears compares hashes, so that neither a key's content nor its length shows
// in the time it takes.
func bears(r *http.Request, known [][sha256.Size]byte) bool {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if _, password, ok := r.BasicAuth(); ok && opened(r) {
		scheme, key = "Bearer", password
	}
	sum := sha256.Sum256([]byte(strings.TrimSpace(key)))
	match := 0
	for _, k := range known {
		match |= subtle.ConstantTimeCompare(sum[:], k[:])
	}
	return strings.EqualFold(scheme, "Bearer") && match == 1
}

// allow says what who came in may see: everything, as keys know no groups.
func allow(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowed := r.WithContext(knowledge.WithAccess(r.Context(), knowledge.Access{All: true}))
		next.ServeHTTP(w, allowed)
		r.Pattern = allowed.Pattern // by which the span is named
		if _, route, ok := strings.Cut(r.Pattern, " "); ok {
			trace.SpanFromContext(r.Context()).SetAttributes(attribute.String("http.route", route))
		}
	})
}
