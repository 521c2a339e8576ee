package offline

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// objectSchema is as much of a JSON Schema as is filled in.
type objectSchema struct {
	Type       json.RawMessage            `json:"type"` // a name, or a list of names
	Properties map[string]json.RawMessage `json:"properties"`
	Required   []string                   `json:"required"`
	Enum       []json.RawMessage          `json:"enum"`
	Const      json.RawMessage            `json:"const"`
	AnyOf      []json.RawMessage          `json:"anyOf"`
	MinItems   int                        `json:"minItems"`
	Items      json.RawMessage            `json:"items"`
	Minimum    *float64                   `json:"minimum"`
}

// maxSchemaDepth bounds how deep a schema is followed.
const maxSchemaDepth = 12

// fillSchema makes a JSON value that a schema of the usual form accepts, with
// text in its strings: the stand-in cannot reason about what belongs there.
func fillSchema(schema json.RawMessage, text string) string {
	b, err := json.Marshal(fill(schema, text, 0))
	if err != nil {
		return "{}"
	}
	return string(b)
}

func fill(schema json.RawMessage, text string, depth int) json.RawMessage {
	var s objectSchema
	if depth > maxSchemaDepth || json.Unmarshal(schema, &s) != nil {
		return json.RawMessage("{}")
	}
	switch {
	case len(s.Const) > 0:
		return s.Const
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.AnyOf) > 0:
		return fill(s.AnyOf[0], text, depth+1)
	}
	switch s.kind() {
	case "string":
		return mustJSON(text)
	case "integer", "number":
		if s.Minimum != nil {
			return mustJSON(*s.Minimum)
		}
		return json.RawMessage("0")
	case "boolean":
		return json.RawMessage("false")
	case "null":
		return json.RawMessage("null")
	case "array":
		list := []json.RawMessage{}
		for range min(s.MinItems, 8) {
			list = append(list, fill(s.Items, text, depth+1))
		}
		return mustJSON(list)
	}
	names := s.Required
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(s.Properties))
	}
	object := map[string]json.RawMessage{}
	for _, name := range names {
		object[name] = fill(s.Properties[name], text, depth+1)
	}
	return mustJSON(object)
}

// kind is the schema's type; of several the first.
func (s objectSchema) kind() string {
	var one string
	if json.Unmarshal(s.Type, &one) == nil {
		return one
	}
	var many []string
	if json.Unmarshal(s.Type, &many) == nil && len(many) > 0 {
		return many[0]
	}
	return "object"
}

func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return b
}

var (
	quoted = regexp.MustCompile("[\"`“]([^\"`”]{1,80})[\"`”]")
	named  = regexp.MustCompile(`\b(?:in|for|of|at|to|about|called|named) ((?:[A-Z0-9][\w.-]*)(?:[ ,]+[A-Z][\w.-]*)*)`)
)

// subject is what a question is about, as an argument: what it quotes, the
// name after a preposition, else all of it.
func subject(question string) string {
	if m := quoted.FindStringSubmatch(question); m != nil {
		return m[1]
	}
	if m := named.FindStringSubmatch(question); m != nil {
		return strings.TrimRight(m[1], " ,.?")
	}
	return question
}
