package eval

import (
	"context"
	"fmt"
	"math"
	"path"
	"slices"
)

// Ranker searches for a question and returns the paths of the passages found,
// best first. A path may occur several times; at least 50 passages make the
// metrics of the first ten documents sound.
type Ranker func(ctx context.Context, question string) ([]string, error)

// documents turns the paths of passages into documents: one ranks where its
// best passage ranks.
func documents(passages []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, p := range passages {
		if p = path.Clean(p); !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

// goldAt returns for each of the first k ranked documents whether it is gold,
// and the number of gold documents.
func goldAt(ranked, gold []string, k int) (hits []bool, n int) {
	set := map[string]bool{}
	for _, g := range gold {
		set[path.Clean(g)] = true
	}
	for _, d := range ranked[:min(k, len(ranked))] {
		hits = append(hits, set[path.Clean(d)])
	}
	return hits, len(set)
}

// Hit is 1 if one of the first k ranked documents is gold, else 0.
func Hit(ranked, gold []string, k int) float64 {
	hits, _ := goldAt(ranked, gold, k)
	return yes(slices.Contains(hits, true))
}

// Recall is the share of the gold documents among the first k ranked ones; 0
// without gold documents. Ranked documents must not repeat.
func Recall(ranked, gold []string, k int) float64 {
	hits, n := goldAt(ranked, gold, k)
	if n == 0 || len(hits) == 0 {
		return 0
	}
	return share(hits) * float64(len(hits)) / float64(n)
}

// NDCG is the normalised discounted cumulative gain at k with gains of 0 and 1
// and a discount of 1/log₂(rank + 1) (K. Järvelin and J. Kekäläinen, ACM TOIS
// 20 (2002), 422-446).
func NDCG(ranked, gold []string, k int) float64 {
	hits, n := goldAt(ranked, gold, k)
	var gain, ideal float64
	for i, hit := range hits {
		gain += yes(hit) / math.Log2(float64(i+2))
	}
	for i := range min(n, k) {
		ideal += 1 / math.Log2(float64(i+2))
	}
	if ideal == 0 {
		return 0
	}
	return gain / ideal
}

// ReciprocalRank is 1 over the rank of the first gold document, 0 if there is
// none.
func ReciprocalRank(ranked, gold []string) float64 {
	hits, _ := goldAt(ranked, gold, len(ranked))
	if i := slices.Index(hits, true); i >= 0 {
		return 1 / float64(i+1)
	}
	return 0
}

// RetrievalReport is how well search ranks the gold documents of cases.
type RetrievalReport struct {
	Rows []RetrievalRow `json:"rows"` // all, then by style, then by type
}

// RetrievalRow is the mean over a group of cases.
type RetrievalRow struct {
	By       string  `json:"by"` // "all", "style" or "type"
	Group    string  `json:"group"`
	Cases    int     `json:"cases"`
	Hit1     float64 `json:"hit_1"`
	Hit5     float64 `json:"hit_5"`
	Recall10 float64 `json:"recall_10"`
	NDCG10   float64 `json:"ndcg_10"`
	MRR      float64 `json:"mrr"`
}

// EvaluateRetrieval ranks for each case that has gold documents. progress may
// be nil. A failed search is an error.
func EvaluateRetrieval(ctx context.Context, rank Ranker, cases []Case, progress func(done, total int)) (RetrievalReport, error) {
	groups := newGrouping("all", "style", "type")
	rows := map[groupKey]*RetrievalRow{}
	for i, c := range cases {
		if progress != nil {
			progress(i, len(cases))
		}
		if len(c.Docs) == 0 {
			continue
		}
		passages, err := rank(ctx, c.Question)
		if err != nil {
			return RetrievalReport{}, fmt.Errorf("search for case %s: %w", c.ID, err)
		}
		ranked := documents(passages)
		for _, key := range groups.of(c) {
			if rows[key] == nil {
				rows[key] = &RetrievalRow{By: key.by, Group: key.group}
			}
			rows[key].add(ranked, c.Docs)
		}
	}
	if progress != nil {
		progress(len(cases), len(cases))
	}
	var report RetrievalReport
	for _, key := range groups.sorted() {
		report.Rows = append(report.Rows, rows[key].mean())
	}
	return report, nil
}

func (r *RetrievalRow) add(ranked, gold []string) {
	r.Cases++
	r.Hit1 += Hit(ranked, gold, 1)
	r.Hit5 += Hit(ranked, gold, 5)
	r.Recall10 += Recall(ranked, gold, 10)
	r.NDCG10 += NDCG(ranked, gold, 10)
	r.MRR += ReciprocalRank(ranked, gold)
}

func (r *RetrievalRow) mean() RetrievalRow {
	out, n := *r, float64(r.Cases)
	for _, v := range []*float64{&out.Hit1, &out.Hit5, &out.Recall10, &out.NDCG10, &out.MRR} {
		*v /= n
	}
	return out
}
