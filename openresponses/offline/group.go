package offline

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// group are chosen segments of one section.
type group struct {
	path, section string
	segments      []int // in the document's order
	opening       bool  // the best statement alone, ahead of all groups
}

// grouped sorts the chosen segments, best first, into sections: first that of
// the best segment, then the rest of its document, then other documents as
// they were chosen; sections in their document's order.
func (r *ranked) grouped(picked []int) []group {
	var groups []group
	rank := map[string]int{} // of documents
	for _, i := range picked {
		s := &r.segments[i]
		path := r.passages[s.passage].Path
		if _, ok := rank[path]; !ok {
			rank[path] = len(rank)
		}
		at := slices.IndexFunc(groups, func(g group) bool { return g.path == path && g.section == s.section })
		if at < 0 {
			at = len(groups)
			groups = append(groups, group{path: path, section: s.section})
		}
		groups[at].segments = append(groups[at].segments, i)
	}
	for _, g := range groups {
		slices.SortFunc(g.segments, r.inDocument)
	}
	if len(groups) > 1 {
		slices.SortStableFunc(groups[1:], func(a, b group) int {
			return cmp.Or(cmp.Compare(rank[a.path], rank[b.path]), r.inDocument(a.segments[0], b.segments[0]))
		})
	}
	return r.withOpening(groups, picked)
}

// inDocument compares two segments' places in a document.
func (r *ranked) inDocument(i, j int) int {
	a, b := r.segments[i].passage, r.segments[j].passage
	return cmp.Or(cmp.Compare(r.passages[a].Lines[0], r.passages[b].Lines[0]), cmp.Compare(i, j))
}

// buried is how many statements may stand before the best one in its group.
const buried = 1

// withOpening puts the best statement ahead of its group where it would be
// buried in it, if it can be understood alone.
func (r *ranked) withOpening(groups []group, picked []int) []group {
	if len(picked) == 0 {
		return nil
	}
	best := picked[0]
	list := groups[0].segments
	s := &r.segments[best]
	if s.kind != sentence || leaning(s.text) || isLabel(s.text) || slices.Index(list, best) <= buried {
		return groups
	}
	groups[0].segments = slices.DeleteFunc(slices.Clone(list), func(i int) bool { return i == best })
	opening := group{path: groups[0].path, section: groups[0].section, segments: []int{best}, opening: true}
	return append([]group{opening}, groups...)
}

// nameChars bounds a heading, in characters.
const nameChars = 60

// nameOf is a group's heading: its section, and its document's title where that
// isn't the first group's.
func (r *ranked) nameOf(g, first group) string {
	title := withoutLinks(r.passages[r.segments[g.segments[0]].passage].Title)
	name := cmp.Or(g.section, title, g.path)
	if g.path != first.path && title != "" && title != name && utf8.RuneCountInString(title+name) < nameChars {
		name = title + ", " + name
	}
	if cut, ok := cutText(name, nameChars); ok {
		name = cut + "…"
	}
	return name
}

// listID tells lists apart.
type listID struct {
	passage, lead int
	heading       string
}

func listOf(s *segment) listID { return listID{s.passage, s.lead, s.heading} }
