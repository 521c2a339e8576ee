package eval

import (
	"cmp"
	"slices"
)

// groupKey names a row of a table: cases whose property by has the value group.
type groupKey struct{ by, group string }

// grouping collects the rows that cases fall into.
type grouping struct {
	by   []string
	seen map[groupKey]bool
}

func newGrouping(by ...string) *grouping {
	return &grouping{by: by, seen: map[groupKey]bool{}}
}

// of returns the rows of a case and notes them.
func (g *grouping) of(c Case) []groupKey {
	var keys []groupKey
	for _, by := range g.by {
		value := map[string]string{"all": "all", "type": string(c.Type), "style": c.Style, "kind": c.Kind}[by]
		if value == "" {
			continue
		}
		key := groupKey{by, value}
		g.seen[key] = true
		keys = append(keys, key)
	}
	return keys
}

// sorted returns the rows noted, by property, then by name.
func (g *grouping) sorted() []groupKey {
	var keys []groupKey
	for key := range g.seen {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(x, y groupKey) int {
		return cmp.Or(cmp.Compare(slices.Index(g.by, x.by), slices.Index(g.by, y.by)), cmp.Compare(x.group, y.group))
	})
	return keys
}
