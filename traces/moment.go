package traces

import (
	"fmt"
	"time"
)

// Moment reads a time as people give it: 2026-01-31T12:00:00Z, with or without
// seconds and zone, a day, or how long ago, such as 90m or 36h. Without a zone it
// is one of now's. Empty is the zero time.
func Moment(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil {
		if ago < 0 {
			ago = -ago
		}
		return now.Add(-ago), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%.100q is no time such as 2026-01-31T12:00:00Z, 2026-01-31 or, for how long ago, 2h", text)
}

// Elsewhere says what may have become of a trace that is not kept here.
const Elsewhere = "each process of Hone keeps the traces of its own answers, in a file beside it, as long as its settings say; " +
	"another replica may have this one, or OTEL_TRACES_EXPORTER did not name sqlite then"
