package otel

import (
	"cmp"
	"slices"
	"time"
)

// Row is a line of a waterfall.
type Row struct {
	Span                   // the first, where the row stands for several
	Count    int           // of spans that it stands for
	Depth    int           // how far below a root
	Tree     string        // goes before the label: "│  ├─ "
	Label    string        // the name, or which SQL statement it is
	Facts    []string      // what tells most of the span
	From, To float64       // when, as shares of the trace's time, from 0 to 1
	Busy     time.Duration // of all its spans together
	Left     int           // spans that were left out here; then the row stands for them, and has nothing but Busy
}

// Waterfall lays out the spans of one trace as a tree, siblings by start. A span
// whose parent isn't there is a root, as it is when the caller keeps its own
// spans elsewhere. Siblings in a row that are alike, have no children and
// nothing to tell, such as SQL statements, share a line.
//
// Of a trace with more steps than most it shows those that failed and those that
// took longest, with what they are part of, and says where how many were left
// out. With 0 it shows all.
func Waterfall(spans []Span, most int) []Row {
	w := layOut(spans)
	if most > 0 && len(w.steps) > most {
		w.choose(most)
	}
	w.show(w.roots, "", 0)
	return w.rows
}

// waterfall is one in the making.
type waterfall struct {
	start, end time.Time
	children   map[string][]Span // by the parent's ID
	seen       map[string]bool   // IDs of spans that have their step
	roots      []*step
	steps      []*step // all of them
	rows       []Row
}

// step is what shares a line.
type step struct {
	group    []Span
	parent   *step // nil of a root
	children []*step
	busy     time.Duration
	left     bool // out
}

func layOut(spans []Span) *waterfall {
	w := &waterfall{children: map[string][]Span{}, seen: map[string]bool{}}
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
			w.roots = append(w.roots, w.add([]Span{s}, nil))
		}
	}
	return w
}

// add makes the step of some spans, and those below it.
func (w *waterfall) add(group []Span, parent *step) *step {
	st := &step{group: group, parent: parent}
	w.steps = append(w.steps, st)
	for _, s := range group {
		w.seen[s.SpanID] = true
		st.busy += max(0, s.End.Sub(s.Start)) // clocks may be set back
	}
	for _, g := range w.groups(w.children[group[0].SpanID]) {
		if !w.seen[g[0].SpanID] { // unless it is its own ancestor
			st.children = append(st.children, w.add(g, st))
		}
	}
	return st
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

// choose leaves out all but the most telling steps and what they are part of.
func (w *waterfall) choose(most int) {
	byWeight := slices.Clone(w.steps)
	slices.SortStableFunc(byWeight, func(a, b *step) int {
		return cmp.Or(cmp.Compare(failures(b), failures(a)), cmp.Compare(b.busy, a.busy))
	})
	for _, st := range w.steps {
		st.left = true
	}
	for _, st := range byWeight {
		var path []*step
		for up := st; up != nil && up.left; up = up.parent {
			path = append(path, up)
		}
		if len(path) > most {
			continue // too deep for the room that is left
		}
		most -= len(path)
		for _, up := range path {
			up.left = false
		}
	}
}

func failures(st *step) int {
	if st.group[0].Status == "error" {
		return 1
	}
	return 0
}

// show adds the rows of siblings and of what is below them.
func (w *waterfall) show(siblings []*step, indent string, depth int) {
	var out Row
	shown := make([]*step, 0, len(siblings))
	for _, st := range siblings {
		if st.left {
			out.Left += st.spans()
			out.Busy += st.busy
		} else {
			shown = append(shown, st)
		}
	}
	for i, st := range shown {
		tree, deeper := "", ""
		if depth > 0 {
			tree, deeper = "├─ ", "│  "
			if i == len(shown)-1 && out.Left == 0 {
				tree, deeper = "└─ ", "   "
			}
		}
		w.rows = append(w.rows, w.row(st, indent+tree, depth))
		w.show(st.children, indent+deeper, depth+1)
	}
	if out.Left > 0 {
		out.Depth, out.Tree = depth, indent
		if depth > 0 {
			out.Tree += "└─ "
		}
		w.rows = append(w.rows, out)
	}
}

// spans counts those of a step and of all below it.
func (st *step) spans() int {
	n := len(st.group)
	for _, c := range st.children {
		n += c.spans()
	}
	return n
}

func (w *waterfall) row(st *step, tree string, depth int) Row {
	first := st.group[0]
	end := first.End
	for _, s := range st.group {
		if s.End.After(end) {
			end = s.End
		}
	}
	return Row{
		Span: first, Count: len(st.group), Depth: depth, Tree: tree, Label: label(first), Facts: facts(first), Busy: st.busy,
		From: w.share(first.Start), To: max(w.share(first.Start), w.share(end)),
	}
}

// share is where a time lies in the trace, from 0 to 1.
func (w *waterfall) share(t time.Time) float64 {
	if !w.end.After(w.start) {
		return 0
	}
	return min(1, float64(t.Sub(w.start))/float64(w.end.Sub(w.start)))
}
