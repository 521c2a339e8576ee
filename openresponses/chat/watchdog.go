package chat

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

var (
	errFirstByte = errors.New("the answer did not begin in time")
	errSilence   = errors.New("the answer stopped coming")
	errTooLong   = errors.New("the answer is too long")
)

const (
	maxErrorBody = 256 << 10       // bytes of an error that are read
	lastWords    = 5 * time.Second // for what may follow the end of an answer: usage, [DONE]
)

// watchdog ends a call whose provider is silent for too long. Time that passes
// while nobody reads is not the provider's.
type watchdog struct {
	cancel  context.CancelCauseFunc
	silence time.Duration

	mu    sync.Mutex
	timer *time.Timer
	begun bool // the answer has
}

func newWatchdog(cancel context.CancelCauseFunc, l limits) *watchdog {
	return &watchdog{
		cancel: cancel, silence: l.silence,
		timer: time.AfterFunc(l.firstByte, func() { cancel(errFirstByte) }),
	}
}

// reading starts the clock, once the answer has begun.
func (w *watchdog) reading() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.begun {
		w.timer.Reset(w.silence)
	}
}

// read stops the clock: something came.
func (w *watchdog) read() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
	if !w.begun {
		w.begun = true
		w.timer = time.AfterFunc(w.silence, func() { w.cancel(errSilence) })
		w.timer.Stop()
	}
}

// hurry shortens the wait for what comes after the end.
func (w *watchdog) hurry() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.silence = min(w.silence, lastWords)
}

func (w *watchdog) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
}

// watchedBody is a response's body within the limits of time and size.
type watchedBody struct {
	body   io.ReadCloser
	watch  *watchdog
	left   int64
	failed bool // of a response that is an error: cut to size, and the wait goes on
}

func (b *watchedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		if b.failed {
			return 0, io.EOF
		}
		return 0, errTooLong
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	if b.failed {
		n, err := b.body.Read(p)
		b.left -= int64(n)
		return n, err
	}
	b.watch.reading()
	n, err := b.body.Read(p)
	b.left -= int64(n)
	if n > 0 || err != nil {
		b.watch.read()
	}
	return n, err
}

func (b *watchedBody) Close() error { return b.body.Close() }
