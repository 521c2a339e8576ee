package otel

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
)

// pipes are where telemetry goes: what makes exporters has it from here.
type pipes struct {
	*lanes
	console io.Writer
	spans   SpanStore // nil: not available
	keep    Retention
	kept    []queue // what was made for spans
}

// made notes a processor that was made for an exporter.
func (p *pipes) made(name string, q queue) {
	if name == "sqlite" {
		p.kept = append(p.kept, q)
	}
}

// eachOf makes something for each exporter of a signal. A name for which build
// gives nil is left out.
func eachOf[T comparable](names []string, build func(name string) (T, error)) ([]T, error) {
	var all []T
	for _, name := range names {
		made, err := build(name)
		if err != nil {
			return all, fmt.Errorf("telemetry: %s: %w", name, err)
		}
		var none T
		if made != none {
			all = append(all, made)
		}
	}
	return all, nil
}

// How many items may wait for an exporter: as many as a second of a busy server
// makes. The SDK allocates the whole queue of log records at once, of which each
// collection of garbage takes its toll.
const (
	spanQueue = 8192
	logQueue  = 1024
)

// queueSize is a standard variable's number, or what we think right.
func queueSize(variable string, ours int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil && n > 0 {
		return n
	}
	return ours
}

var errRedirected = errors.New("the collector redirects to another place, which is not followed")

// proxy is http.ProxyFromEnvironment for the exporters, and where they are kept
// from following a redirect: the request after it asks for a proxy, too. The
// page that one leads to would look like success, and could lie anywhere.
func proxy(r *http.Request) (*url.URL, error) {
	if r.Response != nil { // the one that redirects
		return nil, errRedirected
	}
	return http.ProxyFromEnvironment(r)
}

// oneAtATime lets several exporters write to one place.
type oneAtATime struct {
	mu sync.Mutex
	w  io.Writer
}

// Write implements io.Writer.
func (o *oneAtATime) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(p)
}
