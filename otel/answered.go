package otel

import (
	"cmp"
	"slices"
	"strings"
)

// AnswerOf tells whether a span stands for an answer, and which: it names a run,
// or a response of the OpenAI-compatible API. A model's own response, which has
// an ID of its provider's, is none.
func AnswerOf(s Span) (Answered, bool) {
	id := text(s, "hone.run.id")
	if response := text(s, "gen_ai.response.id"); id == "" && strings.HasPrefix(response, "resp_") {
		id = response
	}
	if id == "" {
		return Answered{}, false
	}
	a := Answered{
		ID: id, SpanID: s.SpanID, Agent: text(s, "gen_ai.agent.name"), Thread: text(s, "gen_ai.conversation.id"),
		Origin: text(s, "hone.origin"), Status: text(s, "hone.status"), PromptID: text(s, "hone.prompt.id"),
		Model: text(s, "gen_ai.request.model"), Start: s.Start, End: s.End,
	}
	a.PromptVersion, _ = number(s, "hone.prompt.version")
	a.InputTokens, _ = number(s, "gen_ai.usage.input_tokens")
	a.OutputTokens, _ = number(s, "gen_ai.usage.output_tokens")
	return a, true
}

// AnswersOf are the answers of a trace, by start: the first holds those that it
// needed.
func AnswersOf(spans []Span) []Answered {
	var list []Answered
	for _, s := range spans {
		if a, ok := AnswerOf(s); ok {
			list = append(list, a)
		}
	}
	slices.SortStableFunc(list, func(x, y Answered) int {
		return cmp.Or(x.Start.Compare(y.Start), y.End.Compare(x.End))
	})
	return list
}
