package traces

import (
	"slices"

	"github.com/honehq/hone/otel"
)

// tree knows which spans are parts of which.
type tree struct {
	id       string // of the trace
	spans    map[string]otel.Span
	children map[string][]string
}

func newTree(spans []otel.Span) tree {
	t := tree{spans: map[string]otel.Span{}, children: map[string][]string{}}
	for _, s := range spans {
		t.id = s.TraceID
		t.spans[s.SpanID] = s
		t.children[s.ParentID] = append(t.children[s.ParentID], s.SpanID)
	}
	return t
}

// within tells whether a span is a part of one of the answers.
func (t tree) within(id string, answers []Account) bool {
	for range len(t.spans) { // a span may be its own ancestor
		id = t.spans[id].ParentID
		if id == "" {
			return false
		}
		if slices.ContainsFunc(answers, func(a Account) bool { return a.span == id }) {
			return true
		}
	}
	return false
}

// below are a span and all its parts, in their order.
func (t tree) below(id string) []otel.Span {
	var list []otel.Span
	seen := map[string]bool{}
	var add func(id string)
	add = func(id string) {
		if s, ok := t.spans[id]; ok && !seen[id] {
			seen[id] = true
			list = append(list, s)
			for _, c := range t.children[id] {
				add(c)
			}
		}
	}
	add(id)
	return list
}
