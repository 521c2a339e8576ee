package openresponses

import (
	"context"
	"errors"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/honehq/hone/otel"
)

// endSpan ends a span. Of an error, only its type is told.
func endSpan(span trace.Span, err error) {
	if err != nil {
		err = otel.Failure(errorType(err))
	}
	otel.End(span, err)
}

// errorType is the kind of an error, for spans and metrics: a code of ours, or
// canceled.
func errorType(err error) string {
	if errors.Is(err, context.Canceled) || errors.Is(err, errStopped) {
		return "canceled"
	}
	return string(asError(err).Code)
}

// ErrorType is the error in spans, see otel.ErrorType.
func (e *Error) ErrorType() string { return string(e.Code) }

// startResponse starts the span of a request.
func (q *request) startResponse(ctx context.Context) (context.Context, trace.Span) {
	return otel.CreateResponse.Start(ctx, otel.RequestModel.String(q.Model), otel.Streamed.Bool(q.Stream))
}

// endResponse ends the span of a request. The response counts for an answer
// where there is one.
func (r *run) endResponse(span trace.Span, err error) {
	if r.out.begun {
		span.SetAttributes(otel.ResponseID.String(r.response.ID),
			otel.InputTokens.Int(r.usage.InputTokens), otel.OutputTokens.Int(r.usage.OutputTokens))
	}
	if p := r.response.Prompt; p != nil {
		version, _ := strconv.Atoi(p.Version) // which we wrote
		span.SetAttributes(otel.PromptID.String(p.ID), otel.PromptVersion.Int(version))
	}
	endSpan(span, err)
}

// searchAttributes are which passages a search gave the model.
func searchAttributes(results []searchResult) []attribute.KeyValue {
	files, scores := make([]string, len(results)), make([]float64, len(results))
	for i, r := range results {
		files[i], scores[i] = r.FileID, r.Score
	}
	return []attribute.KeyValue{
		otel.SearchResults.Int(len(results)), otel.SearchFiles.StringSlice(files), otel.SearchScores.Float64Slice(scores),
	}
}

func chatAttributes(provider string, c *Completion) []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		otel.Operation.String("chat"), otel.Provider.String(provider), otel.RequestModel.String(c.Model),
	}
	if c.MaxOutputTokens > 0 {
		attributes = append(attributes, otel.MaxTokens.Int(c.MaxOutputTokens))
	}
	if c.Temperature != nil {
		attributes = append(attributes, otel.Temperature.Float64(*c.Temperature))
	}
	if c.TopP != nil {
		attributes = append(attributes, otel.TopP.Float64(*c.TopP))
	}
	if c.Format != nil {
		attributes = append(attributes, otel.OutputType.String("json"))
	}
	return attributes
}

func finishAttributes(f Finish) []attribute.KeyValue {
	return []attribute.KeyValue{
		otel.ResponseModel.String(f.Model), otel.FinishReasons.StringSlice([]string{string(f.Reason)}),
		otel.InputTokens.Int(f.Usage.InputTokens), otel.OutputTokens.Int(f.Usage.OutputTokens),
		otel.CachedTokens.Int(f.Usage.CachedTokens),
	}
}
