package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/honehq/hone/internal/id"
	"github.com/honehq/hone/otel"
)

// roundArgs is a job: to work on a round.
type roundArgs struct {
	Agent string `json:"agent"`
	Round string `json:"round"`
	After int64  `json:"after"` // ID of the job that was lost; 0: none was
}

// Kind implements river.JobArgs.
func (roundArgs) Kind() string { return "round" }

// waiting are the states of jobs that nobody works on yet, and live those of
// jobs that are not over.
var (
	waiting = []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateScheduled,
	}
	live = append(slices.Clip(waiting), rivertype.JobStateRunning)
)

// InsertOpts implements river.JobArgsWithInsertOpts.
func (roundArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueName, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: live}}
}

func decode(j *rivertype.JobRow) (args roundArgs, err error) {
	return args, json.Unmarshal(j.EncodedArgs, &args)
}

// worker does jobs.
type worker struct {
	river.WorkerDefaults[roundArgs]
	work func(ctx context.Context, agent, roundID string) error
}

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, j *river.Job[roundArgs]) error {
	err := w.work(otel.WithCause(ctx, causeOf(j.JobRow)), j.Args.Agent, j.Args.Round)
	switch {
	case ctx.Err() != nil:
		return river.JobSnooze(0) // at once, for whoever is up
	case errors.Is(err, ErrElsewhere):
		return river.JobSnooze(starting)
	}
	return err
}

// retries is when a job that failed is tried again: later and later, up to ten
// minutes.
type retries struct{}

// NextRetry implements river.ClientRetryPolicy.
func (retries) NextRetry(j *rivertype.JobRow) time.Time {
	n := min(len(j.Errors)+1, 10)
	return time.Now().Add(min(time.Duration(n*n)*5*time.Second, 10*time.Minute))
}

// troubles is a log without River's everyday news.
type troubles struct{ slog.Handler }

// Enabled implements slog.Handler.
func (h troubles) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && h.Handler.Enabled(ctx, l)
}

// WithAttrs implements slog.Handler.
func (h troubles) WithAttrs(attrs []slog.Attr) slog.Handler {
	return troubles{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h troubles) WithGroup(name string) slog.Handler { return troubles{h.Handler.WithGroup(name)} }

// open makes a queue over a driver whose tables are there.
func open[TTx any](driver riverdriver.Driver[TTx], c Config) (*Queue, error) {
	if c.Work == nil {
		return nil, errors.New("jobs: Work is wanted")
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{work: c.Work})
	poll := cmp.Or(c.Poll, 2*time.Second)
	client, err := river.NewClient(driver, &river.Config{
		Queues:               map[string]river.QueueConfig{queueName: {MaxWorkers: 1}},
		Workers:              workers,
		PollOnly:             true, // jobs are few: no connection is kept to listen for them
		FetchCooldown:        min(poll, 100*time.Millisecond),
		FetchPollInterval:    poll,
		JobTimeout:           longest,
		RescueStuckJobsAfter: longest + time.Hour,
		RetryPolicy:          retries{},
		Logger:               slog.New(troubles{cmp.Or(c.Logger, slog.Default()).Handler()}),
		ID:                   id.New("hone_"),
	})
	if err != nil {
		return nil, err
	}
	return &Queue{client: client}, nil
}
