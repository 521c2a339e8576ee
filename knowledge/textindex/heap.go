package textindex

import "container/heap"

// candidates is a heap with the greatest bound on top.
type candidates []candidate

func (c candidates) Len() int           { return len(c) }
func (c candidates) Less(i, j int) bool { return c[i].bound > c[j].bound }
func (c candidates) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }
func (c *candidates) Push(v any)        { *c = append(*c, v.(candidate)) }
func (c *candidates) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

// hitHeap holds the best hits so far with the worst on top.
type hitHeap struct {
	x    *Index
	hits []Hit
}

func (h *hitHeap) Len() int           { return len(h.hits) }
func (h *hitHeap) Less(i, j int) bool { return h.x.compare(h.hits[i], h.hits[j]) > 0 }
func (h *hitHeap) Swap(i, j int)      { h.hits[i], h.hits[j] = h.hits[j], h.hits[i] }
func (h *hitHeap) Push(v any)         { h.hits = append(h.hits, v.(Hit)) }
func (h *hitHeap) Pop() any {
	last := h.hits[len(h.hits)-1]
	h.hits = h.hits[:len(h.hits)-1]
	return last
}

// offer keeps the hit if it is among the k best.
func (h *hitHeap) offer(hit Hit, k int) {
	switch {
	case len(h.hits) < k:
		heap.Push(h, hit)
	case h.x.compare(hit, h.hits[0]) < 0:
		h.hits[0] = hit
		heap.Fix(h, 0)
	}
}
