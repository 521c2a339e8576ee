package openresponses

import (
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// errorBody is what every failure is answered with.
type errorBody struct {
	Error struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    Code    `json:"code"`
	} `json:"error"`
}

// handler is a handler whose error is answered by fail.
type handler func(w http.ResponseWriter, r *http.Request) error

// handle makes an http.HandlerFunc of h.
func (e *Engine) handle(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			e.fail(w, r, err)
		}
	}
}

// providerCodes are those of failures after which the provider was asked again
// already: clients that do the same on top would multiply the attempts.
var providerCodes = []Code{ProviderAuth, ProviderFailed, Unavailable, RateLimited, TimedOut}

// fail answers a request with an error.
func (e *Engine) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody reads it
	}
	shown := asError(err)
	if shown.Status() >= http.StatusInternalServerError {
		e.logger.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	var body errorBody
	body.Error.Message, body.Error.Type, body.Error.Code = shown.Message, shown.kind(), shown.Code
	if shown.Param != "" {
		body.Error.Param = &shown.Param
	}
	if shown.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(shown.RetryAfter.Seconds()))))
	}
	if slices.Contains(providerCodes, shown.Code) {
		w.Header().Set("X-Should-Retry", "false")
	}
	_ = reply(w, shown.Status(), body) // the client is gone if it fails
}

// reply answers in JSON.
func reply(w http.ResponseWriter, status int, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err = w.Write(append(b, '\n'))
	return err
}

// page is a part of a list.
type page[T any] struct {
	Object  string  `json:"object"` // "list"
	Data    []T     `json:"data"`
	FirstID *string `json:"first_id"`
	LastID  *string `json:"last_id"`
	HasMore bool    `json:"has_more"`
}

// paging is what a client asks of a list.
type paging struct {
	after, before string
	limit         int
	descending    bool
}

func parsePaging(values url.Values, limit, most int) (paging, error) {
	p := paging{after: values.Get("after"), before: values.Get("before"), limit: limit}
	if s := values.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > most {
			return p, invalid("limit", "Invalid 'limit': a number between 1 and %d is needed.", most)
		}
		p.limit = n
	}
	order := or(values.Get("order"), "desc")
	p.descending = order == "desc"
	return p, checkEnum("order", order, "asc", "desc")
}

// paginate cuts a list, which is in ascending order, to what was asked for.
func paginate[T any](all []T, id func(T) string, p paging) (page[T], error) {
	list := slices.Clone(all)
	if p.descending {
		slices.Reverse(list)
	}
	for _, cursor := range []struct {
		param, id string
		keep      func(i int) []T
	}{
		{"after", p.after, func(i int) []T { return list[i+1:] }},
		{"before", p.before, func(i int) []T { return list[:i] }},
	} {
		if cursor.id == "" {
			continue
		}
		i := slices.IndexFunc(list, func(v T) bool { return id(v) == cursor.id })
		if i < 0 {
			return page[T]{}, invalid(cursor.param, "Invalid '%s': there is no '%.100s' in this list.", cursor.param, cursor.id)
		}
		list = cursor.keep(i)
	}
	more := len(list) > p.limit
	return newPage(list[:min(len(list), p.limit)], id, more), nil
}

func newPage[T any](list []T, id func(T) string, more bool) page[T] {
	p := page[T]{Object: "list", Data: append([]T{}, list...), HasMore: more}
	if n := len(list); n > 0 {
		first, last := id(list[0]), id(list[n-1])
		p.FirstID, p.LastID = &first, &last
	}
	return p
}

// deleted confirms a deletion.
type deleted struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Deleted bool   `json:"deleted"`
}
