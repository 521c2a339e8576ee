package textindex

import "math"

// The ranking is BM25 (Robertson and Zaragoza, "The Probabilistic Relevance
// Framework: BM25 and Beyond", 2009) with fields folded into one weighted
// frequency and length, on the level of chunks and on that of documents.
const (
	chunkK1, chunkB = 1.2, 0.75
	docK1, docB     = 2, 0.9
)

// ranking is what goes beyond BM25. BenchmarkQuality shows what each part
// gains.
type ranking struct {
	// docWeight times its document's score is added to a chunk's own: a
	// question about a system is best answered by a passage of a document
	// that is about that system as a whole.
	docWeight float64
	// idfPower flattens the weights of terms: in long questions the rarest
	// words are often the asker's own, and matching many words says more than
	// matching the rarest.
	idfPower float64
	// synonymWeight is how much an occurrence of a synonym counts, in tenths
	// of the term's own. Whole numbers keep sums exact in any order.
	synonymWeight int
}

var defaultRanking = ranking{docWeight: 2, idfPower: 0.85, synonymWeight: 3}

const (
	termWeight = 10
	tenth      = 1.0 / termWeight
)

// idf is the weight of a term that n of total hold; it is always positive.
func (r ranking) idf(n, total int) float64 {
	return math.Pow(math.Log(1+(float64(total-n)+0.5)/(float64(n)+0.5)), r.idfPower)
}

// scorer scores term frequencies on one level.
type scorer struct{ k1, base, perLength float64 }

func newScorer(k1, b, mean float64) scorer {
	return scorer{k1: k1, base: k1 * (1 - b), perLength: k1 * b / mean}
}

// norm is what a length contributes to the score.
func (s scorer) norm(length int) float64 { return s.base + s.perLength*float64(length) }

// saturated grows from 0 towards k1+1 with the frequency, given in tenths.
func (s scorer) saturated(tf int, norm float64) float64 {
	f := float64(tf) * tenth
	return f * (s.k1 + 1) / (f + norm)
}
