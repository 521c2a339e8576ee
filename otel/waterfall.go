package otel

import (
	"slices"
	"time"
)

// Row is a line of a waterfall.
type Row struct {
	Span                   // the first, where the row stands for several
	Count    int           // of spans that it stands for
	Tree     string        // goes before the label: "│  ├─ "
	Label    string        // the name, or which SQL statement it is
	Facts    []string      // what tells most of the span
	From, To float64       // when, as shares of the trace's time, from 0 to 1
	Busy     time.Duration // of all its spans together
}

// Waterfall lays out the spans of one trace as a tree, siblings by start. A span
// whose parent isn't there is a root, as it is when the caller keeps its own
// spans elsewhere. Siblings in a row that are alike, have no children and
// nothing to tell, such as SQL statements, share a line.
func Waterfall(spans []Span) []Row {
	w := waterfall{children: map[string][]Span{}, seen: map[string]bool{}}
	ordered := slices.Clone(spans)
	slices.SortStableFunc(ordered, func(a, b Span) int { return a.Start.Compare(b.Start) })
	there := map[string]bool{}
	for i, s := range ordered {
		there[s.SpanID] = true
		if i == 0 {
			w.start, w.end = s.Start, s.End
		}
		if s.End.After(w.end) {
			w.end = s.End
		}
	}
	var roots []Span
	for _, s := range ordered {
		if there[s.ParentID] {
			w.children[s.ParentID] = append(w.children[s.ParentID], s)
		} else {
			roots = append(roots, s)
		}
	}
	for _, s := range append(roots, ordered...) { // what isn't below a root is its own ancestor
		if !w.seen[s.SpanID] {
			w.add([]Span{s}, "")
			w.below(s, "")
		}
	}
	return w.rows
}

// waterfall is one in the making.
type waterfall struct {
	rows       []Row
	children   map[string][]Span // by the parent's ID
	seen       map[string]bool   // IDs of spans that have their row
	start, end time.Time
}

// below adds what is under a span.
func (w *waterfall) below(parent Span, indent string) {
	groups := w.groups(w.children[parent.SpanID])
	for i, group := range groups {
		branch, deeper := "├─ ", "│  "
		if i == len(groups)-1 {
			branch, deeper = "└─ ", "   "
		}
		w.add(group, indent+branch)
		w.below(group[0], indent+deeper)
	}
}

// groups puts siblings that share a line together.
func (w *waterfall) groups(siblings []Span) [][]Span {
	var groups [][]Span
	for _, s := range siblings {
		last := len(groups) - 1
		switch {
		case w.seen[s.SpanID]:
		case last >= 0 && label(groups[last][0]) == label(s) && w.plain(groups[last][0]) && w.plain(s):
			groups[last] = append(groups[last], s)
		default:
			groups = append(groups, []Span{s})
		}
	}
	return groups
}

// plain tells whether there is nothing to a span but its name and time.
func (w *waterfall) plain(s Span) bool {
	return len(w.children[s.SpanID]) == 0 && len(facts(s)) == 0
}

func (w *waterfall) add(group []Span, tree string) {
	first := group[0]
	row := Row{Span: first, Count: len(group), Tree: tree, Label: label(first), Facts: facts(first)}
	end := first.End
	for _, s := range group {
		w.seen[s.SpanID] = true
		row.Busy += max(0, s.End.Sub(s.Start)) // clocks may be set back
		if s.End.After(end) {
			end = s.End
		}
	}
	row.From, row.To = w.share(first.Start), max(w.share(first.Start), w.share(end))
	w.rows = append(w.rows, row)
}

// share is where a time lies in the trace, from 0 to 1.
func (w *waterfall) share(t time.Time) float64 {
	if !w.end.After(w.start) {
		return 0
	}
	return min(1, float64(t.Sub(w.start))/float64(w.end.Sub(w.start)))
}
