package sqlite

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/honehq/hone/otel"
)

// A span's attributes are stored as a JSON object in which a float64 always
// has a point or an exponent, and an int64 never has, so that both come back
// as what they were. NaN and infinities become strings.

func encodeAttributes(attributes map[string]any) (json.RawMessage, error) {
	plain := map[string]any{}
	for key, v := range attributes {
		switch v := v.(type) {
		case float64:
			plain[key] = number(v)
		case []float64:
			numbers := make([]any, len(v))
			for i := range v {
				numbers[i] = number(v[i])
			}
			plain[key] = numbers
		default:
			plain[key] = v
		}
	}
	b, err := json.Marshal(plain)
	return json.RawMessage(cleanJSON(string(b))), err
}

func number(f float64) any {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return s
	case strings.ContainsAny(s, ".e"):
		return json.Number(s)
	}
	return json.Number(s + ".0")
}

func decodeAttributes(s string) (map[string]any, error) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var attributes map[string]any
	if err := d.Decode(&attributes); err != nil {
		return nil, err
	}
	for key, v := range attributes {
		if list, ok := v.([]any); ok {
			attributes[key] = decodeList(list)
		} else {
			attributes[key] = decodeValue(v)
		}
	}
	return attributes, nil
}

func decodeValue(v any) any {
	n, ok := v.(json.Number)
	if !ok {
		return v
	}
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, _ := n.Float64() // what doesn't fit is ±Inf
	return f
}

// decodeList returns a slice of the type of its elements; []string if it is
// empty.
func decodeList(list []any) any {
	if len(list) == 0 {
		return []string{}
	}
	switch decodeValue(list[0]).(type) {
	case string:
		return slice[string](list)
	case bool:
		return slice[bool](list)
	case int64:
		return slice[int64](list)
	case float64:
		return slice[float64](list)
	}
	return list
}

func slice[T any](list []any) []T {
	s := make([]T, len(list))
	for i, v := range list {
		s[i], _ = decodeValue(v).(T)
	}
	return s
}

type attributesColumn struct{ attributes *map[string]any }

func (c attributesColumn) Scan(src any) (err error) {
	s, ok := src.(string)
	if !ok {
		return fmt.Errorf("%T is not JSON", src)
	}
	*c.attributes, err = decodeAttributes(s)
	return err
}

// event is otel.SpanEvent as stored.
type event struct {
	Name       string          `json:"name"`
	At         int64           `json:"at"` // nanoseconds
	Attributes json.RawMessage `json:"attributes"`
}

func encodeEvents(events []otel.SpanEvent) (json.RawMessage, error) {
	plain := make([]event, len(events))
	for i, e := range events {
		attributes, err := encodeAttributes(e.Attributes)
		if err != nil {
			return nil, err
		}
		plain[i] = event{e.Name, nanos(e.At), attributes}
	}
	return encodeList(plain)
}

func encodeList[T any](list []T) (json.RawMessage, error) {
	b, err := json.Marshal(list)
	return json.RawMessage(cleanJSON(string(b))), err
}

type eventsColumn struct{ events *[]otel.SpanEvent }

func (c eventsColumn) Scan(src any) error {
	var plain []event
	if err := (jsonColumn{&plain}).Scan(src); err != nil {
		return err
	}
	*c.events = nil
	for _, e := range plain {
		attributes, err := decodeAttributes(string(e.Attributes))
		if err != nil {
			return err
		}
		*c.events = append(*c.events, otel.SpanEvent{Name: e.Name, At: fromNanos(e.At), Attributes: attributes})
	}
	return nil
}

// link is otel.SpanLink as stored.
type link struct {
	TraceID    string          `json:"trace_id"`
	SpanID     string          `json:"span_id"`
	Attributes json.RawMessage `json:"attributes"`
}

func encodeLinks(links []otel.SpanLink) (json.RawMessage, error) {
	plain := make([]link, len(links))
	for i, l := range links {
		attributes, err := encodeAttributes(l.Attributes)
		if err != nil {
			return nil, err
		}
		plain[i] = link{l.TraceID, l.SpanID, attributes}
	}
	return encodeList(plain)
}

type linksColumn struct{ links *[]otel.SpanLink }

func (c linksColumn) Scan(src any) error {
	var plain []link
	if err := (jsonColumn{&plain}).Scan(src); err != nil {
		return err
	}
	*c.links = nil
	for _, l := range plain {
		attributes, err := decodeAttributes(string(l.Attributes))
		if err != nil {
			return err
		}
		*c.links = append(*c.links, otel.SpanLink{TraceID: l.TraceID, SpanID: l.SpanID, Attributes: attributes})
	}
	return nil
}
