package server_test

import (
	"net/http"
	"testing"

	"github.com/honehq/hone/server"
)

func TestIsLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST:8484": true, "127.0.0.1": true, "127.0.0.1:8484": true, "127.9.9.9:1": true,
		"::1": true, "[::1]": true, "[::1]:8484": true, "[::ffff:127.0.0.1]:1": true,
		"": false, ":8484": false, "example.com": false, "localhost.example.com": false, "127.0.0.1.nip.io:8484": false,
		"0.0.0.0:8484": false, "[::]:8484": false, "10.0.0.1": false, "localhost@example.com": false, "example.com:127.0.0.1": false,
		"2130706433": false, "0x7f.1": false, "[fe80::1%25lo]:1": false, "localhost.": false, "user:localhost": false,
	} {
		if got := server.IsLoopback(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}

// Without keys, only this machine's own pages and programs come in.
func TestForeignPages(t *testing.T) {
	const q = "\n\n{\"question\":\"q\"}"
	for name, c := range map[string]struct {
		request string
		open    int // without keys
		keyed   int // with one
	}{
		"a program":                     {"POST /v1/ask" + q, 200, 200},
		"our page":                      {"POST /v1/ask\nSec-Fetch-Site: same-origin" + q, 200, 200},
		"typed by hand":                 {"GET /v1/runs\nSec-Fetch-Site: none", 200, 200},
		"a foreign page":                {"POST /v1/ask\nSec-Fetch-Site: cross-site\nOrigin: https://attacker.example" + q, 403, 200},
		"a page on another port":        {"POST /v1/ask\nSec-Fetch-Site: same-site\nOrigin: http://localhost:3000" + q, 403, 200},
		"a foreign page, old browser":   {"POST /v1/ask\nOrigin: https://attacker.example" + q, 403, 200},
		"a file, old browser":           {"POST /v1/ask\nOrigin: null" + q, 403, 200},
		"a form without preflight":      {"POST /v1/ask\nSec-Fetch-Site: cross-site\nContent-Type: text/plain" + q, 403, 200},
		"feedback from a foreign page":  {"POST /v1/runs/run_2/feedback\nSec-Fetch-Site: cross-site\n\n{\"rating\":\"up\"}", 403, 404},
		"deletion from a foreign page":  {"DELETE /v1/files/file-none\nSec-Fetch-Site: cross-site", 403, 404},
		"a name that points here":       {"GET /v1/runs\nHost: attacker.example:8484", 403, 200},
		"a name that points here, page": {"GET /\nHost: attacker.example", 403, 200},
		"a name that points here, API":  {"GET /v1/models\nHost: attacker.example", 403, 200},
		"the name in another header":    {"GET /v1/runs\nX-Forwarded-Host: localhost\nHost: attacker.example", 403, 200},
		"our own name":                  {"GET /v1/runs\nHost: localhost:1", 200, 200},
	} {
		t.Run(name, func(t *testing.T) {
			res, body := newWorld(t, redis, nil).send(t, c.request)
			if res.StatusCode != c.open {
				t.Errorf("without keys: got %d, want %d: %s", res.StatusCode, c.open, body)
			}
			if c.open == http.StatusForbidden {
				refused(t, res, body)
			}
			w := newWorld(t, redis, func(c *server.Config) { c.Keys = []string{"key"} })
			r := w.request(t, c.request)
			r.Header.Set("Authorization", "Bearer key")
			if res, body := do(t, r); res.StatusCode != c.keyed {
				t.Errorf("with a key: got %d, want %d: %s", res.StatusCode, c.keyed, body)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	w := newWorld(t, nil, func(c *server.Config) { c.Keys = []string{"first-key", "other-key"} })
	for header, want := range map[string]int{
		"Bearer first-key": 200, "bearer other-key": 200, "BEARER  first-key ": 200,
		"": 401, "Bearer": 401, "Bearer ": 401, "first-key": 401, "Basic first-key": 401, "Bearer first-ke": 401,
		"Bearer first-keyy": 401, "Bearer FIRST-KEY": 401, "Bearer first-key,other-key": 401, "Bearer first-key other-key": 401,
	} {
		r := w.request(t, "GET /v1/runs")
		r.Header.Set("Authorization", header)
		res, body := do(t, r)
		if res.StatusCode != want {
			t.Errorf("%q: %d", header, res.StatusCode)
		}
		if want == 401 {
			if refused(t, res, body); res.Header.Get("WWW-Authenticate") == "" {
				t.Error("it doesn't say how")
			}
		}
	}
	r := w.request(t, "GET /v1/runs?key=first-key") // keys in addresses end up in logs
	if res, _ := do(t, r); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a key in the address: %d", res.StatusCode)
	}
}
