package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/openai/openai-go/v3/option"

	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/prices"
)

// measureCalls is a middleware that measures the calls of models elsewhere:
// attempts at the Responses API and at embeddings, streamed or not.
func measureCalls(provider string, list *prices.List) option.Middleware {
	return func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		operation := operationOf(r.URL.Path)
		if operation == "" || r.Body == nil {
			return next(r)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		var q struct {
			Model string `json:"model"`
		}
		if err := json.Unmarshal(body, &q); err != nil {
			return nil, err
		}
		c := &remoteCall{
			ModelCall: otel.ModelCall{Operation: operation, Provider: provider, Model: q.Model},
			ctx:       r.Context(), start: time.Now(), prices: list, leave: otel.StartModelCall(r.Context(), provider, q.Model),
		}
		resp, err := next(r)
		switch {
		case err != nil:
			c.end(failureOf(err), prices.Usage{})
			return resp, err
		case resp.StatusCode >= http.StatusBadRequest:
			c.end(refusalOf(resp.StatusCode), prices.Usage{})
			return resp, nil
		}
		resp.Body = &measuredBody{tailBody: tailBody{ReadCloser: resp.Body}, call: c}
		return resp, nil
	}
}

func operationOf(path string) string {
	switch {
	case strings.HasSuffix(path, "/responses"):
		return "chat"
	case strings.HasSuffix(path, "/embeddings"):
		return "embeddings"
	}
	return ""
}

// failureOf is a failed connection, in the words of the errors of our engine.
func failureOf(err error) string {
	var slow interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return "timeout"
	}
	return "provider_unavailable"
}

// refusalOf is a status of a provider, in the same words.
func refusalOf(status int) string {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return "provider_auth"
	case status == http.StatusNotFound:
		return "model_not_found"
	case status == http.StatusTooManyRequests:
		return "rate_limit_exceeded"
	case status == http.StatusRequestTimeout, status == http.StatusGatewayTimeout:
		return "timeout"
	case status >= http.StatusInternalServerError:
		return "provider_unavailable"
	}
	return "invalid_value"
}

// remoteCall is a call on its way.
type remoteCall struct {
	otel.ModelCall
	ctx    context.Context //nolint:containedctx // of the request, whose body is read later
	start  time.Time
	prices *prices.List
	leave  func()
}

func (c *remoteCall) end(failure string, u prices.Usage) {
	c.Duration, c.Error, c.Input, c.Output = time.Since(c.start), failure, u.Input, u.Output
	c.USD, _ = c.prices.Cost(c.Model, u)
	otel.RecordModelCall(c.ctx, c.ModelCall)
	c.leave()
}

// measuredBody measures a call as its answer is read.
type measuredBody struct {
	tailBody
	call *remoteCall
	done bool
}

func (b *measuredBody) Read(p []byte) (int, error) {
	n, err := b.tailBody.Read(p)
	if n > 0 && b.call.FirstChunk == 0 {
		b.call.FirstChunk = time.Since(b.call.start)
	}
	if err != nil {
		b.end(err)
	}
	return n, err
}

func (b *measuredBody) Close() error {
	b.end(context.Canceled)
	return b.tailBody.Close()
}

// end measures once. An answer that tells its usage is whole, however its reader
// left.
func (b *measuredBody) end(err error) {
	if b.done {
		return
	}
	b.done = true
	used, failure := usageAtEnd(b.tail), ""
	if used == (prices.Usage{}) && !errors.Is(err, io.EOF) {
		if failure = failureOf(err); failure == "provider_unavailable" {
			failure = "provider_error" // it broke off
		}
	}
	b.call.end(failure, used)
}
