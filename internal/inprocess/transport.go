// Package inprocess lets an HTTP client talk to an http.Handler of the same
// process without a socket.
package inprocess

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// Transport is an http.RoundTripper that calls Handler. Responses stream: the
// client reads while the handler writes, each write waiting for its reader.
// Cancelling the request's context, or closing the response's body, cancels the
// handler's context; values of the context (spans, access) reach the handler.
type Transport struct {
	Handler http.Handler
}

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	in := req.Clone(ctx)
	in.RequestURI = req.URL.RequestURI()
	in.RemoteAddr = "inprocess"
	in.Proto, in.ProtoMajor, in.ProtoMinor = "HTTP/1.1", 1, 1
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	body, pipe := io.Pipe()
	w := &responseWriter{header: http.Header{}, pipe: pipe, started: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer in.Body.Close()
		err := serve(t.Handler, w, in)
		if err == nil {
			err = context.Cause(ctx) // what was written may be incomplete
		}
		w.start(http.StatusOK) // a handler that wrote nothing said 200
		pipe.CloseWithError(err)
	}()
	select {
	case <-w.started:
	case <-ctx.Done():
		cancel()
		body.CloseWithError(ctx.Err())
		return nil, context.Cause(req.Context())
	}
	stop := context.AfterFunc(ctx, func() { pipe.CloseWithError(context.Cause(ctx)) })
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: &responseBody{body, cancel, stop, done},
		ContentLength: -1, Request: req,
	}, nil
}

// serve runs the handler and turns a panic into an error of the response's body.
func serve(h http.Handler, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if e, ok := p.(error); ok && errors.Is(e, http.ErrAbortHandler) {
				err = io.ErrUnexpectedEOF
				return
			}
			err = fmt.Errorf("the handler panicked: %v", p)
		}
	}()
	h.ServeHTTP(w, r)
	return nil
}

// responseWriter hands what the handler writes to the client. Like net/http's,
// it belongs to the handler's goroutine.
type responseWriter struct {
	header  http.Header
	sent    http.Header // as it was when the response began
	status  int
	once    sync.Once
	started chan struct{}
	pipe    *io.PipeWriter
}

func (w *responseWriter) Header() http.Header { return w.header }

func (w *responseWriter) WriteHeader(status int) {
	if status >= 200 { // informational responses have no use here
		w.start(status)
	}
}

func (w *responseWriter) Write(b []byte) (int, error) {
	w.start(http.StatusOK)
	if len(b) == 0 {
		return 0, nil
	}
	return w.pipe.Write(b)
}

// Flush implements http.Flusher: what was written has been read already.
func (w *responseWriter) Flush() { w.start(http.StatusOK) }

func (w *responseWriter) start(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.started)
	})
}

// responseBody ends the handler when it is closed.
type responseBody struct {
	*io.PipeReader
	cancel context.CancelFunc
	stop   func() bool // stops watching the context
	done   chan struct{}
}

// Close cancels the handler and waits until it has returned.
func (b *responseBody) Close() error {
	b.stop()
	err := b.PipeReader.Close()
	b.cancel()
	<-b.done
	return err
}
