package postgres

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/honehq/hone/knowledge"
)

// arguments are the values of a statement that is put together; only their
// numbers are written into it.
type arguments []any

// add returns the placeholder of a new argument.
func (a *arguments) add(v any) string {
	*a = append(*a, v)
	return fmt.Sprintf("$%d", len(*a))
}

// condition is a filter as SQL over d.attributes, with the meaning of
// knowledge.Filter.Match. It is never NULL.
func condition(f *knowledge.Filter, args *arguments) string {
	if f == nil {
		return "true"
	}
	switch f.Type {
	case knowledge.And:
		return group(f.Filters, " AND ", "true", args)
	case knowledge.Or:
		return group(f.Filters, " OR ", "false", args)
	case knowledge.Eq:
		return equals([]any{f.Value}, f.Key, args)
	case knowledge.Ne:
		return "NOT " + equals([]any{f.Value}, f.Key, args)
	case knowledge.In:
		return equals(values(f), f.Key, args)
	case knowledge.Nin:
		return "NOT " + equals(values(f), f.Key, args)
	case knowledge.Gt:
		return compares(f, ">", args)
	case knowledge.Gte:
		return compares(f, ">=", args)
	case knowledge.Lt:
		return compares(f, "<", args)
	case knowledge.Lte:
		return compares(f, "<=", args)
	}
	return "false"
}

func group(filters []knowledge.Filter, operator, empty string, args *arguments) string {
	if len(filters) == 0 {
		return empty
	}
	parts := make([]string, len(filters))
	for i := range filters {
		parts[i] = condition(&filters[i], args)
	}
	return "(" + strings.Join(parts, operator) + ")"
}

func values(f *knowledge.Filter) []any {
	list, _ := f.Value.([]any)
	return list
}

// equals compares as JSON, so that values of different types differ.
func equals(values []any, key string, args *arguments) string {
	list := []string{}
	for _, v := range values {
		if b, err := json.Marshal(v); err == nil && v != nil {
			list = append(list, cleanJSON(string(b)))
		}
	}
	return fmt.Sprintf("coalesce(d.attributes -> %s::text = ANY (%s::text[]::jsonb[]), false)", args.add(key), args.add(list))
}

// compares orders strings by their bytes and numbers as float64; nothing else
// has an order. CASE keeps Postgres from reading a string as a number.
func compares(f *knowledge.Filter, operator string, args *arguments) string {
	switch v := f.Value.(type) {
	case string:
		key := args.add(f.Key)
		return fmt.Sprintf(`coalesce(jsonb_typeof(d.attributes -> %s::text) = 'string' AND (d.attributes ->> %s::text) COLLATE "C" %s %s::text, false)`,
			key, key, operator, args.add(v))
	case float64:
		key := args.add(f.Key)
		return fmt.Sprintf(`CASE WHEN jsonb_typeof(d.attributes -> %s::text) = 'number' THEN (d.attributes ->> %s::text)::double precision %s %s::double precision ELSE false END`,
			key, key, operator, args.add(v))
	}
	return "false"
}

// visible is knowledge.Access.CanSee as SQL over d.groups.
func visible(a knowledge.Access, args *arguments) string {
	if a.All {
		return "true"
	}
	return fmt.Sprintf("(d.groups = '{}' OR d.groups && %s::text[])", args.add(a.Groups))
}
