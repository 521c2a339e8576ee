package otel

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
)

// Tracer returns a tracer of the global provider, which does nothing until
// Setup ran. name is the package that starts the spans: "agent", "server".
func Tracer(name string) trace.Tracer {
	return otel.Tracer("github.com/honehq/hone/" + name)
}
