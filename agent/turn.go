package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"

	"github.com/honehq/hone/otel"
)

// What a backend does wrong without an error of its own.
var (
	errNoAnswer = errors.New("the model gave an empty answer")
	errTooLong  = errors.New("the model's answer does not end")
)

// turn is what one model call brought.
type turn struct {
	output      []json.RawMessage // items, to be sent back with the next turn
	calls       []call            // client functions that the model wants to call
	text        string            // of the messages
	annotations []annotation
	incomplete  string // why the model stopped early, in words
}

// call is a function call of the model.
type call struct {
	ID, Name, Arguments string
}

// annotation is a file citation at a position of the text, in code points.
type annotation struct {
	fileID string
	index  int
	result string // "ITEM#INDEX" of the search result, where the engine says it
}

// turn asks the model once, streaming what it says. With a limit, in words, it
// is asked to answer from what it has.
func (r *run) turn(ctx context.Context, n int, limit string) (t turn, err error) {
	ctx, span := otel.Turn.Start(ctx, otel.TurnNumber.Int(n))
	defer func() { end(span, err) }()
	r.usage.Turns++
	live := liveText{run: r}
	r.cites.restart()
	var final *responses.Response
	ctx, called := r.startCall(ctx)
	defer func() { called(final, err) }()
	stream := r.backend.Client.Responses.NewStreaming(ctx, r.request(limit))
	defer stream.Close()
	for final == nil && stream.Next() {
		final, err = r.handle(stream.Current(), &live)
		if err != nil {
			return t, err
		}
	}
	if err := stream.Err(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return t, fmt.Errorf("model %s: %w", r.backend.Model, err)
	}
	if final == nil {
		return t, fmt.Errorf("model %s: the stream ended before the response was complete", r.backend.Model)
	}
	if err := live.flush(); err != nil {
		return t, err
	}
	r.usage.InputTokens += int(final.Usage.InputTokens)
	r.usage.OutputTokens += int(final.Usage.OutputTokens)
	return r.read(final, limit == ""), nil
}

// handle deals with one event; it returns the response once that is complete.
func (r *run) handle(e responses.ResponseStreamEventUnion, live *liveText) (*responses.Response, error) {
	switch e.Type {
	case "response.output_text.delta":
		return nil, live.text(e.Delta)
	case "response.output_text.annotation.added":
		a := e.AsResponseOutputTextAnnotationAdded().Annotation
		if a.Type != "file_citation" {
			return nil, nil
		}
		return nil, live.cite(annotation{a.FileID, int(a.Index), exactResult(a.RawJSON())})
	case "response.output_item.added":
		if e.Item.Type == "file_search_call" {
			return nil, r.emit(ToolEvent{ID: e.Item.ID, Tool: "file_search", Arguments: "{}"})
		}
	case "response.output_item.done":
		if e.Item.Type == "file_search_call" {
			return nil, r.searched(e.Item.AsFileSearchCall())
		}
	case "response.completed", "response.incomplete":
		return &e.Response, nil
	case "response.failed":
		return nil, fmt.Errorf("model %s: %w", r.backend.Model, saidError(e.Response.Error.Message))
	case "error":
		return nil, fmt.Errorf("model %s: %w", r.backend.Model, saidError(e.Message))
	}
	return nil, nil
}

// searched notes the passages of a finished search.
func (r *run) searched(c responses.ResponseFileSearchToolCall) error {
	r.usage.Searches++
	r.cites.found(c)
	arguments, err := json.Marshal(map[string][]string{"queries": c.Queries})
	if err != nil {
		return err
	}
	failed := c.Status == "failed"
	return r.emit(ToolEvent{
		ID: c.ID, Tool: "file_search", Arguments: string(arguments), Done: true, Failed: failed,
		Summary: fmt.Sprintf("%d passages", len(c.Results)),
	})
}

