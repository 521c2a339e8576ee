package chunk

import (
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Value is an attribute's value: a String, Number, Bool or List.
type Value interface{ value() }

type (
	// String is text; a date is written YYYY-MM-DD.
	String string
	// Number is an integer or a finite fraction.
	Number float64
	// Bool is true or false.
	Bool bool
	// List is a sequence of scalars, each in its textual form.
	List []string
)

func (String) value() {}
func (Number) value() {}
func (Bool) value()   {}
func (List) value()   {}

// maxFrontMatter bounds what is handed to the YAML parser, in bytes.
const maxFrontMatter = 64 << 10

// frontMatter reads the YAML mapping between two lines of three dashes at the
// top of the text. It returns the first line after it, or 0 where there is no
// such mapping.
func frontMatter(s source) (map[string]Value, int) {
	if s.lines() == 0 || strings.TrimRight(s.line(0), " \t") != "---" {
		return nil, 0
	}
	for i := 1; i < s.lines() && s.starts[i] <= maxFrontMatter; i++ {
		switch strings.TrimRight(s.line(i), " \t") {
		case "---", "...":
			attributes, ok := parseYAML(s.text[s.starts[1]:s.starts[i]])
			if !ok {
				return nil, 0
			}
			return attributes, i + 1
		}
	}
	return nil, 0
}

func parseYAML(text string) (map[string]Value, bool) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return nil, false
	}
	if len(doc.Content) == 0 {
		return nil, strings.TrimSpace(text) == "" // an empty block is front matter too
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, false
	}
	attributes := make(map[string]Value)
	for i := 0; i+1 < len(root.Content); i += 2 {
		if v := yamlValue(root.Content[i+1]); v != nil {
			attributes[root.Content[i].Value] = v
		}
	}
	if len(attributes) == 0 {
		attributes = nil
	}
	return attributes, true
}

// yamlValue is nil for null, nested mappings and lists of anything but
// scalars, which search cannot filter by.
func yamlValue(n *yaml.Node) Value {
	n = target(n)
	switch n.Kind {
	case yaml.ScalarNode:
		return scalar(n)
	case yaml.SequenceNode:
		list := make(List, 0, len(n.Content))
		for _, item := range n.Content {
			item = target(item)
			if item.Kind != yaml.ScalarNode {
				return nil
			}
			if v := scalar(item); v != nil {
				list = append(list, scalarText(v))
			}
		}
		return list
	}
	return nil
}

func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

func scalar(n *yaml.Node) Value {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if n.Decode(&b) == nil {
			return Bool(b)
		}
	case "!!int", "!!float":
		var f float64
		if n.Decode(&f) == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return Number(f)
		}
	case "!!timestamp":
		var t time.Time
		if n.Decode(&t) == nil {
			return String(t.Format(time.DateOnly))
		}
	}
	return String(n.Value)
}

func scalarText(v Value) string {
	switch v := v.(type) {
	case String:
		return string(v)
	case Number:
		return strconv.FormatFloat(float64(v), 'f', -1, 64)
	case Bool:
		return strconv.FormatBool(bool(v))
	}
	return ""
}
