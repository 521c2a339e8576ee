package chat

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/shared"

	"github.com/honehq/hone/openresponses"
)

// params is a turn as chat completions put it.
func (c *Completer) params(q *openresponses.Completion) (openai.ChatCompletionNewParams, error) {
	p := openai.ChatCompletionNewParams{
		Model:         q.Model,
		Messages:      messages(q.Messages),
		StreamOptions: openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)},
	}
	if n := int64(q.MaxOutputTokens); n > 0 {
		if c.openAI { // whose newer models refuse max_tokens, the only name that others know
			p.MaxCompletionTokens = openai.Int(n)
		} else {
			p.MaxTokens = openai.Int(n)
		}
	}
	if q.Temperature != nil {
		p.Temperature = openai.Float(*q.Temperature)
	}
	if q.TopP != nil {
		p.TopP = openai.Float(*q.TopP)
	}
	if err := setTools(&p, q); err != nil {
		return p, err
	}
	return p, setFormat(&p, q.Format)
}

func setTools(p *openai.ChatCompletionNewParams, q *openresponses.Completion) error {
	for _, t := range q.Tools {
		f := shared.FunctionDefinitionParam{Name: t.Name}
		if t.Description != "" {
			f.Description = openai.String(t.Description)
		}
		if t.Strict {
			f.Strict = openai.Bool(true)
		}
		if len(t.Parameters) > 0 {
			if err := json.Unmarshal(t.Parameters, &f.Parameters); err != nil {
				return fmt.Errorf("parameters of the tool %s: %w", t.Name, err)
			}
		}
		p.Tools = append(p.Tools, openai.ChatCompletionFunctionTool(f))
	}
	if len(p.Tools) == 0 { // providers refuse the rest without tools
		return nil
	}
	if !q.ParallelTools {
		p.ParallelToolCalls = openai.Bool(false)
	}
	switch q.ToolChoice {
	case "", "auto": // the default
	case "none", "required":
		p.ToolChoice.OfAuto = openai.String(q.ToolChoice)
	default:
		p.ToolChoice = openai.ToolChoiceOptionFunctionToolChoice(openai.ChatCompletionNamedToolChoiceFunctionParam{Name: q.ToolChoice})
	}
	return nil
}

func setFormat(p *openai.ChatCompletionNewParams, f *openresponses.Format) error {
	switch {
	case f == nil:
	case len(f.Schema) == 0:
		p.ResponseFormat.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
	default:
		var schema map[string]any
		if err := json.Unmarshal(f.Schema, &schema); err != nil {
			return fmt.Errorf("schema %s: %w", f.Name, err)
		}
		p.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: f.Name, Schema: schema, Strict: openai.Bool(f.Strict)},
		}
	}
	return nil
}

// messages translates messages. The system and developer messages at the
// beginning become one: many chat templates know no other place and number.
func messages(list []openresponses.Message) []openai.ChatCompletionMessageParamUnion {
	var system []string
	for len(list) > 0 && (list[0].Role == openresponses.System || list[0].Role == openresponses.Developer) {
		system = append(system, list[0].Text)
		list = list[1:]
	}
	var out []openai.ChatCompletionMessageParamUnion
	if len(system) > 0 {
		out = append(out, openai.SystemMessage(strings.Join(system, "\n\n")))
	}
	for _, m := range list {
		switch m.Role {
		case openresponses.System, openresponses.Developer:
			out = append(out, openai.SystemMessage(m.Text))
		case openresponses.User:
			out = append(out, openai.UserMessage(m.Text))
		case openresponses.ToolRole:
			out = append(out, openai.ToolMessage(m.Text, m.ToolCallID))
		case openresponses.Assistant:
			out = append(out, assistantMessage(m))
		}
	}
	return out
}

func assistantMessage(m openresponses.Message) openai.ChatCompletionMessageParamUnion {
	if len(m.ToolCalls) == 0 {
		return openai.AssistantMessage(m.Text)
	}
	a := openai.ChatCompletionAssistantMessageParam{}
	if m.Text != "" {
		a.Content.OfString = openai.String(m.Text)
	}
	for _, c := range m.ToolCalls {
		arguments := c.Arguments
		if !json.Valid([]byte(arguments)) { // providers refuse to read it back
			arguments = "{}"
		}
		a.ToolCalls = append(a.ToolCalls, openai.ChatCompletionMessageToolCallUnionParam{
			OfFunction: &openai.ChatCompletionMessageFunctionToolCallParam{
				ID:       c.ID,
				Function: openai.ChatCompletionMessageFunctionToolCallFunctionParam{Name: c.Name, Arguments: arguments},
			},
		})
	}
	return openai.ChatCompletionMessageParamUnion{OfAssistant: &a}
}