// read takes a complete response apart. Calls that the model was told not to
// make are left out: no later turn has an output for them.
func (r *run) read(resp *responses.Response, tools bool) turn {
	var t turn
	var text strings.Builder
	length := 0
	for _, item := range resp.Output {
		if item.Type == "function_call" && !tools {
			continue
		}
		t.output = append(t.output, json.RawMessage(item.RawJSON()))
		switch item.Type {
		case "function_call":
			c := item.AsFunctionCall()
			t.calls = append(t.calls, call{c.CallID, c.Name, c.Arguments})
		case "file_search_call":
			r.cites.found(item.AsFileSearchCall())
		case "message":
			for _, part := range item.Content {
				for _, a := range part.Annotations {
					if a.Type == "file_citation" {
						t.annotations = append(t.annotations, annotation{a.FileID, length + int(a.Index), exactResult(a.RawJSON())})
					}
				}
				said := part.Text + part.Refusal
				text.WriteString(said)
				length += len([]rune(said))
			}
		}
	}
	t.text = text.String()
	if limit := r.cfg.Limits.AnswerBytes; len(t.text) > limit {
		t.text = strings.ToValidUTF8(t.text[:limit], "")
		t.incomplete = fmt.Sprintf("it is longer than %d bytes", limit)
	}
	if resp.Status == responses.ResponseStatusIncomplete {
		t.incomplete = strings.ReplaceAll(resp.IncompleteDetails.Reason, "_", " ")
	}
	return t
}

// request is the next turn's request: everything so far, statelessly, so that
// any backend can serve it and nothing is kept there.
func (r *run) request(limit string) responses.ResponseNewParams {
	p := responses.ResponseNewParams{
		Model:             r.backend.Model,
		Store:             openai.Bool(false),
		MaxOutputTokens:   openai.Int(int64(r.cfg.Limits.OutputTokens)),
		ParallelToolCalls: openai.Bool(true),
		Include:           []responses.ResponseIncludable{"file_search_call.results"},
	}
	if r.instructions != "" {
		p.Instructions = openai.String(r.instructions)
	} else {
		p.Prompt = responses.ResponsePromptParam{ID: r.prompt.ID, Version: openai.String(strconv.Itoa(r.prompt.Version))}
		if len(r.values) > 0 {
			p.Prompt.Variables = map[string]responses.ResponsePromptVariableUnionParam{}
		}
		for name, value := range r.values {
			p.Prompt.Variables[name] = responses.ResponsePromptVariableUnionParam{OfString: openai.String(value)}
		}
	}
	for _, item := range r.items {
		p.Input.OfInputItemList = append(p.Input.OfInputItemList, rawItem(item))
	}
	if len(r.sources) > 0 {
		p.Tools = append(p.Tools, responses.ToolUnionParam{OfFileSearch: &responses.FileSearchToolParam{VectorStoreIDs: r.sources}})
	}
	for _, t := range r.cfg.Tools {
		p.Tools = append(p.Tools, functionTool(t.Definition()))
	}
	if limit != "" {
		p.Input.OfInputItemList = append(p.Input.OfInputItemList, rawItem(message("developer", limit+" Answer now from what you have.")))
		p.ToolChoice = responses.ResponseNewParamsToolChoiceUnion{OfToolChoiceMode: openai.Opt(responses.ToolChoiceOptionsNone)}
	}
	return p
}

func functionTool(d ToolDefinition) responses.ToolUnionParam {
	var schema map[string]any
	if err := json.Unmarshal(d.Parameters, &schema); err != nil {
		schema = map[string]any{"type": "object"} // a tool of ours is never so: its own tests say it
	}
	return responses.ToolUnionParam{OfFunction: &responses.FunctionToolParam{
		Name: d.Name, Description: openai.String(d.Description), Parameters: schema, Strict: openai.Bool(false),
	}}
}

func rawItem(item json.RawMessage) responses.ResponseInputItemUnionParam {
	return param.Override[responses.ResponseInputItemUnionParam](item)
}

// message makes an input message.
func message(role, text string) json.RawMessage {
	b, err := json.Marshal(struct {
		Type    string `json:"type"`
		Role    string `json:"role"`
		Content string `json:"content"`
	}{"message", role, text})
	if err != nil { // strings always marshal
		panic(err)
	}
	return b
}

// failedOver tells whether a failure is the backend's, so that the fallback may
// do better: all are but those that say that the question cannot be asked.
func failedOver(err error) bool {
	if api, ok := errors.AsType[*openai.Error](err); ok {
		return !strings.HasPrefix(api.Param, "prompt.") // the fallback has the same prompt
	}
	return true
}

// saidError is a failure in the backend's own words.
type saidError string

func (e saidError) Error() string { return string(e) }

// plain says an error for people, without a provider's request and body.
func plain(err error) string {
	if api, ok := errors.AsType[*openai.Error](err); ok {
		if api.Message != "" {
			return fmt.Sprintf("the provider answered %d: %s", api.StatusCode, api.Message)
		}
		return fmt.Sprintf("the provider answered %d", api.StatusCode)
	}
	return err.Error()
}
