package openresponses

import (
	"maps"
	"slices"
	"time"

	"github.com/honehq/hone/internal/id"
)

// response is the response object. All keys are always there; pointers and
// slices without omitempty become null where they may.
type response struct {
	ID                 string             `json:"id"`
	Object             string             `json:"object"` // "response"
	CreatedAt          int64              `json:"created_at"`
	CompletedAt        *int64             `json:"completed_at"`
	Status             string             `json:"status"`
	IncompleteDetails  *incompleteDetails `json:"incomplete_details"`
	Model              string             `json:"model"`
	PreviousResponseID *string            `json:"previous_response_id"`
	Conversation       *conversationRef   `json:"conversation,omitempty"`
	Prompt             *promptEcho        `json:"prompt,omitempty"`
	Instructions       *string            `json:"instructions"`
	Output             []item             `json:"output"`
	Error              *responseError     `json:"error"`
	Tools              []tool             `json:"tools"`
	ToolChoice         toolChoice         `json:"tool_choice"`
	Truncation         string             `json:"truncation"`
	ParallelToolCalls  bool               `json:"parallel_tool_calls"`
	Text               textField          `json:"text"`
	TopP               float64            `json:"top_p"`
	PresencePenalty    float64            `json:"presence_penalty"`
	FrequencyPenalty   float64            `json:"frequency_penalty"`
	TopLogprobs        int                `json:"top_logprobs"`
	Temperature        float64            `json:"temperature"`
	Reasoning          *reasoning         `json:"reasoning"`
	Usage              *usage             `json:"usage"`
	MaxOutputTokens    *int               `json:"max_output_tokens"`
	MaxToolCalls       *int               `json:"max_tool_calls"`
	Store              bool               `json:"store"`
	Background         bool               `json:"background"`
	ServiceTier        string             `json:"service_tier"`
	Metadata           map[string]string  `json:"metadata"`
	User               string             `json:"user,omitempty"`
	SafetyIdentifier   *string            `json:"safety_identifier"`
	PromptCacheKey     *string            `json:"prompt_cache_key"`
}

type incompleteDetails struct {
	Reason string `json:"reason"` // "max_output_tokens" or "content_filter"
}

type conversationRef struct {
	ID string `json:"id"`
}

type responseError struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

type usage struct {
	InputTokens        int                `json:"input_tokens"`
	InputTokensDetails inputTokensDetails `json:"input_tokens_details"`
	OutputTokens       int                `json:"output_tokens"`
	OutputDetails      outputDetails      `json:"output_tokens_details"`
	TotalTokens        int                `json:"total_tokens"`
}

type inputTokensDetails struct {
	CachedTokens int `json:"cached_tokens"`
}

type outputDetails struct {
	ReasoningTokens int `json:"reasoning_tokens"`
}

func newResponse(q *request, stored bool) *response {
	r := &response{
		ID: id.New("resp_"), Object: "response", CreatedAt: time.Now().Unix(), Status: inProgress,
		Model: q.Model, Instructions: q.Instructions, Output: []item{}, Tools: q.tools, ToolChoice: q.choice,
		Truncation: or(q.Truncation, "disabled"), ParallelToolCalls: deref(q.ParallelToolCalls, true), Text: q.text,
		TopP: deref(q.TopP, 1), PresencePenalty: deref(q.PresencePenalty, 0), FrequencyPenalty: deref(q.FrequencyPenalty, 0),
		TopLogprobs: deref(q.TopLogprobs, 0), Temperature: deref(q.Temperature, 1), Reasoning: q.Reasoning,
		MaxOutputTokens: q.MaxOutputTokens, MaxToolCalls: q.MaxToolCalls, Store: stored, ServiceTier: "default",
		Metadata: maps.Clone(q.Metadata), User: q.User, SafetyIdentifier: q.SafetyIdentifier, PromptCacheKey: q.PromptCacheKey,
	}
	if r.Metadata == nil {
		r.Metadata = map[string]string{}
	}
	if q.PreviousResponseID != "" {
		r.PreviousResponseID = &q.PreviousResponseID
	}
	if q.conversation != "" {
		r.Conversation = &conversationRef{ID: q.conversation}
	}
	return r
}

// snapshot is what a client sees of r now: a copy that later changes don't
// touch, with search results only where it asked for them.
func (r *response) snapshot(results bool) *response {
	c := *r
	c.Output = make([]item, len(r.Output))
	for i, it := range r.Output {
		c.Output[i] = view(it, results)
	}
	return &c
}

// view is an item as a client sees it, a copy.
func view(it item, results bool) item {
	switch it := it.(type) {
	case *messageItem:
		c := *it
		c.Content = slices.Clone(it.Content)
		for i, p := range c.Content {
			if out, ok := p.(*outputText); ok {
				o := *out
				o.Annotations = append([]annotation{}, out.Annotations...)
				c.Content[i] = &o
			}
		}
		return &c
	case *functionCallItem:
		c := *it
		return &c
	case *fileSearchCallItem:
		c := *it
		if !results {
			c.Results = nil
		}
		return &c
	}
	return it
}

func (u *usage) add(v Usage) {
	u.InputTokens += v.InputTokens
	u.InputTokensDetails.CachedTokens += v.CachedTokens
	u.OutputTokens += v.OutputTokens
	u.TotalTokens = u.InputTokens + u.OutputTokens
}

func or(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

func deref[T any](p *T, def T) T {
	if p == nil {
		return def
	}
	return *p
}
