package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// questions are what people ask, in turn; the last ones are answered by nothing.
var questions = []string{
	"Checkout throws 503s since the last release. How do I roll back?",
	"Why did orders-replica-2 fall 14 minutes behind on 16 July 2024?",
	"pgbouncer connection pool exhausted, what now?",
	"What value of max_standby_streaming_delay do replicas that serve users have?",
	"How do I drain a node?",
	"Where do heavy reporting queries run?",
	"Who owns the moon?",
}

// ask has people ask for a while, each one question after another, and returns
// how long each answer took.
func (b *bench) ask(ctx context.Context, s *server, d time.Duration) ([]time.Duration, error) {
	asking, stop := context.WithTimeout(ctx, d)
	defer stop()
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var people sync.WaitGroup
	for person := range b.people {
		people.Go(func() {
			for i := person; asking.Err() == nil; i++ {
				began := time.Now()
				err := s.ask(ctx, questions[i%len(questions)]) // which is not cut off: the longest would not count
				took := time.Since(began)
				mu.Lock()
				all = append(all, took)
				if err != nil {
					failed = err
				}
				mu.Unlock()
				time.Sleep(b.pause)
			}
		})
	}
	people.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return all, failed
}

// askInRound does so while a round runs, which is then cancelled.
func (b *bench) askInRound(ctx context.Context, s *server) ([]time.Duration, error) {
	id, err := s.beginRound(ctx)
	if err != nil {
		return nil, err
	}
	before, err := s.waitForAnswers(ctx, id)
	if err != nil {
		return nil, err
	}
	took, err := b.ask(ctx, s, b.turn)
	if err != nil {
		return nil, err
	}
	r, err := s.round(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.State != "running" || r.Progress.Stage == before.Stage && r.Progress.Done <= before.Done {
		return nil, fmt.Errorf("round %s did not run all the time: %s, %+v after %+v", id, r.State, r.Progress, before)
	}
	if r.Progress.Stage == before.Stage {
		s.answers += r.Progress.Done - before.Done
	} else {
		s.answers += r.Progress.Done + before.Total - before.Done
	}
	return took, s.cancelRound(ctx, id)
}

// quantile of durations, the smallest one that is at least so great as a share
// q of them.
func quantile(all []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func ratio(a, b []time.Duration, q float64) float64 {
	return float64(quantile(a, q)) / float64(quantile(b, q))
}
