// Package jobs is the queue of background work, on the database that everything
// else is in: rounds that wait for a replica to work on them. It wraps River
// (riverqueue.com), whose tables (river_*) and migrations it brings along.
//
// The queue says who works on a round and when; it is not what makes rounds
// safe. How far a round is, and whose turn it is, is kept with the round. So a
// job may be done twice, or be lost with its process, without harm: it is
// offered again.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// ErrElsewhere says that this process can't do a job, but another one may.
var ErrElsewhere = errors.New("this is another replica's job")

// Config configures a Queue.
type Config struct {
	// Work works on a round until it has ended. If it fails, it is called again
	// later, here or on another replica. It must return soon after its context
	// has ended; the round then goes on elsewhere.
	Work   func(ctx context.Context, agent, roundID string) error
	Poll   time.Duration // how often to look for jobs; 0 means 2 s
	Logger *slog.Logger
}

// Queue has rounds worked on. It is safe for concurrent use.
type Queue struct {
	client client
	// startMu is held while the client starts: River lets no job be inserted
	// meanwhile, unlike before and after.
	startMu sync.RWMutex
}

// client is what is used of a *river.Client, whatever its driver.
type client interface {
	Start(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
	Insert(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
	JobList(ctx context.Context, params *river.JobListParams) (*river.JobListResult, error)
}

const (
	queueName = "rounds"
	// longest is how long a job may take. A round that takes longer is begun
	// anew where it stands.
	longest = 24 * time.Hour
	// stopTime bounds how long Run takes to stop.
	stopTime = 10 * time.Second
	// starting is how long a job may run before whoever runs it must show.
	starting = 15 * time.Second
)

// Run works on jobs, one at a time, until ctx ends. What runs then is
// interrupted and left to other replicas. It may be called once.
func (q *Queue) Run(ctx context.Context) error {
	q.startMu.Lock()
	err := q.client.Start(context.WithoutCancel(ctx))
	q.startMu.Unlock()
	if err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	<-ctx.Done()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	if err := q.client.StopAndCancel(last); err != nil {
		return fmt.Errorf("stop the queue: %w", err)
	}
	return nil
}

// Offer makes sure that a job for a round waits or is about to begin. It is for
// rounds that nobody works on: a job that has been running for a while, though
// nobody does its work, is given up for lost.
func (q *Queue) Offer(ctx context.Context, agent, roundID string) error {
	lost, ok, err := q.current(ctx, roundID)
	if err != nil {
		return fmt.Errorf("jobs of round %s: %w", roundID, err)
	}
	if ok {
		return nil
	}
	// Replicas that offer the round at the same moment do so by the same key.
	q.startMu.RLock()
	defer q.startMu.RUnlock()
	_, err = q.client.Insert(ctx, roundArgs{Agent: agent, Round: roundID, After: lost}, causedBy(ctx))
	if err != nil {
		return fmt.Errorf("job of round %s: %w", roundID, err)
	}
	return nil
}

// Waiting returns how many jobs wait to be worked on, up to 1000.
func (q *Queue) Waiting(ctx context.Context) (int, error) {
	list, err := q.client.JobList(ctx, river.NewJobListParams().
		Kinds(roundArgs{}.Kind()).States(waiting...).First(1000))
	if err != nil {
		return 0, fmt.Errorf("jobs that wait: %w", err)
	}
	return len(list.Jobs), nil
}

// current tells whether a job for a round waits or is about to begin; if none
// does, which the last one is that was lost (0: none).
func (q *Queue) current(ctx context.Context, roundID string) (lost int64, ok bool, err error) {
	list, err := q.client.JobList(ctx, river.NewJobListParams().
		Kinds(roundArgs{}.Kind()).States(live...).OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(1000))
	if err != nil {
		return 0, false, err
	}
	for _, j := range list.Jobs {
		args, err := decode(j)
		if err != nil || args.Round != roundID {
			continue
		}
		if j.State != rivertype.JobStateRunning || j.AttemptedAt == nil || time.Since(*j.AttemptedAt) < starting {
			return 0, true, nil
		}
		lost = max(lost, j.ID)
	}
	return lost, false, nil
}
