package offline

import "math"

// synonymWeight is what a synonym counts where the question's own word would
// count 1.
const synonymWeight = 0.6

// needle is a term of a question, with the terms that mean the same.
type needle struct {
	term     string
	synonyms []string
	weight   float64 // how rare it is in the evidence at hand
}

// needles are a question's distinct terms.
func needles(question string) []needle {
	list := distinct(terms(question))
	out := make([]needle, 0, len(list))
	for _, t := range list {
		out = append(out, needle{term: t})
	}
	for _, m := range mentions(question) {
		var others []string
		for _, phrase := range m.others {
			others = append(others, terms(phrase)...)
		}
		for i := range out {
			if m.stems[out[i].term] {
				out[i].synonyms = append(out[i].synonyms, others...)
			}
		}
	}
	return out
}

// in is how well a set of terms holds the needle: 0 to 1.
func (n needle) in(set map[string]bool) float64 {
	if set[n.term] {
		return 1
	}
	for _, s := range n.synonyms {
		if set[s] {
			return synonymWeight
		}
	}
	return 0
}

// weigh sets the weights by how few of the sets hold a needle; one that none
// holds weighs most.
func weigh(list []needle, sets []map[string]bool) {
	for i := range list {
		holders := 0.0
		for _, set := range sets {
			holders += list[i].in(set)
		}
		list[i].weight = math.Log(1 + float64(len(sets))/max(holders, 0.5))
	}
}
