package main

import (
	"net/http"
	"runtime"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/internal/courtesy"
)

// patience is how long an answer of a round waits at most for people's
// questions to be answered, so that rounds go on while people never stop asking.
const patience = time.Second

// courteous is the configuration of rounds in a process that serves people.
// Where answers are this machine's own work, a round leaves half of it free, and
// begins no answer while a question is being answered. Where a provider makes
// them, waiting for it costs nobody anything.
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
