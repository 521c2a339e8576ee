package otel

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// lane is the way of one signal to one exporter. It bounds what waits there,
// counts what is lost and tells it in the log; a request never waits for it. It
// is safe for concurrent use.
type lane struct {
	signal   string // traces, metrics or logs
	exporter string // otlp, console or sqlite
	room     int64  // how many items may wait
	log      *slog.Logger
	over     context.Context //nolint:containedctx // the SDK makes the context of an export itself

	waiting, lost atomic.Int64
	closed        atomic.Bool // to what comes after the end, which is not counted

	mu     sync.Mutex
	reason error     // of the last loss, or nil: the queue was full
	told   int64     // of the lost
	at     time.Time // when
}

// enter tells whether there is room for one more item. Without, it is lost.
func (l *lane) enter() bool {
	if l.closed.Load() {
		return false
	}
	if l.waiting.Add(1) <= l.room {
		return true
	}
	l.waiting.Add(-1)
	l.lose(1)
	return false
}

func (l *lane) lose(n int64) {
	l.lost.Add(n)
	recordDropped(context.Background(), l.signal, l.exporter, int(n))
}

// send exports n items that entered. When telemetry is over the export ends,
// which the SDK would let run on to the exporter's own limits, half a minute
// and more.
func (l *lane) send(ctx context.Context, n int, export func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.over, cancel)()
	err := l.over.Err()
	if err == nil {
		err = export(ctx)
	}
	l.waiting.Add(-int64(n))
	if err == nil {
		l.tell(nil, false)
		return nil
	}
	l.lose(rejected(err, int64(n)))
	l.tell(err, false)
	return toldError{err}
}

// end tells what is lost with the end of telemetry, and why if anything waits.
func (l *lane) end(err error) {
	if n := l.waiting.Swap(0); n > 0 {
		l.lose(n)
		l.tell(err, true)
		return
	}
	l.tell(nil, true)
}

// tellEvery is how often trouble that goes on is told.
const tellEvery = time.Minute

// tell says in the log what was lost since it was last told: at once, and then
// once a minute. Only exporters call it, so that no request waits for a log.
func (l *lane) tell(err error, last bool) {
	l.mu.Lock()
	lost, now := l.lost.Load(), time.Now()
	if err != nil {
		l.reason = err
	}
	n, reason := lost-l.told, l.reason
	due := (n > 0 || err != nil) && (last || l.at.IsZero() || now.Sub(l.at) >= tellEvery)
	if due {
		l.told, l.at, l.reason = lost, now, nil
	}
	l.mu.Unlock()
	if !due {
		return
	}
	if reason == nil {
		reason = errQueueFull
	}
	l.log.Warn("telemetry was lost", "signal", l.signal, "exporter", l.exporter, "items", n, "error", inLog(reason))
}

var errQueueFull = errors.New("more came than could be sent")

// toldError is an error that the log has been told of, with what the log may
// have of its text.
type toldError struct{ err error }

func (e toldError) Error() string { return inLog(e.err) }

func (e toldError) Unwrap() error { return e.err }

// partial is how the OTLP exporters say that a collector refused a part.
var partial = regexp.MustCompile(`OTLP partial success: (?s:.*) \((\d+) [a-z ]+ rejected\)`)

// rejected is how many of n items an error means. What a collector claims
// counts within n only.
func rejected(err error, n int64) int64 {
	if _, ok := errors.AsType[notPrunedError](err); ok {
		return 0
	}
	found := partial.FindStringSubmatch(err.Error())
	if found == nil {
		return n
	}
	claimed, err := strconv.ParseInt(found[1], 10, 64)
	if err != nil {
		return n
	}
	return min(claimed, n)
}
