package textindex_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/honehq/hone/knowledge/textindex"
)

// retrieval sums the scores of questions; a document ranks where its best
// passage ranks.
type retrieval struct {
	n, hit1, hit5, recall10, ndcg10, mrr float64
}

func (r *retrieval) add(ranked, gold []string) {
	r.n++
	var found, gain, ideal float64
	first := 0
	for i, doc := range ranked[:min(10, len(ranked))] {
		if !slices.Contains(gold, doc) {
			continue
		}
		if first == 0 {
			first = i + 1
		}
		found++
		gain += 1 / math.Log2(float64(i)+2)
	}
	for i := range min(10, len(gold)) {
		ideal += 1 / math.Log2(float64(i)+2)
	}
	r.recall10 += found / float64(len(gold))
	r.ndcg10 += gain / ideal
	if first > 0 {
		r.mrr += 1 / float64(first)
		if first <= 5 {
			r.hit5++
		}
		if first == 1 {
			r.hit1++
		}
	}
}

func (r retrieval) mean() retrieval {
	return retrieval{r.n, r.hit1 / r.n, r.hit5 / r.n, r.recall10 / r.n, r.ndcg10 / r.n, r.mrr / r.n}
}

// Real questions over real documents must be answered at least as well as by
// SQLite's FTS5 with bm25(), whose figures these floors are.
func TestRetrievalQuality(t *testing.T) {
	questions := answerable(t)
	docs := realDocuments(t)
	index := buildIndex(t, docs)
	scores := make(map[string]*retrieval)
	for _, q := range questions {
		hits, err := index.Search(context.Background(), q.Question, textindex.Options{K: 10, PerDoc: 1})
		if err != nil {
			t.Fatal(err)
		}
		var ranked []string
		for _, h := range hits {
			ranked = append(ranked, docs[h.Doc].Key)
		}
		for _, group := range []string{"all", q.Style, half(q.ID)} {
			if scores[group] == nil {
				scores[group] = new(retrieval)
			}
			scores[group].add(ranked, q.Docs)
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%-12s %4s %7s %7s %10s %8s %7s\n", "", "n", "hit@1", "hit@5", "recall@10", "nDCG@10", "MRR")
	for _, group := range []string{"all", "lexical", "paraphrase", "tuned on", "held out"} {
		if scores[group] == nil {
			t.Fatalf("no question is %s", group)
		}
		m := scores[group].mean()
		fmt.Fprintf(&table, "%-12s %4.0f %7.3f %7.3f %10.3f %8.3f %7.3f\n", group, m.n, m.hit1, m.hit5, m.recall10, m.ndcg10, m.mrr)
	}
	t.Logf("retrieval over %d documents\n%s", len(docs), &table)

	all := scores["all"].mean()
	for _, floor := range []struct {
		name      string
		got, want float64
	}{
		{"hit@1", all.hit1, 0.654}, {"hit@5", all.hit5, 0.837},
		{"recall@10", all.recall10, 0.832}, {"nDCG@10", all.ndcg10, 0.739},
	} {
		if floor.got < floor.want {
			t.Errorf("%s is %.3f, below FTS5's %.3f", floor.name, floor.got, floor.want)
		}
	}
}

// half splits the questions for good: weights are chosen on one half and
// checked on the other.
func half(id string) string {
	h := fnv.New32a()
	h.Write([]byte(id))
	if h.Sum32()%2 == 1 {
		return "held out"
	}
	return "tuned on"
}
