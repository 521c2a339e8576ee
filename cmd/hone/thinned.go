package main

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/honehq/hone/internal/seldom"
	"github.com/honehq/hone/otel"
)

// thinned is a log in which what fails again and again while answers are
// evaluated, such as a judge that is down, is told once a minute with a count: a
// round asks hundreds of times. What people ask is told each time.
type thinned struct {
	slog.Handler
	teller *seldom.Teller
}

func newThinned(log *slog.Logger) *slog.Logger {
	return slog.New(thinned{log.Handler(), seldom.New(time.Minute)})
}

// Handle implements slog.Handler.
func (h thinned) Handle(ctx context.Context, r slog.Record) error {
	by := otel.CallerOf(ctx)
	if by.Origin != "eval" || r.Level < slog.LevelWarn {
		return h.Handler.Handle(ctx, r)
	}
	times, due := h.teller.Due(strings.Join([]string{r.Message, by.Agent, by.Role, failure(r)}, "\x00"))
	if !due {
		return nil
	}
	r = r.Clone()
	r.AddAttrs(slog.String("role", by.Role), slog.Int("times", times))
	return h.Handler.Handle(ctx, r)
}

// failure is the kind of a record's error: texts may differ each time.
func failure(r slog.Record) (kind string) {
	r.Attrs(func(a slog.Attr) bool {
		err, ok := a.Value.Any().(error)
		if ok {
			kind = otel.ErrorType(err)
		}
		return !ok
	})
	return kind
}

// WithAttrs implements slog.Handler.
func (h thinned) WithAttrs(attrs []slog.Attr) slog.Handler {
	return thinned{h.Handler.WithAttrs(attrs), h.teller}
}

// WithGroup implements slog.Handler.
func (h thinned) WithGroup(name string) slog.Handler {
	return thinned{h.Handler.WithGroup(name), h.teller}
}
