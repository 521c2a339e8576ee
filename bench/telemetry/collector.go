package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
)

// collector takes what comes over OTLP and throws it away, as cheaply as can be:
// a real one works on another machine.
type collector struct {
	exports, bytes atomic.Int64
	server         *httptest.Server
}

func (c *collector) start() (url string) {
	c.server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err == nil {
			c.exports.Add(1)
			c.bytes.Add(n)
		}
	}))
	return c.server.URL
}

func (c *collector) stop() { c.server.Close() }
