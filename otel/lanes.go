package otel

import (
	"context"
	"errors"
	"log/slog"
)

// lanes are those of a Setup.
type lanes struct {
	over context.Context //nolint:containedctx // each lane's
	log  *slog.Logger
	all  []*lane
}

// open adds a lane.
func (l *lanes) open(signal, exporter string, room int) *lane {
	added := &lane{signal: signal, exporter: exporter, room: int64(room), log: l.log, over: l.over}
	l.all = append(l.all, added)
	return added
}

// count begins the counters of what is lost at 0: one that is born with 1 has not
// increased.
func (l *lanes) count() {
	for _, lane := range l.all {
		lane.lose(0)
	}
}

// end ends all lanes at the end of telemetry; err is why what waits is lost.
func (l *lanes) end(err error) {
	if err == nil {
		err = errors.New("telemetry has ended")
	}
	for _, lane := range l.all {
		lane.end(err)
	}
}
