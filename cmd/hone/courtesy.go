package main

import (
	"net/http"
	"runtime"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/internal/courtesy"
)

// A round whose answers are this machine's own work makes none until no question
// has been asked for quiet, but at least one in patience, so that it goes on
// while people never stop asking: then so few questions meet one of its answers
// that 95 in a hundred take no longer than without a round.
const (
	quiet    = 250 * time.Millisecond
	patience = 3 * time.Second
)

// courteous is the configuration of rounds in a process that serves people.
// Where answers are this machine's own work, a round leaves half of it free, and
// waits while people ask. Where a provider makes them, waiting for it costs
// nobody anything.
func (u *unit) courteous(c eval.ImproverConfig) eval.ImproverConfig {
	if u.door != nil && u.settings.Model == offlineModel && u.settings.Backend != "remote" {
		c.Yield, c.Parallel = u.door.Wait, max(1, runtime.GOMAXPROCS(0)/2)
	}
	return c
}

// counting counts questions in while they are answered.
func counting(door *courtesy.Door, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && (r.URL.Path == "/v1/ask" || r.URL.Path == "/v1/responses") {
			defer door.Enter()()
		}
		next.ServeHTTP(w, r)
	})
}
