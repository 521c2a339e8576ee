package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// bind turns arguments into what the columns hold: times into microseconds,
// raw JSON into text, and text into text that every store can keep.
func bind(args []any) []any {
	bound := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case string:
			bound[i] = clean(a)
		case time.Time:
			bound[i] = micros(a)
		case json.RawMessage:
			bound[i] = nil
			if a != nil {
				bound[i] = clean(string(a))
			}
		default:
			bound[i] = a
		}
	}
	return bound
}

// clean puts U+FFFD in place of NUL and of broken UTF-8, which Postgres
// refuses, so that both stores give back the same.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// Spans are short: they count nanoseconds.

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func fromNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// timeColumn scans microseconds.
type timeColumn struct{ *time.Time }

func (c timeColumn) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("%T is not a time", src)
	}
	*c.Time = fromMicros(n)
	return nil
}

// jsonArg stores a value as JSON.
type jsonArg struct{ v any }

func (a jsonArg) Value() (driver.Value, error) {
	b, err := json.Marshal(a.v)
	return cleanJSON(string(b)), err
}

// list stores a slice as a JSON array, for json_each.
func list[T any](v []T) jsonArg {
	if v == nil {
		v = []T{}
	}
	return jsonArg{v}
}

// cleanJSON is clean for what encoding/json wrote: there, NUL is an escape.
func cleanJSON(s string) string {
	if !strings.Contains(s, `\u0000`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], `\u0000`):
			b.WriteString("\uFFFD")
			i += 5
		case s[i] == '\\': // an escape, perhaps of a backslash
			b.WriteString(s[i : i+2])
			i++
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// jsonColumn scans JSON into what dst points to.
type jsonColumn struct{ dst any }

func (c jsonColumn) Scan(src any) error {
	s, ok := src.(string)
	if !ok {
		return fmt.Errorf("%T is not JSON", src)
	}
	return json.Unmarshal([]byte(s), c.dst)
}

// rawColumn scans JSON as it is; NULL is nil.
type rawColumn struct{ *json.RawMessage }

func (c rawColumn) Scan(src any) error {
	switch s := src.(type) {
	case nil:
		*c.RawMessage = nil
	case string:
		*c.RawMessage = json.RawMessage(s)
	default:
		return fmt.Errorf("%T is not JSON", src)
	}
	return nil
}
