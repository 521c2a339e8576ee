package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/honehq/hone/jobs"
)

// A round that is offered is worked on once, however often it is offered
// meanwhile; when the job is over, it may be offered again.
func TestOffer(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		r := start(t, p)
		for range 3 {
			noError(t, r.queue.Offer(t.Context(), "default", "rnd_1"))
		}
		if got := <-r.begun; got != "default rnd_1" {
			t.Fatalf("worked on %s", got)
		}
		for range 3 {
			noError(t, r.queue.Offer(t.Context(), "default", "rnd_1"))
		}
		noError(t, r.queue.Offer(t.Context(), "other", "rnd_2"))
		r.end <- nil
		if got := <-r.begun; got != "other rnd_2" {
			t.Fatalf("worked on %s", got)
		}
		r.end <- nil
		again(t, r, "default", "rnd_1")
		r.end <- nil
	})
}

// again offers a round until it is worked on: the job before it takes a moment
// to be over.
func again(t *testing.T, r *replica, agent, round string) {
	t.Helper()
	for {
		noError(t, r.queue.Offer(t.Context(), agent, round))
		select {
		case got := <-r.begun:
			if got != agent+" "+round {
				t.Fatalf("worked on %s", got)
			}
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Replicas offer the same rounds at once, and work on them side by side: each
// is done once.
func TestReplicas(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		const replicas, rounds = 3, 20
		done := make(chan string, replicas*rounds)
		var queues []*jobs.Queue
		for range replicas {
			q, err := p.open(t).Jobs(t.Context(), jobs.Config{
				Poll: 5 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
				Work: func(_ context.Context, _, round string) error { done <- round; return nil },
			})
			noError(t, err)
			queues = append(queues, q)
		}
		var offers sync.WaitGroup
		for i := range replicas * rounds {
			offers.Go(func() {
				if err := queues[i%replicas].Offer(t.Context(), "default", fmt.Sprint("rnd_", i/replicas)); err != nil {
					t.Error(err)
				}
			})
		}
		offers.Wait()
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		for _, q := range queues {
			running.Go(func() { run(ctx, t, q) })
		}
		seen := map[string]bool{}
		for range rounds {
			seen[<-done] = true
		}
		stop()
		running.Wait()
		if len(seen) != rounds || len(done) > 0 {
			t.Errorf("%d rounds were worked on, %d more than once; want %d", len(seen), len(done), rounds)
		}
	})
}

func run(ctx context.Context, t *testing.T, q *jobs.Queue) {
	if err := q.Run(ctx); err != nil {
		t.Error(err)
	}
}

// What runs when a replica stops goes on at once on another one.
func TestStop(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		first := start(t, p)
		noError(t, first.queue.Offer(t.Context(), "default", "rnd_1"))
		<-first.begun
		second := start(t, p)
		first.stop()
		if got := <-second.begun; got != "default rnd_1" {
			t.Fatalf("worked on %s", got)
		}
		second.end <- nil
	})
}

// A job of a process that died is replaced, once, by whoever notices.
func TestLostJob(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		first := start(t, p)
		noError(t, first.queue.Offer(t.Context(), "default", "rnd_1"))
		<-first.begun
		p.exec(t, `UPDATE river_job SET attempted_at = '2026-01-01 00:00:00.000'`) // it has been running for long
		second := start(t, p)
		for range 3 {
			var wg sync.WaitGroup
			for _, r := range []*replica{first, second} {
				wg.Go(func() {
					if err := r.queue.Offer(t.Context(), "default", "rnd_1"); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		if got := <-second.begun; got != "default rnd_1" {
			t.Fatalf("worked on %s", got)
		}
		noError(t, second.queue.Offer(t.Context(), "default", "rnd_1"))
		second.end <- nil
		first.end <- nil
		noError(t, second.queue.Offer(t.Context(), "default", "rnd_2"))
		select { // nothing else waited
		case got := <-first.begun:
			if got != "default rnd_2" {
				t.Errorf("worked on %s", got)
			}
			first.end <- nil
		case got := <-second.begun:
			if got != "default rnd_2" {
				t.Errorf("worked on %s", got)
			}
			second.end <- nil
		}
	})
}

// A job that failed waits for its next try; nothing is added meanwhile.
func TestFailure(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		r := start(t, p)
		noError(t, r.queue.Offer(t.Context(), "default", "rnd_1"))
		<-r.begun
		r.end <- errors.New("the database is away")
		noError(t, r.queue.Offer(t.Context(), "default", "rnd_1"))
		noError(t, r.queue.Offer(t.Context(), "default", "rnd_2"))
		if got := <-r.begun; got != "default rnd_2" {
			t.Fatalf("worked on %s", got)
		}
		r.end <- nil
		for { // that the job failed takes a moment to be stored
			p.exec(t, `UPDATE river_job SET state = 'available', scheduled_at = '2026-01-01 00:00:00.000' WHERE state IN ('available', 'retryable', 'scheduled')`)
			select {
			case got := <-r.begun:
				if got != "default rnd_1" {
					t.Fatalf("worked on %s", got)
				}
				r.end <- nil
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
}

// Processes that start at once make the queue's tables once.
func TestOpenInParallel(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		var wg sync.WaitGroup
		for range 4 {
			db := p.open(t)
			wg.Go(func() {
				if _, err := db.Jobs(t.Context(), jobs.Config{Work: func(context.Context, string, string) error { return nil }}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
	if _, err := onSQLite(t).open(t).Jobs(t.Context(), jobs.Config{}); err == nil {
		t.Error("a queue without work is opened")
	}
}
