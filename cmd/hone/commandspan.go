package main

import (
	"context"

	"github.com/honehq/hone/otel"
)

// commandSpan starts the span of a command, in the trace of the process that
// started it, if that said so in the environment.
func commandSpan(ctx context.Context, name string) (_ context.Context, end func(*error)) {
	ctx, span := otel.Command.Start(otel.FromEnvironment(ctx), otel.CommandName.String(name))
	return ctx, func(err *error) { otel.End(span, *err) }
}
