package openresponses

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// startSpan starts a span below the one in ctx, of whatever provider that has.
func startSpan(ctx context.Context, name string, attributes ...attribute.KeyValue) (context.Context, trace.Span) {
	return tracer(ctx).Start(ctx, name, trace.WithAttributes(attributes...))
}

func tracer(ctx context.Context) trace.Tracer {
	return trace.SpanFromContext(ctx).TracerProvider().Tracer("github.com/honehq/hone/openresponses")
}

// endSpan ends a span. An error's text may hold content, so only its kind is
// recorded.
func endSpan(span trace.Span, err error) {
	if err != nil {
		kind := errorType(err)
		span.SetAttributes(attribute.String("error.type", kind))
		span.SetStatus(codes.Error, kind)
	}
	span.End()
}

func errorType(err error) string {
	if errors.Is(err, context.Canceled) || errors.Is(err, errStopped) {
		return "canceled"
	}
	return string(asError(err).Code)
}

func chatAttributes(provider string, c *Completion) []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		attribute.String("gen_ai.operation.name", "chat"),
		attribute.String("gen_ai.provider.name", provider),
		attribute.String("gen_ai.request.model", c.Model),
	}
	if c.MaxOutputTokens > 0 {
		attributes = append(attributes, attribute.Int("gen_ai.request.max_tokens", c.MaxOutputTokens))
	}
	if c.Temperature != nil {
		attributes = append(attributes, attribute.Float64("gen_ai.request.temperature", *c.Temperature))
	}
	if c.TopP != nil {
		attributes = append(attributes, attribute.Float64("gen_ai.request.top_p", *c.TopP))
	}
	return attributes
}

func finishAttributes(f Finish) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("gen_ai.response.model", f.Model),
		attribute.StringSlice("gen_ai.response.finish_reasons", []string{string(f.Reason)}),
		attribute.Int("gen_ai.usage.input_tokens", f.Usage.InputTokens),
		attribute.Int("gen_ai.usage.output_tokens", f.Usage.OutputTokens),
		attribute.Int("gen_ai.usage.cache_read.input_tokens", f.Usage.CachedTokens),
	}
}
