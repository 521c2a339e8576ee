package textindex

import "math"

// The ranking is BM25 (Robertson and Zaragoza, "The Probabilistic Relevance
// Framework: BM25 and Beyond", 2009) with fields folded into one weighted
// frequency and length. A chunk's score is its own plus docWeight times its
// document's: a question about a system is best answered by a passage of a
// document that is about that system as a whole.
const (
	chunkK1, chunkB = 1.2, 0.75
	docK1, docB     = 1.2, 0.9
	docWeight       = 2
)

// idf is the weight of a term that n of total hold; it is always positive.
func idf(n, total int) float64 {
	return math.Log(1 + (float64(total-n)+0.5)/(float64(n)+0.5))
}

// scorer scores term frequencies on one level.
type scorer struct{ k1, base, perLength float64 }

func newScorer(k1, b, mean float64) scorer {
	return scorer{k1: k1, base: k1 * (1 - b), perLength: k1 * b / mean}
}

// norm is what a length contributes to the score.
func (s scorer) norm(length int) float64 { return s.base + s.perLength*float64(length) }

// saturated grows from 0 towards k1+1 with the frequency.
func (s scorer) saturated(tf int, norm float64) float64 {
	f := float64(tf)
	return f * (s.k1 + 1) / (f + norm)
}
