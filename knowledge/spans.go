package knowledge

import (
	"context"
	"errors"
	"strconv"

	"github.com/openai/openai-go/v3"
	"go.opentelemetry.io/otel/trace"

	"github.com/honehq/hone/otel"
)

// endSpan ends a span. Of an error, only its type is told.
func endSpan(span trace.Span, err error) {
	api, answered := errors.AsType[*openai.Error](err)
	switch {
	case answered:
		err = otel.Failure(strconv.Itoa(api.StatusCode))
	case errors.Is(err, ErrInvalid):
		err = otel.Failure("invalid")
	case errors.Is(err, ErrStale):
		err = otel.Failure("stale")
	}
	otel.End(span, err)
}

// startWrite starts the span of a change of a source.
func startWrite(ctx context.Context, source string, docs []prepared, remove []string) (context.Context, trace.Span) {
	chunks := 0
	for _, d := range docs {
		chunks += len(d.NewDocument.Chunks)
	}
	return otel.WriteIndex.Start(ctx, otel.DataSourceID.String(source), otel.IndexDocuments.Int(len(docs)),
		otel.IndexChunks.Int(chunks), otel.IndexDeleted.Int(len(remove)))
}

// endSync says what a sync did.
func endSync(span trace.Span, r Report, err error) {
	span.SetAttributes(otel.DataSourceID.String(r.Source.ID), otel.SyncAdded.Int(r.Added), otel.SyncUpdated.Int(r.Updated),
		otel.SyncUnchanged.Int(r.Unchanged), otel.SyncDeleted.Int(r.Deleted), otel.SyncSkipped.Int(len(r.Skipped)),
		otel.SyncComplete.Bool(r.Complete), otel.IndexChunks.Int(r.Chunks))
	endSpan(span, err)
}
