package otel

import (
	"context"
	"errors"
	"io/fs"
	"net"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// End ends a span, failed where err isn't nil.
func End(span trace.Span, err error) {
	Fail(span, err)
	span.End()
}

// Fail says in a span that it failed, where err isn't nil: by its type alone. The
// text of an error may repeat what somebody asked or wrote, an address or a
// path, and belongs into the log.
func Fail(span trace.Span, err error) {
	if err == nil {
		return
	}
	kind := ErrorType(err)
	span.SetAttributes(ErrorKind.String(kind))
	span.SetStatus(codes.Error, kind)
}

// Failure is an error that is known by its type alone.
type Failure string //nolint:errname // it is what is named, not an error that wraps one

func (f Failure) Error() string { return string(f) }

// ErrorType names it for ErrorType.
func (f Failure) ErrorType() string { return string(f) }

// ErrorType is an error in one word of a closed set, or the SQLSTATE of a
// database. An error that has a method ErrorType names itself; _OTHER is what
// is not known here.
func ErrorType(err error) string {
	var named interface{ ErrorType() string }
	var state interface{ SQLState() string }
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.As(err, &named):
		return named.ErrorType()
	case errors.As(err, &state):
		return state.SQLState()
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "timeout"
	case errors.As(err, &network):
		return "network"
	case errors.Is(err, fs.ErrNotExist):
		return "not_found"
	case errors.Is(err, fs.ErrExist):
		return "exists"
	case errors.Is(err, fs.ErrPermission):
		return "permission_denied"
	}
	return "_OTHER"
}
