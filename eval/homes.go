package eval

import (
	"cmp"
	"slices"
)

// home is a cluster with what was decided about it.
type home struct {
	cluster string
	split   Split
	order   int64
}

// homes joins what cases are about into components (union-find), each of which
// is one cluster.
type homes struct {
	parent map[string]string
	home   map[string]home   // of a component that has one, by root
	least  map[string]string // the smallest tie of a component, by root
}

// ties are what puts cases into one cluster.
func ties(c Case) []string {
	out := []string{"question " + fold(c.Question)}
	for _, d := range c.Docs {
		out = append(out, "doc "+d) // before "question", so that documents name a cluster
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func newHomes(known []StoredCase) *homes {
	h := &homes{parent: map[string]string{}, home: map[string]home{}, least: map[string]string{}}
	for _, c := range known {
		at := home{c.Cluster, c.Split, c.Order}
		if !c.Retired.IsZero() {
			at.split = Train
		}
		h.settle(h.union(ties(c.Case)), at)
	}
	return h
}

// settle gives a component a home, if it has none.
func (h *homes) settle(root string, at home) {
	if _, ok := h.home[root]; !ok {
		h.home[root] = at
	}
}

func (h *homes) find(x string) string {
	if _, ok := h.parent[x]; !ok {
		h.parent[x], h.least[x] = x, x
	}
	for h.parent[x] != x {
		h.parent[x] = h.parent[h.parent[x]]
		x = h.parent[x]
	}
	return x
}

// union joins the components of all ties and returns the root.
func (h *homes) union(ties []string) string {
	root := h.find(ties[0])
	for _, t := range ties[1:] {
		other := h.find(t)
		if other == root {
			continue
		}
		h.parent[other] = root
		h.least[root] = min(h.least[root], h.least[other])
		if at, ok := h.home[other]; ok {
			h.settle(root, at)
		}
	}
	return root
}

// join joins the components of a case's ties, unless that would leak. only is
// the split that the case must get, or empty.
func (h *homes) join(ties []string, only Split) bool {
	var met []home
	for _, t := range ties {
		if at, ok := h.home[h.find(t)]; ok {
			met = append(met, at)
		}
	}
	slices.SortFunc(met, func(x, y home) int { return cmp.Compare(x.cluster, y.cluster) })
	for _, at := range met {
		if at.split != met[0].split || at.split == Sealed && at.cluster != met[0].cluster {
			return false
		}
		if only != "" && at.split != only {
			return false
		}
	}
	root := h.union(ties)
	if len(met) > 0 {
		h.home[root] = met[0]
	}
	return true
}

// of returns the home of a case that has joined, opening a new cluster where
// its component has none.
func (h *homes) of(c Case, a Admission) home {
	root := h.find(ties(c)[0])
	if _, ok := h.home[root]; !ok {
		h.home[root] = a.open(h.least[root])
	}
	return h.home[root]
}
