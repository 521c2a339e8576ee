package otel

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"
)

// scope is where the names of our tracers begin.
const scope = "github.com/honehq/hone/"

// Tracer returns a tracer of the global provider, which does nothing until
// Setup ran. name is the package that starts the spans: "agent", "server".
func Tracer(name string) trace.Tracer {
	return tracer{name: scope + name}
}

// tracer asks for the provider at each span: the SDK's own would stay with the
// first provider that the process had.
type tracer struct {
	embedded.Tracer
	name string
}

// Start implements trace.Tracer.
func (t tracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	return otel.Tracer(t.name).Start(ctx, name, options...)
}
