package offline

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/honehq/hone/openresponses"
)

// charsPerToken is the usual estimate for English text.
const charsPerToken = 4

// stream yields a turn, bounded by MaxOutputTokens, and its Finish.
func stream(ctx context.Context, c *openresponses.Completion, t turn, yield func(openresponses.Delta, error) bool) {
	finish := openresponses.Finish{Reason: openresponses.FinishStop, Model: Name}
	finish.Usage.InputTokens = inputTokens(c)
	if len(t.calls) > 0 {
		finish.Reason = openresponses.FinishTools
	}
	if c.MaxOutputTokens > 0 {
		if cut, ok := cutText(t.text, c.MaxOutputTokens*charsPerToken); ok {
			t.text, t.calls = cut, nil
			finish.Reason = openresponses.FinishLength
		}
	}
	out := 0
	for piece := range pieces(t.text) {
		if err := ctx.Err(); err != nil {
			yield(nil, err)
			return
		}
		out += len(piece)
		if !yield(openresponses.TextDelta{Text: piece}, nil) {
			return
		}
	}
	for i, call := range t.calls {
		out += len(call.Name) + len(call.Arguments)
		if !yield(openresponses.ToolCallDelta{Index: i, ID: call.ID, Name: call.Name, Arguments: call.Arguments}, nil) {
			return
		}
	}
	finish.Usage.OutputTokens = tokens(out)
	yield(finish, nil)
}

// pieceSize is about how much text comes at once, in bytes: a few words, which
// read as fluently as single ones and cost a quarter of the events.
const pieceSize = 24

// pieces yields the text in pieces of a few words that end after white space.
func pieces(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for text != "" {
			end := len(text)
			if from := min(pieceSize, len(text)); strings.ContainsAny(text[from:], " \n") {
				end = from + strings.IndexAny(text[from:], " \n") + 1
			}
			if !yield(text[:end]) {
				return
			}
			text = text[end:]
		}
	}
}

// cutText bounds a text in bytes, at a character's border.
func cutText(text string, most int) (string, bool) {
	if len(text) <= most {
		return text, false
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most], true
}

func inputTokens(c *openresponses.Completion) int {
	n := 0
	for _, m := range c.Messages {
		n += len(m.Text)
		for _, call := range m.ToolCalls {
			n += len(call.Name) + len(call.Arguments)
		}
	}
	for _, t := range c.Tools {
		n += len(t.Name) + len(t.Description) + len(t.Parameters)
	}
	return tokens(n)
}

func tokens(chars int) int { return (chars + charsPerToken - 1) / charsPerToken }

// callID names the n-th call of a conversation: a function of the
// conversation, so that the same request gives the same answer.
func callID(n int) string { return fmt.Sprintf("call_offline_%d", n) }
