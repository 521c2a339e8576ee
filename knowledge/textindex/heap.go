package textindex

// A heap here is a slice whose element at i comes before those at 2i+1 and
// 2i+2. The standard library's would allocate for every element.

func heapify[E any](h []E, before func(a, b E) bool) {
	for i := len(h)/2 - 1; i >= 0; i-- {
		sink(h, i, before)
	}
}

// removeTop drops the element that comes first.
func removeTop[E any](h []E, before func(a, b E) bool) []E {
	last := len(h) - 1
	h[0] = h[last]
	h = h[:last]
	sink(h, 0, before)
	return h
}

// sink moves the element at i down to its place.
func sink[E any](h []E, i int, before func(a, b E) bool) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if right := child + 1; right < len(h) && before(h[right], h[child]) {
			child = right
		}
		if !before(h[child], h[i]) {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}

// hitHeap holds the best hits so far, once it is full with the worst on top.
type hitHeap struct {
	x    *Index
	hits []Hit
}

func (h *hitHeap) worse(a, b Hit) bool { return h.x.compare(a, b) > 0 }

// offer keeps the hit if it is among the k best.
func (h *hitHeap) offer(hit Hit, k int) {
	switch {
	case len(h.hits) < k:
		h.hits = append(h.hits, hit)
		if len(h.hits) == k {
			heapify(h.hits, h.worse)
		}
	case h.x.compare(hit, h.hits[0]) < 0:
		h.hits[0] = hit
		sink(h.hits, 0, h.worse)
	}
}
