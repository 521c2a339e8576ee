package knowledge

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
