package otel

import (
	"log/slog"
	"sync"
	"time"
)

// complainer returns a function that warns of what goes wrong with telemetry.
// What repeats itself, such as a collector that is down, is told once a minute.
// The function may be called concurrently.
func complainer(log *slog.Logger) func(error) {
	var (
		mu       sync.Mutex
		last     string
		at       time.Time
		repeated int
	)
	return func(err error) {
		mu.Lock()
		defer mu.Unlock()
		text, now := err.Error(), time.Now()
		if text == last && now.Sub(at) < time.Minute {
			repeated++
			return
		}
		if repeated > 0 {
			log.Warn("telemetry", "error", text, "repeated_before", repeated)
		} else {
			log.Warn("telemetry", "error", text)
		}
		last, at, repeated = text, now, 0
	}
}
