package openresponses

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/prompts"
)

// Error is a failure as a client sees it. Completers return it for failures of
// their provider. Message holds no secret and no text of a document.
type Error struct {
	Code       Code
	Param      string // path of the request's field, as in input[0].content; empty: none
	Message    string
	RetryAfter time.Duration // when a client may try again; 0: unknown
	Err        error         // the cause, for logs; clients don't see it
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s (%s): %v", e.Message, e.Code, e.Err)
	}
	return fmt.Sprintf("%s (%s)", e.Message, e.Code)
}

func (e *Error) Unwrap() error { return e.Err }

// Code is the machine-readable kind of an Error.
type Code string

// The codes.
const (
	InvalidJSON      Code = "invalid_json"
	InvalidType      Code = "invalid_type"
	InvalidValue     Code = "invalid_value"
	Missing          Code = "missing_required_parameter"
	Unsupported      Code = "unsupported_value"
	TooLarge         Code = "request_too_large"
	ContextLength    Code = "context_length_exceeded"
	Denied           Code = "permission_denied"
	NotFound         Code = "not_found"
	ModelNotFound    Code = "model_not_found"
	PreviousNotFound Code = "previous_response_not_found"
	NotAllowed       Code = "method_not_allowed"
	Stale            Code = "stale_version"
	Exists           Code = "already_exists"
	RateLimited      Code = "rate_limit_exceeded"
	Internal         Code = "server_error"
	ProviderAuth     Code = "provider_auth"        // the provider refuses our key
	ProviderFailed   Code = "provider_error"       // the provider answers nonsense or breaks off
	Unavailable      Code = "provider_unavailable" // the provider is down or out of reach
	TimedOut         Code = "timeout"
)

// statuses is the one table from an error to what HTTP says of it.
var statuses = map[Code]struct {
	status int
	kind   string
}{
	InvalidJSON:      {http.StatusBadRequest, "invalid_request_error"},
	InvalidType:      {http.StatusBadRequest, "invalid_request_error"},
	InvalidValue:     {http.StatusBadRequest, "invalid_request_error"},
	Missing:          {http.StatusBadRequest, "invalid_request_error"},
	Unsupported:      {http.StatusBadRequest, "invalid_request_error"},
	ContextLength:    {http.StatusBadRequest, "invalid_request_error"},
	TooLarge:         {http.StatusRequestEntityTooLarge, "invalid_request_error"},
	Denied:           {http.StatusForbidden, "permission_error"},
	NotFound:         {http.StatusNotFound, "invalid_request_error"},
	ModelNotFound:    {http.StatusNotFound, "invalid_request_error"},
	PreviousNotFound: {http.StatusNotFound, "invalid_request_error"},
	NotAllowed:       {http.StatusMethodNotAllowed, "invalid_request_error"},
	Stale:            {http.StatusConflict, "invalid_request_error"},
	Exists:           {http.StatusConflict, "invalid_request_error"},
	RateLimited:      {http.StatusTooManyRequests, "rate_limit_error"},
	Internal:         {http.StatusInternalServerError, "server_error"},
	ProviderAuth:     {http.StatusBadGateway, "server_error"},
	ProviderFailed:   {http.StatusBadGateway, "server_error"},
	Unavailable:      {http.StatusServiceUnavailable, "server_error"},
	TimedOut:         {http.StatusGatewayTimeout, "server_error"},
}

// Status is the HTTP status that e is answered with.
func (e *Error) Status() int {
	if s, ok := statuses[e.Code]; ok {
		return s.status
	}
	return http.StatusInternalServerError
}

func (e *Error) kind() string {
	if s, ok := statuses[e.Code]; ok {
		return s.kind
	}
	return "server_error"
}

// asError turns any error into what a client may see of it. What is not known
// here is our own failure, and its text stays with us.
func asError(err error) *Error {
	var known *Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, prompts.ErrStale):
		return &Error{Code: Stale, Message: "The prompt was changed in the meantime: its version is stale. Read it again.", Param: "version", Err: err}
	case errors.Is(err, prompts.ErrInvalid), errors.Is(err, knowledge.ErrInvalid):
		return &Error{Code: InvalidValue, Message: err.Error(), Err: err}
	case errors.Is(err, fs.ErrNotExist):
		return &Error{Code: NotFound, Message: "There is no such object.", Err: err}
	case errors.Is(err, fs.ErrExist):
		return &Error{Code: Exists, Message: "There already is an object of this name.", Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: TimedOut, Message: "The request took too long.", Err: err}
	}
	return &Error{Code: Internal, Message: "The server failed to process the request.", Err: err}
}

func invalid(param, format string, args ...any) *Error {
	return &Error{Code: InvalidValue, Param: param, Message: fmt.Sprintf(format, args...)}
}

func missing(param string) *Error {
	return &Error{Code: Missing, Param: param, Message: fmt.Sprintf("Missing required parameter: '%s'.", param)}
}

func unsupported(param, format string, args ...any) *Error {
	return &Error{Code: Unsupported, Param: param, Message: fmt.Sprintf(format, args...)}
}

// notFound makes of a missing thing an Error that says which; other errors pass.
func notFound(err error, param, what, id string) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return &Error{Code: NotFound, Param: param, Message: fmt.Sprintf("There is no %s with the ID '%.100s'.", what, id), Err: err}
}
