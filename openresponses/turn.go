package openresponses

import (
	"context"
	"fmt"
	"time"

	"github.com/honehq/hone/internal/id"
	"github.com/honehq/hone/otel"
)

// turnOptions are what differs between the turns of one response.
type turnOptions struct {
	tools   []FunctionTool
	choice  string
	again   bool // the last turn was empty
	closing bool // the model is to answer from what it has
}

// turn is what a model said in one turn.
type turn struct {
	calls  []*turnCall
	text   bool   // it showed something to the client
	said   string // as it said it, with the markers of citations
	finish Finish
}

// turnCall is a tool call of a turn.
type turnCall struct {
	index int // the provider's
	ToolCall
	live *functionCallItem // shown to the client as it streams
	at   int               // its place in the output
}

func (r *run) firstTurn() *turnOptions {
	o := &turnOptions{choice: r.request.choice.mode}
	for _, t := range r.request.tools {
		if !r.request.choice.allows(t.toolName()) {
			continue
		}
		switch t := t.(type) {
		case *fileSearchTool:
			o.tools = append(o.tools, fileSearchFunction)
		case *functionTool:
			o.tools = append(o.tools, FunctionTool{
				Name: t.Name, Description: deref(t.Description, ""), Parameters: t.Parameters, Strict: deref(t.Strict, false),
			})
		}
	}
	if len(o.tools) == 0 {
		o.choice, o.closing = "none", true
	}
	return o
}

// takeTurn streams one turn of the model to the client.
func (r *run) takeTurn(ctx context.Context, o *turnOptions) (t *turn, err error) {
	c := r.completion(o)
	ctx, cancel := context.WithCancel(ctx) // ends the call when this turn is over
	defer cancel()
	ctx, span := otel.Chat.Start(ctx, chatAttributes(or(r.model.Provider, "openai"), c)...)
	defer func() { endSpan(span, err) }()
	recordMessages(ctx, c.Messages)
	start := time.Now()

	t = &turn{finish: Finish{Reason: FinishStop, Model: c.Model}}
	message := r.newMessage()
	r.message = message
	first := true
	for delta, err := range r.model.Completer.Complete(ctx, c) {
		if err != nil {
			return nil, err
		}
		if first {
			first = false
			span.SetAttributes(otel.FirstChunk.Float64(time.Since(start).Seconds()))
		}
		if err := r.take(t, message, delta, o); err != nil {
			return nil, err
		}
		if r.bytes > r.engine.limits.text {
			t.finish.Reason = FinishLength
			break
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	span.SetAttributes(finishAttributes(t.finish)...)
	r.usage.add(t.finish.Usage)
	err = message.close(t.finish.Reason)
	otel.RecordDroppedCitations(ctx, message.filter.dropped)
	t.text, t.said = message.opened, message.said.String()
	t.record(ctx)
	return t, err
}

func (r *run) completion(o *turnOptions) *Completion {
	q := r.request
	c := &Completion{
		Model: q.Model, Messages: r.messages, Tools: o.tools, ToolChoice: o.choice,
		ParallelTools: deref(q.ParallelToolCalls, true), Temperature: q.Temperature, TopP: q.TopP, Format: q.format,
	}
	if q.MaxOutputTokens != nil {
		c.MaxOutputTokens = max(1, *q.MaxOutputTokens-r.usage.OutputTokens)
	}
	return c
}

// take handles a delta. The first one opens the stream of events.
func (r *run) take(t *turn, message *messageWriter, delta Delta, o *turnOptions) error {
	if err := r.out.begin(); err != nil {
		return err
	}
	switch d := delta.(type) {
	case TextDelta:
		r.bytes += len(d.Text)
		return message.write(d.Text)
	case ToolCallDelta:
		r.bytes += len(d.Arguments) + len(d.Name)
		return r.takeCall(t, message, d, o)
	case Finish:
		t.finish = d
		return nil
	}
	return fmt.Errorf("model %s: unknown delta %T", r.model.Name, delta)
}

// takeCall adds a piece to a call. Calls of the client's functions are shown as
// they stream, unless a search that comes before them is still to be run.
func (r *run) takeCall(t *turn, message *messageWriter, d ToolCallDelta, o *turnOptions) error {
	d.ID, d.Name, d.Arguments = withoutNUL(d.ID), withoutNUL(d.Name), withoutNUL(d.Arguments)
	c := t.call(d.Index)
	if c == nil {
		if len(t.calls) >= maxTools {
			return &Error{Code: ProviderFailed, Message: fmt.Sprintf("The model called more than %d tools at once.", maxTools)}
		}
		c = &turnCall{index: d.Index, ToolCall: ToolCall{ID: d.ID, Name: d.Name}}
		t.calls = append(t.calls, c)
		if !o.closing && t.showsAtOnce(o) {
			if err := message.close(FinishStop); err != nil {
				return err
			}
			if err := r.showCall(c); err != nil {
				return err
			}
		}
	}
	c.Arguments += d.Arguments
	if c.live == nil {
		return nil
	}
	return r.showArguments(c, d.Arguments)
}

func (t *turn) call(index int) *turnCall {
	for _, c := range t.calls {
		if c.index == index {
			return c
		}
	}
	return nil
}

// showsAtOnce tells whether all calls so far, the newest included, are of the
// client's functions.
func (t *turn) showsAtOnce(o *turnOptions) bool {
	for _, c := range t.calls {
		if c.Name == FileSearchName || !o.has(c.Name) {
			return false
		}
	}
	return true
}

func (o *turnOptions) has(name string) bool {
	for _, t := range o.tools {
		if t.Name == name {
			return true
		}
	}
	return false
}

// showCall opens the item of a function call.
func (r *run) showCall(c *turnCall) (err error) {
	if c.ID == "" || len(c.ID) > maxName || r.callIDs[c.ID] {
		c.ID = id.New("call_")
	}
	r.callIDs[c.ID] = true
	c.live = &functionCallItem{Type: "function_call", Status: inProgress, CallID: c.ID, Name: c.Name}
	c.at, err = r.out.add("fc_", c.live)
	return err
}

func (r *run) showArguments(c *turnCall, delta string) error {
	if delta == "" {
		return nil
	}
	return r.out.emit(&argumentsDeltaEvent{kind("function_call_arguments.delta"), c.live.ID, c.at, delta})
}

// closeCall ends the item of a function call.
func (r *run) closeCall(c *turnCall, status string) error {
	unseen := ""
	if c.live == nil {
		if err := r.showCall(c); err != nil {
			return err
		}
		unseen = c.Arguments
	}
	if c.Arguments == "" { // what models send for a function without parameters
		c.Arguments, unseen = "{}", "{}"
	}
	if err := r.showArguments(c, unseen); err != nil {
		return err
	}
	c.live.Arguments, c.live.Status = c.Arguments, status
	if err := r.out.emit(&argumentsDoneEvent{kind("function_call_arguments.done"), c.live.ID, c.at, c.Name, c.Arguments}); err != nil {
		return err
	}
	return r.out.done(c.at)
}
