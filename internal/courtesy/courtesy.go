// Package courtesy lets work in the background wait while people are served. It
// stores nothing.
package courtesy

import (
	"context"
	"sync"
	"time"
)

// Door counts the people who are served, and makes work in the background wait
// until none has been there for a while. It is safe for concurrent use; a nil
// Door counts nothing, and nobody waits at it.
type Door struct {
	quiet, patience time.Duration

	mu   sync.Mutex
	in   int
	free chan struct{} // closed when the last one leaves
	last time.Time     // when the last one left
}

// New returns a Door at which work waits until nobody has been served for quiet:
// people who ask come back with their next question. It waits for no longer than
// patience at a time, so that it goes on, however many people come.
func New(quiet, patience time.Duration) *Door { return &Door{quiet: quiet, patience: patience} }

// Enter counts a person in, and the function returned, called once, out.
func (d *Door) Enter() (leave func()) {
	if d == nil {
		return func() {}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.in == 0 {
		d.free = make(chan struct{})
	}
	d.in++
	return d.leave
}

func (d *Door) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.in--; d.in == 0 {
		d.last = time.Now()
		close(d.free)
	}
}

// Wait waits until it has been quiet, or for as long as its patience lasts. Its
// only error is that of the context.
func (d *Door) Wait(ctx context.Context) error {
	if d == nil {
		return ctx.Err()
	}
	began := time.Now()
	for ctx.Err() == nil {
		free, wait := d.look()
		left := d.patience - time.Since(began)
		if wait <= 0 || left <= 0 {
			break
		}
		timer := time.NewTimer(min(wait, left))
		select {
		case <-free:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return ctx.Err()
}

// look tells how long to wait before looking again, 0: it is quiet. What is
// returned, too, is closed when somebody who is in leaves; nil: nobody is in.
func (d *Door) look() (free chan struct{}, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.in > 0 {
		return d.free, d.patience
	}
	return nil, d.quiet - time.Since(d.last)
}
