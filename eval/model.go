package eval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"

	"github.com/honehq/hone/prices"
)

// model asks a language model over the Responses API for JSON.
type model struct {
	client  openai.Client
	name    string
	retries int // after the first try
}

// dialogue is one question to a model: instructions, and one JSON object as the
// user's message.
type dialogue struct {
	format       string // the name of the schema
	instructions string
	input        any
	schema       map[string]any
}

const (
	maxModelTokens = 8192
	// frameTokens is what a request may have in tokens beside its text.
	frameTokens = 512
)

// ask asks until read takes the reply, or retries are used up. read gets each
// JSON object found in the reply and returns an error if it is not as wanted.
func (m model) ask(ctx context.Context, d dialogue, read func(object json.RawMessage) error) error {
	input, err := json.Marshal(d.input)
	if err != nil {
		return fmt.Errorf("%s: %w", d.format, err)
	}
	for try := 0; ; try++ {
		err = m.once(ctx, d, string(input), read)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if errors.Is(err, errBudget) {
			return err
		}
		if try >= m.retries {
			return fmt.Errorf("%s by model %s, %d tries: %w", d.format, m.name, try+1, err)
		}
		if err := pause(ctx, time.Second<<min(try, 4)); err != nil {
			return err
		}
	}
}

func (m model) once(ctx context.Context, d dialogue, input string, read func(json.RawMessage) error) error {
	schema, err := json.Marshal(d.schema)
	if err != nil {
		return fmt.Errorf("%s: %w", d.format, err)
	}
	held, err := MeterFrom(ctx).Reserve(ctx, m.name, len(d.instructions)+len(input)+len(schema)+frameTokens, maxModelTokens)
	if err != nil {
		return err
	}
	var used prices.Usage
	defer func() { held.Settle(used) }()
	resp, err := m.client.Responses.New(unmetered(ctx), responses.ResponseNewParams{
		Model:           m.name,
		Instructions:    openai.String(d.instructions),
		Input:           responses.ResponseNewParamsInputUnion{OfString: openai.String(input)},
		Store:           openai.Bool(false),
		MaxOutputTokens: openai.Int(maxModelTokens),
		Text: responses.ResponseTextConfigParam{Format: responses.ResponseFormatTextConfigUnionParam{
			OfJSONSchema: &responses.ResponseFormatTextJSONSchemaConfigParam{
				Name: d.format, Schema: d.schema, Strict: openai.Bool(true),
			},
		}},
	})
	if err != nil {
		return explain(err)
	}
	used = prices.Usage{Input: int(resp.Usage.InputTokens), Cached: int(resp.Usage.InputTokensDetails.CachedTokens), Output: int(resp.Usage.OutputTokens)}
	return readObject(resp.OutputText(), read)
}

// explain says an API's error without the request and the body, which may
// quote the case.
func explain(err error) error {
	if api, ok := errors.AsType[*openai.Error](err); ok {
		return fmt.Errorf("the provider answered %d", api.StatusCode)
	}
	return err
}

// readObject finds the reply in a text that may have words or a code fence
// around it: the first JSON object that read takes.
func readObject(text string, read func(json.RawMessage) error) error {
	last := errors.New("the reply holds no JSON object")
	for start, tries := 0, 0; tries < 20; tries++ {
		i := strings.IndexByte(text[start:], '{')
		if i < 0 {
			break
		}
		start += i
		d := json.NewDecoder(strings.NewReader(text[start:]))
		var object json.RawMessage
		if err := d.Decode(&object); err != nil {
			start++
			continue
		}
		err := read(object)
		if err == nil {
			return nil
		}
		last = err
		start += int(d.InputOffset())
	}
	return last
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// object is the schema of a JSON object with these properties, all required,
// which is what strict schemas ask for.
func object(properties map[string]any, required ...string) map[string]any {
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func ofType(name string) map[string]any { return map[string]any{"type": name} }
