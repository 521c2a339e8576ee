package openresponses

import (
	"context"
	"errors"
	"iter"
	"time"
)

const maxMistakes = 3 // broken tool calls that a model may mend in one response

// run answers a request. The sequence ends after response.completed, incomplete
// or failed; a failure before the first event comes as an error instead. Plain
// answers are the last event's response.
func (e *Engine) run(ctx context.Context, q *request) iter.Seq2[event, error] {
	return func(yield func(event, error) bool) {
		r := &run{engine: e, request: q, response: newResponse(q, q.stored() && e.store != nil)}
		r.out = &emitter{yield: yield, response: r.response, results: q.results}
		ctx, span := q.startResponse(ctx)
		err := r.answer(ctx)
		defer func() { r.endResponse(span, err) }()
		switch {
		case err == nil, errors.Is(err, errStopped):
		case !r.out.begun:
			yield(nil, err)
		default:
			r.fail(ctx, err)
		}
	}
}

// run is one response in the making.
type run struct {
	engine   *Engine
	request  *request
	response *response
	out      *emitter
	model    Model

	messages []Message
	refs     *references
	callIDs  map[string]bool // in use in this conversation
	message  *messageWriter  // of the turn under way
	usage    usage
	searches int
	mistakes int
	bytes    int // of text and arguments so far
}

// answer takes turns with the model until it has answered or wants the client
// to call functions.
func (r *run) answer(ctx context.Context) error {
	if err := r.prepare(ctx); err != nil {
		return err
	}
	options := r.firstTurn()
	for {
		t, err := r.takeTurn(ctx, options)
		if err != nil {
			return err
		}
		next, err := r.follow(ctx, t, options)
		if err != nil {
			return err
		}
		switch {
		case next == nil:
			return r.finish(ctx, t.finish.Reason)
		case r.spent():
			return r.finish(ctx, FinishLength)
		}
		options = next
	}
}

// spent tells whether nothing is left of max_output_tokens.
func (r *run) spent() bool {
	limit := r.request.MaxOutputTokens
	return limit != nil && r.usage.OutputTokens >= *limit
}

// prepare finds the model, the prompt and the earlier turns.
func (r *run) prepare(ctx context.Context) (err error) {
	q := r.request
	if r.model, err = r.engine.model(q.Model); err != nil {
		return err
	}
	if q.fileSearch() != nil && r.engine.knowledge == nil {
		return unsupported("tools", "This server has no documents: the tool 'file_search' is not supported.")
	}
	system, err := r.systemMessages(ctx)
	if err != nil {
		return err
	}
	earlier, err := r.engine.earlierItems(ctx, q)
	if err != nil {
		return err
	}
	if err := r.engine.resolve(ctx, q, earlier); err != nil {
		return err
	}
	t, err := newTranscript(earlier, q.input)
	if err != nil {
		return err
	}
	q.earlier = earlier
	r.refs, r.callIDs = t.refs, t.calls
	if q.fileSearch() != nil || len(t.refs.list) > 0 {
		system = append(system, hint())
	}
	r.messages = append(system, t.messages...)
	return nil
}

// systemMessages are the prompt and the instructions.
func (r *run) systemMessages(ctx context.Context) ([]Message, error) {
	var list []Message
	if ref := r.request.Prompt; ref != nil {
		text, echo, err := ref.render(ctx, r.engine.prompts)
		if err != nil {
			return nil, err
		}
		r.response.Prompt = echo
		list = append(list, Message{Role: System, Text: text})
	}
	if i := r.request.Instructions; i != nil && *i != "" {
		list = append(list, Message{Role: System, Text: *i})
	}
	return list, nil
}

// finish closes the response, keeps it and tells the client.
func (r *run) finish(ctx context.Context, reason FinishReason) error {
	what := completed
	switch reason {
	case FinishLength:
		what = incomplete
		r.response.IncompleteDetails = &incompleteDetails{Reason: "max_output_tokens"}
	case FinishFilter:
		what = incomplete
		r.response.IncompleteDetails = &incompleteDetails{Reason: "content_filter"}
	default:
		now := time.Now().Unix()
		r.response.CompletedAt = &now
	}
	r.response.Status, r.response.Usage = what, &r.usage
	if err := r.out.begin(); err != nil {
		return err
	}
	if err := r.engine.save(ctx, r.request, r.response); err != nil {
		r.response.CompletedAt, r.response.IncompleteDetails = nil, nil
		return err
	}
	return r.out.lifecycle(what)
}

// fail ends a response that the client has seen the beginning of.
func (r *run) fail(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return // the client is gone
	}
	shown := asError(err)
	r.abandon()
	r.response.Status, r.response.Store = failed, false
	if r.usage != (usage{}) {
		r.response.Usage = &r.usage
	}
	r.response.Error = &responseError{Code: shown.Code, Message: shown.Message}
	_ = r.out.emit(&responseEvent{kind(failed), r.response.snapshot(r.request.results), err}) // the reader may have stopped
}

// abandon closes the items that the failure left open.
func (r *run) abandon() {
	if r.message != nil {
		r.message.abandon()
	}
	for _, it := range r.response.Output {
		switch it := it.(type) {
		case *functionCallItem:
			if it.Status == inProgress {
				it.Status = incomplete
			}
		case *fileSearchCallItem:
			if it.Status == inProgress {
				it.Status = failed
			}
		}
	}
}
