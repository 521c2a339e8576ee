package chat

import (
	"github.com/openai/openai-go/v3"

	"github.com/honehq/hone/openresponses"
)

// answer puts a stream of chunks together as it comes.
type answer struct {
	model  string
	calls  map[int64]*toolCall // by the provider's index
	count  int
	ended  bool // a finish reason came
	finish openresponses.Finish
}

type toolCall struct {
	index int // ours
	id    string
	named bool
	held  string // arguments that came before the name
}

// take returns what a chunk adds. Only the first choice counts; chunks without
// any carry the usage.
func (a *answer) take(chunk openai.ChatCompletionChunk) []openresponses.Delta {
	if chunk.Model != "" {
		a.model = chunk.Model
	}
	if u := chunk.Usage; u.TotalTokens > 0 || u.PromptTokens > 0 {
		a.finish.Usage = openresponses.Usage{
			InputTokens: int(u.PromptTokens), CachedTokens: int(u.PromptTokensDetails.CachedTokens), OutputTokens: int(u.CompletionTokens),
		}
	}
	var deltas []openresponses.Delta
	for _, choice := range chunk.Choices {
		if choice.Index != 0 {
			continue
		}
		if text := choice.Delta.Content + choice.Delta.Refusal; text != "" {
			deltas = append(deltas, openresponses.TextDelta{Text: text})
		}
		for _, c := range choice.Delta.ToolCalls {
			if d, ok := a.call(c); ok {
				deltas = append(deltas, d)
			}
		}
		if choice.FinishReason != "" {
			a.ended, a.finish.Reason = true, reason(choice.FinishReason)
		}
	}
	return deltas
}

// call adds a piece of a tool call; false until its name is known. Some
// providers give every call the index 0: another ID means another call.
func (a *answer) call(c openai.ChatCompletionChunkChoiceDeltaToolCall) (openresponses.ToolCallDelta, bool) {
	t := a.calls[c.Index]
	if t == nil || c.ID != "" && t.id != "" && c.ID != t.id {
		t = &toolCall{index: a.count, id: c.ID}
		a.calls[c.Index] = t
		a.count++
	}
	if t.named {
		return openresponses.ToolCallDelta{Index: t.index, Arguments: c.Function.Arguments}, c.Function.Arguments != ""
	}
	t.id = or(t.id, c.ID)
	t.held += c.Function.Arguments
	if c.Function.Name == "" {
		return openresponses.ToolCallDelta{}, false
	}
	t.named = true
	return openresponses.ToolCallDelta{Index: t.index, ID: t.id, Name: c.Function.Name, Arguments: t.held}, true
}

// rest ends the answer.
func (a *answer) rest() []openresponses.Delta {
	a.finish.Model = a.model
	return []openresponses.Delta{a.finish}
}

func reason(s string) openresponses.FinishReason {
	switch s {
	case "length", "max_tokens":
		return openresponses.FinishLength
	case "tool_calls", "function_call":
		return openresponses.FinishTools
	case "content_filter":
		return openresponses.FinishFilter
	}
	return openresponses.FinishStop
}
