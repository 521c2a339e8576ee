package knowledge

import (
	"context"
	"time"

	"github.com/honehq/hone/otel"
)

// recordSearch measures a search that has ended, its scores of one ranking or
// fused of several.
func recordSearch(ctx context.Context, start time.Time, rankings int, found []Passage, err error) {
	s := otel.Search{Duration: time.Since(start), Found: len(found), Fused: rankings > 1, Err: err}
	if len(found) > 0 {
		s.Score = found[0].Score
	}
	otel.RecordSearch(ctx, s)
}

// recordWrite measures a change of the index.
func recordWrite(ctx context.Context, start time.Time, docs []prepared, remove []string, err error) {
	chunks := 0
	for _, d := range docs {
		chunks += len(d.NewDocument.Chunks)
	}
	otel.RecordWrite(ctx, otel.Write{
		Duration: time.Since(start), Inserted: len(docs), Chunks: chunks, Deleted: len(remove), Err: err,
	})
}
