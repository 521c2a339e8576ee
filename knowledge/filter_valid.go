package knowledge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Bounds of a filter, so that it stays cheap to check and to write as SQL.
const (
	maxFilterDepth = 16
	maxFilterNodes = 256
)

// Validate tells what is wrong with a filter; the error wraps ErrInvalid and
// names the node, as in "filter.filters[1].value". A nil filter is valid.
func (f *Filter) Validate() error {
	if f == nil {
		return nil
	}
	nodes := 0
	return f.validate("filter", 1, &nodes)
}

func (f *Filter) validate(path string, depth int, nodes *int) error {
	if *nodes++; *nodes > maxFilterNodes {
		return badFilter(path, "more than %d conditions", maxFilterNodes)
	}
	if depth > maxFilterDepth {
		return badFilter(path, "nested deeper than %d", maxFilterDepth)
	}
	switch f.Type {
	case And, Or:
		return f.validateGroup(path, depth, nodes)
	case Eq, Ne, Gt, Gte, Lt, Lte, In, Nin:
		return f.validateComparison(path)
	case "":
		return badFilter(path+".type", "is missing")
	}
	return badFilter(path+".type", "%q is none of eq, ne, gt, gte, lt, lte, in, nin, and, or", f.Type)
}

func (f *Filter) validateGroup(path string, depth int, nodes *int) error {
	switch {
	case f.Key != "":
		return badFilter(path+".key", "does not belong to %q", f.Type)
	case f.Value != nil:
		return badFilter(path+".value", "does not belong to %q", f.Type)
	case len(f.Filters) == 0:
		return badFilter(path+".filters", "is missing or empty")
	}
	for i := range f.Filters {
		if err := f.Filters[i].validate(fmt.Sprintf("%s.filters[%d]", path, i), depth+1, nodes); err != nil {
			return err
		}
	}
	return nil
}

func (f *Filter) validateComparison(path string) error {
	switch {
	case f.Key == "":
		return badFilter(path+".key", "is missing")
	case f.Filters != nil:
		return badFilter(path+".filters", "belongs to and, or only")
	case f.Value == nil:
		return badFilter(path+".value", "is missing")
	}
	switch v := f.Value.(type) {
	case string, float64:
		if f.Type == In || f.Type == Nin {
			return badFilter(path+".value", "must be a list for %q", f.Type)
		}
	case bool:
		if f.Type != Eq && f.Type != Ne {
			return badFilter(path+".value", "cannot be true or false for %q", f.Type)
		}
	case []any:
		return f.validateList(path, v)
	default:
		return badFilter(path+".value", "must be a string, a number, true, false or a list of these")
	}
	return nil
}

func (f *Filter) validateList(path string, list []any) error {
	if f.Type != In && f.Type != Nin {
		return badFilter(path+".value", "cannot be a list for %q", f.Type)
	}
	if len(list) > maxFilterNodes {
		return badFilter(path+".value", "lists more than %d values", maxFilterNodes)
	}
	for i, v := range list {
		switch v.(type) {
		case string, float64, bool:
		default:
			return badFilter(fmt.Sprintf("%s.value[%d]", path, i), "must be a string, a number, true or false")
		}
	}
	return nil
}

func badFilter(path, format string, args ...any) error {
	return fmt.Errorf("%s: %s: %w", path, fmt.Sprintf(format, args...), ErrInvalid)
}

// UnmarshalJSON reads and validates a filter. Errors are those of Validate.
func (f *Filter) UnmarshalJSON(data []byte) error {
	parsed, err := parseFilter(data, "filter", 1)
	if err != nil {
		return err
	}
	if err := parsed.Validate(); err != nil {
		return err
	}
	*f = parsed
	return nil
}

// parseFilter goes down by itself, so that an error can say where it is.
func parseFilter(data []byte, path string, depth int) (Filter, error) {
	if depth > maxFilterDepth {
		return Filter{}, badFilter(path, "nested deeper than %d", maxFilterDepth)
	}
	var node struct {
		Type    FilterType        `json:"type"`
		Key     string            `json:"key"`
		Value   any               `json:"value"`
		Filters []json.RawMessage `json:"filters"`
	}
	if !bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) {
		return Filter{}, badFilter(path, "must be an object")
	}
	if err := json.Unmarshal(data, &node); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field != "" {
			return Filter{}, badFilter(path+"."+wrong.Field, "cannot be a JSON %s", wrong.Value)
		}
		return Filter{}, badFilter(path, "%v", err)
	}
	f := Filter{Type: node.Type, Key: node.Key, Value: node.Value}
	for i, raw := range node.Filters {
		sub, err := parseFilter(raw, fmt.Sprintf("%s.filters[%d]", path, i), depth+1)
		if err != nil {
			return Filter{}, err
		}
		f.Filters = append(f.Filters, sub)
	}
	return f, nil
}
