package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/honehq/hone/server"
)

func TestPagesOfRounds(t *testing.T) {
	w := newWorld(t, redis, nil)
	w.evaluations(t)
	for path, want := range map[string]string{
		"/rounds":                        `href="/rounds/rnd_1"`,
		"/rounds?agent=other":            "No rounds yet",
		"/rounds/rnd_1":                  "Better by 0.1.",
		"/v1/rounds/rnd_1/certificate":   `"format"`,
		"/v1/rounds/rnd_404/certificate": `there is no round \"rnd_404\"`,
		"/rounds/rnd_404":                `there is no round \"rnd_404\"`,
		"/rounds?agnet=x":                "agnet",
	} {
		res, body := w.send(t, "GET "+path)
		if !strings.Contains(body, want) || strings.Contains(body, "SECRET") {
			t.Errorf("%s: %s\n%s lacks %s", path, res.Status, body, want)
		}
		if policy := res.Header.Get("Content-Security-Policy"); strings.HasPrefix(path, "/rounds") && res.StatusCode == http.StatusOK && !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s has the policy %q", path, policy)
		}
	}
}

// TestABrowserMayOpenThePagesOfRoundsWithAKey: by asking for it as a password,
// which opens nothing else.
func TestABrowserMayOpenThePagesOfRoundsWithAKey(t *testing.T) {
	const key = "a-key-of-some-length"
	w := newWorld(t, redis, func(c *server.Config) { c.Keys = []string{key} })
	w.evaluations(t)
	send := func(method, path, password string) *http.Response {
		r := w.request(t, method+" "+path+"\n\n"+`{"question":"How?"}`)
		if password != "" {
			r.SetBasicAuth("anyone", password)
		}
		res, _ := do(t, r)
		return res
	}
	if res := send("GET", "/rounds/rnd_1", ""); res.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(res.Header.Get("WWW-Authenticate"), "Basic ") {
		t.Errorf("without a key: %s, %v", res.Status, res.Header)
	}
	for _, c := range []struct {
		method, path, password string
		status                 int
	}{
		{"GET", "/rounds", key, http.StatusOK},
		{"GET", "/rounds/rnd_1", key, http.StatusOK},
		{"GET", "/rounds", "another-key-of-some-length", http.StatusUnauthorized},
		{"GET", "/v1/runs", key, http.StatusUnauthorized},
		{"POST", "/v1/ask", key, http.StatusUnauthorized},
		{"POST", "/rounds", key, http.StatusUnauthorized},
	} {
		if res := send(c.method, c.path, c.password); res.StatusCode != c.status {
			t.Errorf("%s %s: %s, not %d", c.method, c.path, res.Status, c.status)
		}
	}
}
