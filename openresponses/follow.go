package openresponses

import (
	"context"
	"fmt"
	"strings"
)

// follow does what the model asked for in a turn: it runs searches and closes
// the items of function calls, in the order of the calls. It returns the
// options of the next turn, or nil if the response is done.
func (r *run) follow(ctx context.Context, t *turn, o *turnOptions) (*turnOptions, error) {
	if t.finish.Reason == FinishLength || t.finish.Reason == FinishFilter {
		return nil, r.cutOff(t)
	}
	if o.closing {
		t.calls = nil // it was given no tools
	}
	if len(t.calls) == 0 {
		if t.text {
			return nil, nil
		}
		return r.retryEmpty(o)
	}
	assistant := Message{Role: Assistant, Text: t.said}
	answers := []Message{}
	client := false
	for _, c := range t.calls {
		answer, err := r.handle(ctx, c, o)
		if err != nil {
			return nil, err
		}
		client = client || answer == nil
		assistant.ToolCalls = append(assistant.ToolCalls, c.ToolCall)
		if answer != nil {
			answers = append(answers, toolMessage(c.ToolCall, *answer))
		}
	}
	if client {
		return nil, nil
	}
	r.messages = append(append(r.messages, assistant), answers...)
	next := &turnOptions{tools: o.tools, choice: "auto"}
	if r.searches >= r.maxSearches() || r.mistakes >= maxMistakes {
		next = &turnOptions{choice: "none", closing: true}
	}
	return next, nil
}

// handle runs one call and returns the answer for the model; nil for a function
// of the client.
func (r *run) handle(ctx context.Context, c *turnCall, o *turnOptions) (*string, error) {
	switch {
	case !o.has(c.Name):
		return r.mistake(c, fmt.Sprintf("There is no tool %.100q. The tools are: %s.", c.Name, o.names())), nil
	case c.Name == FileSearchName && r.request.fileSearch() != nil:
		return r.runSearch(ctx, c)
	}
	return nil, r.closeCall(c, completed)
}

func (o *turnOptions) names() string {
	var names []string
	for _, t := range o.tools {
		names = append(names, t.Name)
	}
	return strings.Join(names, ", ")
}

// mistake is the answer to a call that makes no sense. The client does not see
// it; the model may try again, a few times.
func (r *run) mistake(c *turnCall, text string) *string {
	r.mistakes++
	if c.ID == "" {
		c.ID = fmt.Sprintf("call_broken_%d", r.mistakes)
	}
	c.Arguments = "{}" // some providers refuse to read broken JSON back
	text = "Error: " + text
	return &text
}

func (r *run) maxSearches() int {
	if n := r.request.MaxToolCalls; n != nil {
		return min(*n, r.engine.limits.toolCalls)
	}
	return r.engine.limits.toolCalls
}

// runSearch runs a file_search and shows it to the client.
func (r *run) runSearch(ctx context.Context, c *turnCall) (*string, error) {
	if r.searches >= r.maxSearches() {
		if c.ID == "" {
			c.ID = fmt.Sprintf("call_unrun_%d", len(r.messages))
		}
		answer := "No further search was run: the limit of tool calls is reached. Answer from the passages that you have."
		return &answer, nil
	}
	queries, err := parseQueries(c.Arguments)
	if err != nil {
		return r.mistake(c, err.Error()), nil
	}
	r.searches++
	call := &fileSearchCallItem{Type: "file_search_call", Status: inProgress, Queries: []string{}}
	if c.at, err = r.out.add("fs_", call); err != nil {
		return nil, err
	}
	c.ID = call.ID
	for _, step := range []string{inProgress, "searching"} {
		if err := r.out.emit(&callEvent{kind("file_search_call." + step), call.ID, c.at}); err != nil {
			return nil, err
		}
	}
	call.Queries = queries
	if err := r.engine.search(ctx, r.request, call); err != nil {
		return nil, err
	}
	answer := EncodePassages(r.refs.add(call))
	call.Status = completed
	if err := r.out.emit(&callEvent{kind("file_search_call.completed"), call.ID, c.at}); err != nil {
		return nil, err
	}
	return &answer, r.out.done(c.at)
}

// cutOff closes what a limit cut short: the calls that the client has seen, as
// incomplete. Nothing is run.
func (r *run) cutOff(t *turn) error {
	for _, c := range t.calls {
		if c.live != nil {
			if err := r.closeCall(c, incomplete); err != nil {
				return err
			}
		}
	}
	return nil
}

// retryEmpty asks once more after an empty turn, and then takes it for the
// answer.
func (r *run) retryEmpty(o *turnOptions) (*turnOptions, error) {
	if !o.again {
		next := *o
		next.again = true
		return &next, nil
	}
	message := r.newMessage()
	if err := message.open(); err != nil {
		return nil, err
	}
	return nil, message.close(FinishStop)
}
