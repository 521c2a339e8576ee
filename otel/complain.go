package otel

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/go-logr/logr"
)

// complainer returns a function that warns of what goes wrong with telemetry
// beyond what its lanes tell. What repeats itself is told once a minute. The
// function may be called concurrently.
func complainer(log *slog.Logger) func(error) {
	var (
		mu   sync.Mutex
		told = map[string]time.Time{}
	)
	return func(err error) {
		if _, told := errors.AsType[toldError](err); told {
			return
		}
		text, now := brief(err.Error()), time.Now()
		mu.Lock()
		due := now.Sub(told[text]) >= tellEvery
		if due {
			if len(told) >= 100 { // texts that differ each time
				clear(told)
			}
			told[text] = now
		}
		mu.Unlock()
		if due {
			log.Warn("telemetry", "error", text)
		}
	}
}

// sdkLog tells what the SDK writes of itself, such as of settings that it can't
// read. It would print their values, too, which may be keys.
type sdkLog struct{ log *slog.Logger }

// Init implements logr.LogSink.
func (sdkLog) Init(logr.RuntimeInfo) {}

// Enabled implements logr.LogSink.
func (sdkLog) Enabled(int) bool { return false }

// Info implements logr.LogSink.
func (sdkLog) Info(int, string, ...any) {}

// Error implements logr.LogSink.
func (s sdkLog) Error(_ error, text string, pairs ...any) {
	variable := ""
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == "environment variable" {
			variable, _ = pairs[i+1].(string)
		}
	}
	s.log.Warn("telemetry: a setting, or a part of it, does not work", "where", text, "variable", variable)
}

// WithValues implements logr.LogSink.
func (s sdkLog) WithValues(...any) logr.LogSink { return s }

// WithName implements logr.LogSink.
func (s sdkLog) WithName(string) logr.LogSink { return s }
