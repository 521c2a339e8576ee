package openresponses

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/honehq/hone/knowledge"
)

// createBody is the body of POST /v1/responses as it comes. Null means absent.
type createBody struct {
	Model              string            `json:"model"`
	Input              json.RawMessage   `json:"input"`
	Instructions       *string           `json:"instructions"`
	Prompt             *promptRef        `json:"prompt"`
	PreviousResponseID string            `json:"previous_response_id"`
	Conversation       json.RawMessage   `json:"conversation"`
	Tools              []json.RawMessage `json:"tools"`
	ToolChoice         json.RawMessage   `json:"tool_choice"`
	ParallelToolCalls  *bool             `json:"parallel_tool_calls"`
	MaxToolCalls       *int              `json:"max_tool_calls"`
	MaxOutputTokens    *int              `json:"max_output_tokens"`
	Temperature        *float64          `json:"temperature"`
	TopP               *float64          `json:"top_p"`
	PresencePenalty    *float64          `json:"presence_penalty"`
	FrequencyPenalty   *float64          `json:"frequency_penalty"`
	TopLogprobs        *int              `json:"top_logprobs"`
	Text               *textBody         `json:"text"`
	Reasoning          *reasoning        `json:"reasoning"`
	Truncation         string            `json:"truncation"`
	ServiceTier        string            `json:"service_tier"`
	Include            []string          `json:"include"`
	Metadata           map[string]string `json:"metadata"`
	Store              *bool             `json:"store"`
	Stream             bool              `json:"stream"`
	Background         bool              `json:"background"`
	User               string            `json:"user"`
	SafetyIdentifier   *string           `json:"safety_identifier"`
	PromptCacheKey     *string           `json:"prompt_cache_key"`
}

// request is a checked createBody.
type request struct {
	createBody
	input        []item
	earlier      []item // of the turns before, once they are read
	conversation string
	tools        []tool
	choice       toolChoice
	format       *Format
	text         textField
	results      bool // include file_search_call.results
	access       knowledge.Access
}

type reasoning struct {
	Effort  *string `json:"effort"`
	Summary *string `json:"summary"`
}

// includes are the values that OpenAI knows; of these only
// file_search_call.results concerns what this engine makes.
var includes = []string{
	"file_search_call.results", "web_search_call.results", "web_search_call.action.sources",
	"message.input_image.image_url", "computer_call_output.output.image_url",
	"code_interpreter_call.outputs", "reasoning.encrypted_content", "message.output_text.logprobs",
}

func (b createBody) check() (*request, error) {
	q := &request{createBody: b}
	for _, step := range []func() error{
		q.checkModel, q.checkInput, q.checkState, q.checkTools, q.checkNumbers, q.checkText, q.checkRest,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (q *request) checkModel() error {
	if q.Model == "" {
		return missing("model")
	}
	return nil
}

func (q *request) checkInput() error {
	if absent(q.Input) {
		if q.Prompt == nil && q.PreviousResponseID == "" && absent(q.Conversation) {
			return missing("input")
		}
		return nil
	}
	if isString(q.Input) {
		var s string
		if err := decode(q.Input, &s, "input"); err != nil {
			return err
		}
		q.input = []item{&messageItem{
			Type: inputMessage, Status: completed, Role: User,
			Content: []part{&plainText{Type: "input_text", Text: s}},
		}}
		return nil
	}
	var raws []json.RawMessage
	if err := decode(q.Input, &raws, "input"); err != nil {
		return err
	}
	items, err := decodeItems(raws, "input")
	q.input = items
	return err
}

// checkState checks where the earlier turns come from.
func (q *request) checkState() error {
	if !absent(q.Conversation) {
		if err := q.decodeConversation(); err != nil {
			return err
		}
		if q.PreviousResponseID != "" {
			return invalid("previous_response_id", "'previous_response_id' and 'conversation' exclude each other.")
		}
	}
	if q.Background {
		return unsupported("background", "Background responses are not supported.")
	}
	return q.Prompt.check()
}

func (q *request) decodeConversation() error {
	if isString(q.Conversation) {
		return decode(q.Conversation, &q.conversation, "conversation")
	}
	var c struct {
		ID string `json:"id"`
	}
	if err := decode(q.Conversation, &c, "conversation"); err != nil {
		return err
	}
	if c.ID == "" {
		return missing("conversation.id")
	}
	q.conversation = c.ID
	return nil
}

func (q *request) checkTools() (err error) {
	if q.tools, err = decodeTools(q.Tools); err != nil {
		return err
	}
	q.choice, err = decodeToolChoice(q.ToolChoice, q.tools)
	return err
}

func (q *request) checkNumbers() error {
	for _, err := range []error{
		checkRange("max_tool_calls", q.MaxToolCalls, 1, 1<<30),
		checkRange("max_output_tokens", q.MaxOutputTokens, 1, 1<<30),
		checkRange("top_logprobs", q.TopLogprobs, 0, 20),
		checkRange("temperature", q.Temperature, 0, 2),
		checkRange("top_p", q.TopP, 0, 1),
		checkRange("presence_penalty", q.PresencePenalty, -2, 2),
		checkRange("frequency_penalty", q.FrequencyPenalty, -2, 2),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func (q *request) checkText() (err error) {
	q.text, q.format, err = q.Text.check()
	return err
}

func (q *request) checkRest() error {
	for i, v := range q.Include {
		if err := checkEnum(at("include", i), v, includes...); err != nil {
			return err
		}
		q.results = q.results || v == includes[0]
	}
	if err := checkEnum("truncation", q.Truncation, "auto", "disabled"); err != nil {
		return err
	}
	if err := checkEnum("service_tier", q.ServiceTier, "auto", "default", "flex", "scale", "priority"); err != nil {
		return err
	}
	if r := q.Reasoning; r != nil && r.Effort != nil {
		if err := checkEnum("reasoning.effort", *r.Effort, "none", "minimal", "low", "medium", "high", "xhigh"); err != nil {
			return err
		}
	}
	for param, v := range map[string]*string{"safety_identifier": q.SafetyIdentifier, "prompt_cache_key": q.PromptCacheKey} {
		if v != nil && utf8.RuneCountInString(*v) > 64 {
			return invalid(param, "Invalid '%s': more than 64 characters.", param)
		}
	}
	return checkMetadata(q.Metadata)
}

func (q *request) fileSearch() *fileSearchTool {
	for _, t := range q.tools {
		if f, ok := t.(*fileSearchTool); ok {
			return f
		}
	}
	return nil
}

// stored tells whether the client wants the response to be kept, as it does
// unless it says otherwise.
func (q *request) stored() bool { return q.Store == nil || *q.Store }

func includesResults(values []string) bool {
	for _, v := range values {
		for one := range strings.SplitSeq(v, ",") {
			if one == includes[0] {
				return true
			}
		}
	}
	return false
}
