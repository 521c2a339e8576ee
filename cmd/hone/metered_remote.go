package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/openai/openai-go/v3/option"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prices"
)

// hostedSearch is what a Responses API elsewhere is thought to read at most when
// it searches on its own, in tokens: what it finds is not in our request.
const hostedSearch = 100_000

// meterResponses is a middleware that holds calls of a Responses API elsewhere
// to the budget of the round that they belong to.
func meterResponses(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	meter := eval.MeterFrom(r.Context())
	if !meter.On() || r.Body == nil || !strings.HasSuffix(r.URL.Path, "/responses") {
		return next(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var q struct {
		Model  string `json:"model"`
		Output int    `json:"max_output_tokens"`
		Tools  []struct {
			Type string `json:"type"`
		} `json:"tools"`
	}
	if err := json.Unmarshal(body, &q); err != nil {
		return nil, err
	}
	most := len(body) + messageTokens
	for _, t := range q.Tools {
		if t.Type == "file_search" {
			most += hostedSearch
		}
	}
	if q.Output == 0 {
		q.Output = maxMeteredOutput
	}
	held, err := meter.Reserve(r.Context(), q.Model, most, q.Output)
	if err != nil {
		return nil, err
	}
	resp, err := next(r)
	if err != nil {
		held.Settle(prices.Usage{})
		return resp, err
	}
	resp.Body = &meteredBody{tailBody: tailBody{ReadCloser: resp.Body}, held: held}
	return resp, nil
}

// meteredBody reads the usage off the end of an answer, streamed or not.
type meteredBody struct {
	tailBody
	held *eval.Reservation
	done bool
}

// tailBody keeps the end of an answer.
type tailBody struct {
	io.ReadCloser
	tail []byte
}

// maxTail is how much of an answer's end is kept, in bytes: its last event
// repeats the whole response.
const maxTail = 4 << 20

func (b *tailBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.tail = append(b.tail, p[:n]...)
	if len(b.tail) > 2*maxTail {
		b.tail = append([]byte(nil), b.tail[len(b.tail)-maxTail:]...)
	}
	return n, err
}

func (b *meteredBody) Read(p []byte) (int, error) {
	n, err := b.tailBody.Read(p)
	if err != nil {
		b.settle()
	}
	return n, err
}

func (b *meteredBody) Close() error {
	b.settle()
	return b.ReadCloser.Close()
}

func (b *meteredBody) settle() {
	if b.done {
		return
	}
	b.done = true
	b.held.Settle(usageAtEnd(b.tail))
}

// usageAtEnd finds the last usage in an answer; zero if it has none.
func usageAtEnd(body []byte) prices.Usage {
	for end := len(body); ; {
		i := bytes.LastIndex(body[:end], []byte(`"usage"`))
		if i < 0 {
			return prices.Usage{}
		}
		end = i
		var u struct {
			Input   int `json:"input_tokens"`
			Prompt  int `json:"prompt_tokens"` // as embeddings say it
			Output  int `json:"output_tokens"`
			Details struct {
				Cached int `json:"cached_tokens"`
			} `json:"input_tokens_details"`
		}
		_, value, ok := bytes.Cut(body[i:], []byte(":"))
		if ok && json.NewDecoder(bytes.NewReader(value)).Decode(&u) == nil && u.Input+u.Prompt+u.Output > 0 {
			return prices.Usage{Input: u.Input + u.Prompt, Cached: u.Details.Cached, Output: u.Output}
		}
	}
}
