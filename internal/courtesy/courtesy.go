// Package courtesy lets work in the background wait while people are served. It
// stores nothing.
package courtesy

import (
	"context"
	"sync"
	"time"
)

// Door counts the people who are served, and makes work in the background wait
// for them. It is safe for concurrent use; a nil Door counts nothing, and nobody
// waits at it.
type Door struct {
	patience time.Duration

	mu   sync.Mutex
	in   int
	free chan struct{} // closed when the last one leaves; nil: nobody is in
}

// New returns a Door at which nobody waits for longer than patience at a time,
// so that work in the background goes on, however many people come.
func New(patience time.Duration) *Door { return &Door{patience: patience} }

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
		close(d.free)
	}
}

// Wait waits until nobody is served, or for as long as its patience lasts. Its
// only error is that of the context.
func (d *Door) Wait(ctx context.Context) error {
	if d == nil {
		return ctx.Err()
	}
	d.mu.Lock()
	free, in := d.free, d.in
	d.mu.Unlock()
	if in == 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d.patience)
	defer timer.Stop()
	select {
	case <-free:
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}
