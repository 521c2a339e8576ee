package knowledge

import (
	"cmp"
	"slices"
)

// fuseK damps the weight of the first ranks: Cormack, Clarke and Büttcher,
// "Reciprocal rank fusion outperforms Condorcet and individual rank learning
// methods", SIGIR 2009, recommend 60.
const fuseK = 60

// fuse joins rankings by reciprocal rank: a hit scores the sum of
// 1/(60+rank), ranks from 1, over the rankings that hold it. Of each document
// it keeps at most perDoc hits, if that is not 0.
func fuse(rankings [][]hit, limit, perDoc int) []hit {
	place := make(map[ChunkRef]int)
	var fused []hit
	for _, ranking := range rankings {
		for i, h := range ranking {
			ref := ChunkRef{Rev: h.doc.Rev, Ordinal: h.ordinal}
			at, ok := place[ref]
			if !ok {
				at = len(fused)
				place[ref] = at
				fused = append(fused, hit{doc: h.doc, ordinal: h.ordinal})
			}
			fused[at].score += 1 / float64(fuseK+i+1)
		}
	}
	// Stable: where even path and chunk are equal, in two sources, the order
	// of the rankings decides.
	slices.SortStableFunc(fused, func(a, b hit) int {
		return cmp.Or(
			cmp.Compare(b.score, a.score),
			cmp.Compare(a.doc.Path, b.doc.Path),
			cmp.Compare(a.ordinal, b.ordinal))
	})
	return firstPerDoc(fused, limit, perDoc)
}

func firstPerDoc(hits []hit, limit, perDoc int) []hit {
	count := make(map[int64]int)
	kept := hits[:0]
	for _, h := range hits {
		if len(kept) == limit {
			break
		}
		if perDoc > 0 && count[h.doc.Rev] == perDoc {
			continue
		}
		count[h.doc.Rev]++
		kept = append(kept, h)
	}
	return kept
}
