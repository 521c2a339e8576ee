package postgres

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// bind turns arguments into what the columns hold: raw JSON into text, and
// text into text that Postgres takes.
func bind(args []any) []any {
	bound := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case string:
			bound[i] = clean(a)
		case []string:
			bound[i] = cleanAll(a)
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

// clean puts U+FFFD in place of NUL and of broken UTF-8, which Postgres refuses.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// cleanAll is never nil, which would be NULL.
func cleanAll(list []string) []string {
	cleaned := make([]string, len(list))
	for i, s := range list {
		cleaned[i] = clean(s)
	}
	return cleaned
}

// orNull makes the zero time NULL.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// timeColumn scans a time; NULL is the zero time.
type timeColumn struct{ *time.Time }

func (c timeColumn) Scan(src any) error {
	switch t := src.(type) {
	case nil:
		*c.Time = time.Time{}
	case time.Time:
		*c.Time = t.UTC()
	default:
		return fmt.Errorf("%T is not a time", src)
	}
	return nil
}

// jsonArg stores a value as JSON.
type jsonArg struct{ v any }

func (a jsonArg) Value() (driver.Value, error) {
	b, err := json.Marshal(a.v)
	return cleanJSON(string(b)), err
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
	switch s := src.(type) {
	case string:
		return json.Unmarshal([]byte(s), c.dst)
	case []byte:
		return json.Unmarshal(s, c.dst)
	}
	return fmt.Errorf("%T is not JSON", src)
}

// rawColumn scans JSON that is kept as text; NULL is nil.
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
