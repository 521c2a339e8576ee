package eval

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/honehq/hone/internal/wording"
)

// home is a cluster with what was decided about it.
type home struct {
	cluster string
	split   Split
	order   int64
}

// Tie is what was decided, for good, about a document, a text or a question:
// also once the cases that were about it are gone.
type Tie struct {
	Hash    string // of what it is about, in hex: it may be sealed
	Cluster string
	Split   Split // Train for a cluster of which people have seen a case
	Order   int64
}

// homes joins what cases are about into components (union-find), each of which
// is one cluster.
type homes struct {
	parent   map[string]string
	home     map[string]home   // of a component that has one, by root
	least    map[string]string // the smallest tie of a component, by root
	memory   map[string]home   // what was decided before, by the tie's hash
	asked    Questions
	contents map[string][]string // of documents
}

// ties are what puts cases into one cluster: a document by its path and by its
// text, and a question with those that are alike.
func (h *homes) ties(c Case) []string {
	out := []string{"question " + wording.Fold(c.Question)}
	for _, q := range h.asked.Alike(c.Question) {
		out = append(out, "question "+wording.Fold(q))
	}
	for _, d := range c.Docs {
		out = append(out, "doc "+d) // before "question", so that documents name a cluster
		for _, text := range h.contents[d] {
			out = append(out, "text "+text)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// newHomes starts from what an agent has: its cases, and what was decided about
// others that are gone. contents are hashes of documents' texts by path.
func newHomes(known []StoredCase, remembered []Tie, contents map[string][]string) *homes {
	h := &homes{parent: map[string]string{}, home: map[string]home{}, least: map[string]string{}, contents: contents}
	seen := map[string]bool{} // clusters of which people have seen cases
	for _, c := range known {
		at := home{c.Cluster, c.Split, c.Order}
		if !c.Retired.IsZero() {
			at.split = Train
			seen[c.Cluster] = true
		}
		h.settle(h.union(h.ties(c.Case)), at)
		h.asked.Add(c.Question)
	}
	memory := map[string]home{}
	for _, t := range remembered {
		at := home{t.Cluster, t.Split, t.Order}
		if seen[t.Cluster] {
			at.split = Train
		}
		memory[t.Hash] = at
	}
	for tie := range h.parent {
		if at, ok := memory[tieHash(tie)]; ok {
			h.settle(h.find(tie), at)
		}
	}
	h.memory = memory
	return h
}

func tieHash(tie string) string {
	sum := sha256.Sum256([]byte(tie))
	return hex.EncodeToString(sum[:16])
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
		if at, ok := h.memory[tieHash(x)]; ok {
			h.home[x] = at
		}
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
func (h *homes) join(c Case, only Split) bool {
	ties := h.ties(c)
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
	h.asked.Add(c.Question)
	return true
}

// of returns the home of a case that has joined, opening a new cluster where
// its component has none.
func (h *homes) of(c Case, l lot) home {
	root := h.find("question " + wording.Fold(c.Question))
	if _, ok := h.home[root]; !ok {
		h.home[root] = l.open(h.least[root])
	}
	return h.home[root]
}

// decided returns the ties of all cases that have a home.
func (h *homes) decided() []Tie {
	var out []Tie
	for tie := range h.parent {
		if at, ok := h.home[h.find(tie)]; ok {
			out = append(out, Tie{tieHash(tie), at.cluster, at.split, at.order})
		}
	}
	slices.SortFunc(out, func(x, y Tie) int { return cmp.Compare(x.Hash, y.Hash) })
	return out
}
