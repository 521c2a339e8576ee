package knowledge

import (
	"cmp"
	"slices"
)

// Filter is a condition on attributes, in the shape of OpenAI's file_search:
// {"type":"eq","key":…,"value":…} with eq, ne, gt, gte, lt, lte, in, nin, or
// {"type":"and"|"or","filters":[…]}.
type Filter struct {
	Type    FilterType `json:"type"`
	Key     string     `json:"key,omitempty"`
	Value   any        `json:"value,omitempty"` // string, float64, bool; for in and nin a []any of these
	Filters []Filter   `json:"filters,omitempty"`
}

// FilterType is a filter's operator.
type FilterType string

// The operators.
const (
	Eq  FilterType = "eq"
	Ne  FilterType = "ne"
	Gt  FilterType = "gt"
	Gte FilterType = "gte"
	Lt  FilterType = "lt"
	Lte FilterType = "lte"
	In  FilterType = "in"
	Nin FilterType = "nin"
	And FilterType = "and"
	Or  FilterType = "or"
)

// Match tells whether attributes fulfil the filter; a nil filter admits all.
// A missing key, and a value of another type, equals nothing and is neither
// less nor greater: ne and nin hold, all others don't. Numbers compare as
// float64, strings by their bytes.
func (f *Filter) Match(a Attributes) bool {
	if f == nil {
		return true
	}
	value, has := a[f.Key]
	switch f.Type {
	case And:
		return !slices.ContainsFunc(f.Filters, func(g Filter) bool { return !g.Match(a) })
	case Or:
		return slices.ContainsFunc(f.Filters, func(g Filter) bool { return g.Match(a) })
	case Eq:
		return has && value == f.Value
	case Ne:
		return !has || value != f.Value
	case In:
		return has && f.lists(value)
	case Nin:
		return !has || !f.lists(value)
	case Gt:
		c, ok := compare(value, f.Value)
		return ok && c > 0
	case Gte:
		c, ok := compare(value, f.Value)
		return ok && c >= 0
	case Lt:
		c, ok := compare(value, f.Value)
		return ok && c < 0
	case Lte:
		c, ok := compare(value, f.Value)
		return ok && c <= 0
	}
	return false
}

func (f *Filter) lists(value Value) bool {
	list, _ := f.Value.([]any)
	return slices.Contains(list, any(value))
}

// compare orders two values of one type; ok is false if they have no order.
func compare(a, b any) (order int, ok bool) {
	switch a := a.(type) {
	case string:
		b, ok := b.(string)
		return cmp.Compare(a, b), ok
	case float64:
		b, ok := b.(float64)
		return cmp.Compare(a, b), ok
	}
	return 0, false
}
