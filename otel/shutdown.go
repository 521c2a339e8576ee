package otel

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// queue is what waits for an exporter: a processor or a reader.
type queue interface {
	ForceFlush(ctx context.Context) error
	Shutdown(ctx context.Context) error
}

func queues[T queue](some []T) []queue {
	all := make([]queue, len(some))
	for i, one := range some {
		all[i] = one
	}
	return all
}

// Flush sends spans and log records that are waiting, so that they can be looked
// at. What isn't sent by the context's end stays queued or is lost.
func (t *Telemetry) Flush(ctx context.Context) error {
	return each(t.queues, func(q queue) error { return q.ForceFlush(ctx) })
}

// FlushKept is Flush for what the embedded database keeps, whatever becomes of
// the rest.
func (t *Telemetry) FlushKept(ctx context.Context) error {
	return each(t.kept, func(q queue) error { return q.ForceFlush(ctx) })
}

// grace is how long exports that were cut off may take to notice.
const grace = 500 * time.Millisecond

// Shutdown sends what is waiting and ends telemetry. At the context's end it
// gives up what isn't sent, and ends exports that still run; it returns shortly
// after.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	var result error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		rest := context.WithoutCancel(ctx)
		all := append(slices.Clone(t.queues), t.readers...)
		result = each(all, func(q queue) error { return q.Shutdown(rest) })
		if t.metrics != nil { // Setup was whole
			// What they have beside these; these say that they have ended already.
			_ = errors.Join(t.traces.Shutdown(rest), t.logs.Shutdown(rest), t.metrics.Shutdown(rest))
		}
	}()
	var err error
	select {
	case <-ended:
		err = result
	case <-ctx.Done():
		err = ctx.Err()
		t.cutOff()
		select {
		case <-ended:
		case <-time.After(grace): // one that writes to a pipe which nobody reads
		}
	}
	t.cutOff()
	t.lanes.end(ctx.Err())
	return err
}

// each does f for all queues at once, so that none waits for a slow one, as they
// would in the providers.
func each(all []queue, f func(queue) error) error {
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, q := range all {
		wg.Go(func() { errs[i] = f(q) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
