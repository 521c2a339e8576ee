package textindex_test

import (
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
	nuggets1200, nuggets3000             float64 // vital ones within the best chunks' first characters
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
	return retrieval{r.n, r.hit1 / r.n, r.hit5 / r.n, r.recall10 / r.n, r.ndcg10 / r.n, r.mrr / r.n,
		r.nuggets1200 / r.n, r.nuggets3000 / r.n}
}

// vitalNuggets is the share of the question's vital nuggets in the text.
func (q question) vitalNuggets(text string) float64 {
	fold := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
	text = fold(text)
	var found, all float64
	for _, n := range q.Nuggets {
		if !n.Vital {
			continue
		}
		all++
		if slices.ContainsFunc(n.AnyOf, func(s string) bool { return strings.Contains(text, fold(s)) }) {
			found++
		}
	}
	return found / all
}

// evaluate scores the questions by group.
func evaluate(t testing.TB, index *textindex.Index, docs []textindex.Document, questions []question) map[string]*retrieval {
	t.Helper()
	scores := make(map[string]*retrieval)
	for _, q := range questions {
		var ranked []string
		for _, h := range search(t, index, q, textindex.Options{K: 10, PerDoc: 1}) {
			ranked = append(ranked, docs[h.Doc].Key)
		}
		var quoted strings.Builder
		for _, h := range search(t, index, q, textindex.Options{K: 10}) {
			quoted.WriteString(docs[h.Doc].Chunks[h.Chunk].Body + "\n")
		}
		for _, group := range []string{"all", q.Style, half(q.ID)} {
			if scores[group] == nil {
				scores[group] = new(retrieval)
			}
			scores[group].add(ranked, q.Docs)
			scores[group].nuggets1200 += q.vitalNuggets(first(quoted.String(), 1200))
			scores[group].nuggets3000 += q.vitalNuggets(first(quoted.String(), 3000))
		}
	}
	return scores
}

// Real questions over real documents must be answered at least as well as by
// SQLite's FTS5 with bm25(), whose figures these floors are.
func TestRetrievalQuality(t *testing.T) {
	questions := answerable(t)
	docs := realDocuments(t)
	scores := evaluate(t, buildIndex(t, docs), docs, questions)
	var table strings.Builder
	fmt.Fprintf(&table, "%-10s %4s %6s %6s %9s %7s %6s %12s %12s\n", "", "n",
		"hit@1", "hit@5", "recall@10", "nDCG@10", "MRR", "nuggets 1200", "nuggets 3000")
	for _, group := range []string{"all", "lexical", "paraphrase", "tuned on", "held out"} {
		if scores[group] == nil {
			t.Fatalf("no question is %s", group)
		}
		m := scores[group].mean()
		fmt.Fprintf(&table, "%-10s %4.0f %6.3f %6.3f %9.3f %7.3f %6.3f %12.3f %12.3f\n", group, m.n,
			m.hit1, m.hit5, m.recall10, m.ndcg10, m.mrr, m.nuggets1200, m.nuggets3000)
	}
	t.Logf("retrieval over %d documents\n%s", len(docs), &table)

	all := scores["all"].mean()
	for _, floor := range []struct {
		name      string
		got, want float64
	}{
		{"hit@1", all.hit1, 0.654}, {"hit@5", all.hit5, 0.837},
		{"recall@10", all.recall10, 0.832}, {"nDCG@10", all.ndcg10, 0.739},
		{"vital nuggets in 3,000 characters", all.nuggets3000, 0.593},
	} {
		if floor.got < floor.want {
			t.Errorf("%s is %.3f, below FTS5's %.3f", floor.name, floor.got, floor.want)
		}
	}
}

func search(t testing.TB, index *textindex.Index, q question, opt textindex.Options) []textindex.Hit {
	t.Helper()
	hits, err := index.Search(t.Context(), q.Question, opt)
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

// first is the first n characters of a text.
func first(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// BenchmarkQuality reports what each part of the ranking gains: "without" it,
// the scores are lower.
func BenchmarkQuality(b *testing.B) {
	questions := answerable(b)
	docs := realDocuments(b)
	index := buildIndex(b, docs)
	for _, part := range []string{"", "document", "synonyms", "flat-idf", "all"} {
		name := "complete"
		if part != "" {
			name = "without-" + part
		}
		b.Run(name, func(b *testing.B) {
			index := index.Without(part)
			var scores map[string]*retrieval
			for b.Loop() {
				scores = evaluate(b, index, docs, questions)
			}
			for _, group := range []string{"tuned on", "held out", "all"} {
				m, unit := scores[group].mean(), "-"+strings.ReplaceAll(group, " ", "-")
				b.ReportMetric(m.hit1, "hit@1"+unit)
				b.ReportMetric(m.recall10, "recall@10"+unit)
				b.ReportMetric(m.ndcg10, "nDCG@10"+unit)
			}
			b.ReportMetric(0, "ns/op")
		})
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
