package jobs

import (
	"context"
	"encoding/json"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/honehq/hone/otel"
)

// metadata is kept with a job, apart from the arguments by which jobs are told
// apart.
type metadata struct {
	Traceparent string `json:"traceparent,omitempty"` // of who offered the round
}

// causedBy are options of a job that remembers who offered it.
func causedBy(ctx context.Context) *river.InsertOpts {
	b, err := json.Marshal(metadata{otel.CauseOf(ctx).Text()})
	if err != nil { // a string always marshals
		return nil
	}
	return &river.InsertOpts{Metadata: b}
}

// causeOf is who offered a job; none, where that is not known.
func causeOf(j *rivertype.JobRow) otel.Cause {
	var m metadata
	if json.Unmarshal(j.Metadata, &m) != nil {
		return otel.Cause{}
	}
	return otel.ParseCause(m.Traceparent)
}
