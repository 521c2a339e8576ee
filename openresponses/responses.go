package openresponses

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
)

// createResponse answers POST /v1/responses.
func (e *Engine) createResponse(w http.ResponseWriter, r *http.Request) error {
	var body createBody
	if err := decodeBody(w, r, e.limits.body, &body); err != nil {
		return err
	}
	q, err := body.check()
	if err != nil {
		return err
	}
	q.access = e.access(r)
	if q.Stream {
		return e.streamResponse(w, r, q)
	}
	last, err := drain(e.run(r.Context(), q))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, last)
}

// drain reads a run to its end and returns the finished response.
func drain(events iter.Seq2[event, error]) (*response, error) {
	var last *responseEvent
	for ev, err := range events {
		if err != nil {
			return nil, err
		}
		if ev, ok := ev.(*responseEvent); ok {
			last = ev
		}
	}
	switch {
	case last == nil:
		return nil, errors.New("a run without events")
	case last.cause != nil:
		return nil, last.cause
	case last.Response.Status == inProgress:
		return nil, context.Canceled // the client is gone
	}
	return last.Response, nil
}

// streamResponse sends the events as they come. A failure before the first one
// is an HTTP error.
func (e *Engine) streamResponse(w http.ResponseWriter, r *http.Request, q *request) error {
	var out *sseWriter
	for ev, err := range e.run(r.Context(), q) {
		if err != nil {
			return err
		}
		if out == nil {
			out = newSSEWriter(w)
		}
		if out.event(ev) != nil {
			return nil // the client is gone; leaving the loop ends the run
		}
		if ev, ok := ev.(*responseEvent); ok && ev.cause != nil {
			e.logger.ErrorContext(r.Context(), "response failed", "response", ev.Response.ID, "model", q.Model, "error", ev.cause)
		}
	}
	if out != nil && r.Context().Err() == nil {
		_ = out.done()
	}
	return nil
}

func (e *Engine) storedResponse(r *http.Request) (StoredResponse, error) {
	responseID := r.PathValue("response")
	if e.store == nil {
		return StoredResponse{}, &Error{Code: NotFound, Param: "response_id", Message: "This server keeps no responses."}
	}
	stored, err := e.store.StoredResponse(r.Context(), responseID)
	return stored, notFound(err, "response_id", "response", responseID)
}

// getResponse answers GET /v1/responses/{response}.
func (e *Engine) getResponse(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Query().Get("stream") == "true" {
		return unsupported("stream", "Streaming a stored response is not supported.")
	}
	stored, err := e.storedResponse(r)
	if err != nil {
		return err
	}
	body, err := storedView(stored.Response, wantsResults(r))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, body)
}

// deleteResponse answers DELETE /v1/responses/{response}.
func (e *Engine) deleteResponse(w http.ResponseWriter, r *http.Request) error {
	stored, err := e.storedResponse(r)
	if err != nil {
		return err
	}
	if err := e.store.DeleteResponse(r.Context(), stored.ID); err != nil {
		return notFound(fmt.Errorf("delete response %s: %w", stored.ID, err), "response_id", "response", stored.ID)
	}
	return reply(w, http.StatusOK, deleted{stored.ID, "response", true})
}

// listInput answers GET /v1/responses/{response}/input_items.
func (e *Engine) listInput(w http.ResponseWriter, r *http.Request) error {
	p, err := parsePaging(r.URL.Query(), 20, 100)
	if err != nil {
		return err
	}
	stored, err := e.storedResponse(r)
	if err != nil {
		return err
	}
	items, err := unmarshalItems(stored.Input)
	if err != nil {
		return err
	}
	for i, it := range items {
		items[i] = view(it, wantsResults(r))
	}
	list, err := paginate(items, item.itemID, p)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, list)
}

func wantsResults(r *http.Request) bool {
	values := r.URL.Query()
	return includesResults(append(values["include"], values["include[]"]...))
}

// cancelResponse answers POST /v1/responses/{response}/cancel: only background
// responses can be cancelled, and there are none.
func (e *Engine) cancelResponse(w http.ResponseWriter, r *http.Request) error {
	if _, err := e.storedResponse(r); err != nil {
		return err
	}
	return invalid("response_id", "Only a background response can be cancelled.")
}
