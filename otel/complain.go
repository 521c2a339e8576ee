package otel

import (
	"errors"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/go-logr/logr"

	"github.com/honehq/hone/internal/seldom"
)

// complainer returns a function that warns of what goes wrong with telemetry
// beyond what its lanes tell. What repeats itself is told once a minute. The
// function may be called concurrently.
func complainer(log *slog.Logger) func(error) {
	teller := seldom.New(tellEvery)
	return func(err error) {
		if _, told := errors.AsType[toldError](err); told {
			return
		}
		text := inLog(err)
		if _, due := teller.Due(text); due {
			log.Warn("telemetry", "error", text)
		}
	}
}

// unread is how the SDK tells of a setting that it can't read.
var unread = regexp.MustCompile(`(?s)^(.*invalid OTEL_\w+ value) .*$`)

// inLog is an error as the log may have it: without keys, of which the SDK
// quotes those that it can't read and a collector those that it was sent, and
// short, since a collector may have written it.
func inLog(err error) string {
	text := unread.ReplaceAllString(err.Error(), "$1")
	for _, signal := range []string{"", "TRACES_", "METRICS_", "LOGS_"} {
		for _, header := range list("OTEL_EXPORTER_OTLP_" + signal + "HEADERS") {
			_, value, _ := strings.Cut(header, "=")
			plain, err := url.PathUnescape(value)
			for _, secret := range []string{value, plain} {
				if secret = strings.TrimSpace(secret); err == nil && secret != "" {
					text = strings.ReplaceAll(text, secret, "…")
				}
			}
		}
	}
	const most = 300
	if len(text) <= most {
		return text
	}
	end := most
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
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
