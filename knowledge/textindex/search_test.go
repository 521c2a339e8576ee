package textindex

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// found is a hit by names, so that results over different segments compare.
type found struct {
	Key   string
	Chunk int
	Score float64
}

func searchFor(t *testing.T, x *Index, query string, opt Options) []found {
	t.Helper()
	hits, err := x.Search(t.Context(), query, opt)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]found, len(hits))
	for i, h := range hits {
		out[i] = found{x.parts[h.Part].seg.Key(h.Doc), h.Chunk, h.Score}
	}
	return out
}

// bruteForce scores every chunk of every document by the formula alone.
func bruteForce(docs []Document, query string, opt Options, accept func(key string) bool) []found {
	type counts map[string]int
	add := func(to counts, text string, weight int) (length int) {
		for _, term := range Terms(text) {
			to[term] += weight
			length += weight
		}
		return length
	}
	docTF, chunkTF := make([]counts, len(docs)), make([][]counts, len(docs))
	docLen, chunkLen := make([]int, len(docs)), make([][]int, len(docs))
	docDF, chunkDF := counts{}, counts{}
	var docTotal, chunkTotal, chunks int
	for i, d := range docs {
		docTF[i] = counts{}
		for j, c := range d.Chunks {
			tf := counts{}
			length := add(tf, c.Body, 1) + add(tf, c.Headings, 1) + add(tf, c.Title, 2) + add(tf, c.Path, 4)
			chunkTF[i], chunkLen[i] = append(chunkTF[i], tf), append(chunkLen[i], length)
			docLen[i] += add(docTF[i], c.Body, 1) + add(docTF[i], c.Headings, 1)
			if j == 0 {
				docLen[i] += add(docTF[i], c.Title, 2) + add(docTF[i], c.Path, 8)
			}
			for term := range tf {
				chunkDF[term]++
			}
			chunkTotal += length
			chunks++
		}
		for term := range docTF[i] {
			docDF[term]++
		}
		docTotal += docLen[i]
	}
	idf := func(n, total int) float64 {
		return math.Pow(math.Log(1+(float64(total-n)+0.5)/(float64(n)+0.5)), 0.85)
	}
	bm25 := func(tf, length int, k1, b, mean float64) float64 {
		norm := k1*(1-b) + k1*b/mean*float64(length)
		return float64(tf) / 10 * (k1 + 1) / (float64(tf)/10 + norm)
	}
	var terms []string
	for _, term := range Terms(query) {
		if !slices.Contains(terms, term) {
			terms = append(terms, term)
		}
	}
	// A synonym that isn't common counts 0.3 of the term, and lends its
	// rarity where none holds the term itself.
	related := func(term string) []string {
		return slices.DeleteFunc(slices.Clone(synonyms()[term]), func(synonym string) bool {
			return slices.Contains(terms, synonym) || docDF[synonym] > 5+len(docs)*2/5
		})
	}
	frequency := func(tf counts, term string) int {
		n := 10 * tf[term]
		for _, synonym := range related(term) {
			n += 3 * tf[synonym]
		}
		return n
	}
	holders := func(df counts, term string) int {
		n := df[term]
		if n == 0 {
			for _, synonym := range related(term) {
				n = max(n, df[synonym])
			}
		}
		return n
	}
	var all []found
	for i, d := range docs {
		if accept != nil && !accept(d.Key) {
			continue
		}
		ofDoc := 0.0
		for _, term := range terms {
			if tf := frequency(docTF[i], term); tf > 0 {
				ofDoc += idf(holders(docDF, term), len(docs)) * bm25(tf, docLen[i], 2, 0.9, float64(docTotal)/float64(len(docs)))
			}
		}
		var own []found
		for j := range d.Chunks {
			score := 0.0
			for _, term := range slices.Backward(terms) {
				if tf := frequency(chunkTF[i][j], term); tf > 0 {
					score += idf(holders(chunkDF, term), chunks) * bm25(tf, chunkLen[i][j], 1.2, 0.75, float64(chunkTotal)/float64(chunks))
				}
			}
			if score > 0 {
				own = append(own, found{d.Key, j, score + 2*ofDoc})
			}
		}
		slices.SortFunc(own, byRank)
		if opt.PerDoc > 0 && len(own) > opt.PerDoc {
			own = own[:opt.PerDoc]
		}
		all = append(all, own...)
	}
	slices.SortFunc(all, byRank)
	return all[:min(len(all), opt.K)]
}

func byRank(a, b found) int {
	switch {
	case a.Score > b.Score:
		return -1
	case a.Score < b.Score:
		return 1
	case a.Key != b.Key:
		return strings.Compare(a.Key, b.Key)
	}
	return a.Chunk - b.Chunk
}

// randomCorpus has few words, so that scores tie and postings grow beyond one
// block.
func randomCorpus(r *rand.Rand, n int) []Document {
	words := strings.Fields("pod node disk volume restart etcd kubeApiServer max_map_count alert page 1.26.6 running runs über the of Redis")
	text := func(n int) string {
		var b strings.Builder
		for range n {
			// Squaring makes some words rare.
			f := r.Float64()
			b.WriteString(words[int(f*f*float64(len(words)))] + " ")
		}
		return b.String()
	}
	docs := make([]Document, n)
	for i := range docs {
		docs[i].Key = fmt.Sprintf("doc-%04d", r.IntN(1<<20)*n+i)
		title, path := text(r.IntN(3)), text(1+r.IntN(2))
		for range r.IntN(4) {
			docs[i].Chunks = append(docs[i].Chunks, Chunk{Path: path, Title: title, Headings: text(r.IntN(3)), Body: text(r.IntN(12))})
		}
	}
	return docs
}

func randomQuery(r *rand.Rand) string {
	words := strings.Fields("pod nodes machine disk volume restarted reboot etcd kubeApiServer server max_map_count alerts 1.26.6 run über unknownword the")
	var q []string
	for range 1 + r.IntN(6) {
		q = append(q, words[r.IntN(len(words))])
	}
	return strings.Join(q, " ")
}

// spread puts the documents into random segments among others that are
// deleted, and merges some of them, so that only the live ones remain the
// same.
func spread(t *testing.T, r *rand.Rand, docs []Document) []Part {
	t.Helper()
	docs = slices.Clone(docs)
	r.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
	var parts []Part
	for len(docs) > 0 {
		n := 1 + r.IntN(len(docs))
		batch := slices.Clone(docs[:n])
		docs = docs[n:]
		live := make(map[string]bool)
		for _, d := range batch {
			live[d.Key] = true
		}
		for _, d := range randomCorpus(r, r.IntN(5)) {
			d.Key = "gone-" + d.Key
			batch = slices.Insert(batch, r.IntN(len(batch)+1), d)
		}
		p := Part{Segment: reopened(t, build(t, batch))}
		for i, d := range batch {
			if !live[d.Key] {
				p.Deleted = append(p.Deleted, i)
			}
		}
		parts = append(parts, p)
	}
	for len(parts) > 1 && r.IntN(3) == 0 {
		n := 1 + r.IntN(len(parts))
		merged, err := Merge(parts[:n])
		if err != nil {
			t.Fatal(err)
		}
		parts = append([]Part{{Segment: reopened(t, merged)}}, parts[n:]...)
	}
	return parts
}

func build(t testing.TB, docs []Document) *Segment {
	t.Helper()
	s, err := Build(docs)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func index(t testing.TB, parts ...Part) *Index {
	t.Helper()
	x, err := NewIndex(parts)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func reopened(t testing.TB, s *Segment) *Segment {
	t.Helper()
	data, err := s.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	opened, err := Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func TestSearchEqualsBruteForce(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		docs := randomCorpus(r, []int{3, 20, 400}[seed%3])
		whole := index(t, Part{Segment: build(t, docs)})
		parts := index(t, spread(t, r, docs)...)
		for range 10 {
			query := randomQuery(r)
			opt := Options{K: 1 + r.IntN(40), PerDoc: r.IntN(3)}
			var accept func(key string) bool
			if r.IntN(2) == 0 {
				accept = func(key string) bool { return key[len(key)-1]%2 == 0 }
			}
			want := bruteForce(docs, query, opt, accept)
			for name, x := range map[string]*Index{"one segment": whole, "many": parts} {
				if accept != nil {
					opt.Accept = func(part, doc int) bool { return accept(x.parts[part].seg.Key(doc)) }
				}
				got := searchFor(t, x, query, opt)
				if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-12, 0), cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("seed %d, %s, query %q, %+v: brute force -, search +\n%s", seed, name, query, opt, diff)
				}
			}
			a, b := searchFor(t, whole, query, Options{K: 100}), searchFor(t, parts, query, Options{K: 100})
			if !cmp.Equal(a, b) {
				t.Fatalf("seed %d: scores differ in their last bits between segmentations:\n%s", seed, cmp.Diff(a, b))
			}
		}
	}
}

func TestAcceptIsAskedOncePerDocument(t *testing.T) {
	docs := randomCorpus(rand.New(rand.NewPCG(7, 7)), 200)
	x := index(t, Part{Segment: build(t, docs[:90])}, Part{Segment: build(t, docs[90:]), Deleted: []int{3}})
	asked := make(map[[2]int]int)
	got := searchFor(t, x, "pod node restart", Options{K: 1000, Accept: func(part, doc int) bool {
		asked[[2]int{part, doc}]++
		return doc%2 == 0
	}})
	if len(got) == 0 {
		t.Fatal("nothing found")
	}
	for doc, n := range asked {
		if n != 1 {
			t.Errorf("document %v was asked for %d times", doc, n)
		}
	}
	if asked[[2]int{1, 3}] != 0 {
		t.Error("a deleted document was asked for")
	}
}

func TestSearchRanks(t *testing.T) {
	docs := []Document{
		{Key: "a", Chunks: []Chunk{
			{Path: "runbooks/redis/memory", Title: "Redis memory", Body: "Redis ran out of memory. Raise maxmemory."},
			{Path: "runbooks/redis/memory", Title: "Redis memory", Headings: "Eviction", Body: "Keys are evicted by allkeys-lru."},
		}},
		{Key: "b", Chunks: []Chunk{{Path: "design/cache", Title: "Cache", Body: "The cache uses Redis. Redis, redis, redis."}}},
		{Key: "c", Chunks: []Chunk{{Path: "runbooks/NodeFilesystemAlmostOutOfFiles", Title: "Inodes", Body: "ENOSPC while df shows space; upgrade to v1.26.6 or set fs.inotify.max_user_watches"}}},
	}
	x := index(t, Part{Segment: build(t, docs)})
	for _, test := range []struct {
		query string
		key   string
		chunk int
	}{
		{"how is redis memory evicted?", "a", 1},
		{"what should maxmemory be raised to on redis", "a", 0},
		{"which cache", "b", 0},
		{"filesystem files", "c", 0},
		{"NODEFILESYSTEMALMOSTOUTOFFILES", "c", 0},
		{"error enospc", "c", 0},
		{"1.26.6", "c", 0},
		{"max_user_watches", "c", 0},
		{"inotify", "c", 0},
		{"user watch", "c", 0},
		{"lru", "a", 1},
	} {
		got := searchFor(t, x, test.query, Options{})
		if len(got) == 0 || got[0].Key != test.key || got[0].Chunk != test.chunk {
			t.Errorf("%q found %v, want %s chunk %d first", test.query, got, test.key, test.chunk)
		}
	}
	for _, query := range []string{"", "the of", "zzz", "!?.,-"} {
		if got := searchFor(t, x, query, Options{}); len(got) != 0 {
			t.Errorf("%q found %v", query, got)
		}
	}
}

func TestSearchEmptyIndex(t *testing.T) {
	if got := searchFor(t, index(t), "redis", Options{}); len(got) != 0 {
		t.Errorf("found %v", got)
	}
	gone := index(t, Part{Segment: build(t, randomCorpus(rand.New(rand.NewPCG(1, 1)), 3)), Deleted: []int{0, 1, 2}})
	if got := searchFor(t, gone, "pod node", Options{}); len(got) != 0 {
		t.Errorf("found %v among deleted documents", got)
	}
}

func TestSearchCancelled(t *testing.T) {
	x := index(t, Part{Segment: build(t, randomCorpus(rand.New(rand.NewPCG(1, 1)), 3))})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.Search(ctx, "pod", Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestDeletedOutOfRange(t *testing.T) {
	s := build(t, []Document{{Key: "a"}})
	for _, doc := range []int{-1, 1} {
		p := Part{Segment: s, Deleted: []int{doc}}
		if _, err := NewIndex([]Part{p}); err == nil {
			t.Errorf("NewIndex took deleted document %d of 1", doc)
		}
		if _, err := Merge([]Part{p}); err == nil {
			t.Errorf("Merge took deleted document %d of 1", doc)
		}
	}
}

func TestLongQuery(t *testing.T) {
	docs := randomCorpus(rand.New(rand.NewPCG(1, 2)), 50)
	var many strings.Builder
	for i := range 200 {
		fmt.Fprintf(&many, "word%d ", i)
	}
	docs = append(docs, Document{Key: "long", Chunks: []Chunk{{Body: many.String()}}})
	x := index(t, Part{Segment: build(t, docs)})
	got := searchFor(t, x, "pod "+strings.Repeat(many.String()+"é", 30), Options{K: 1})
	if len(got) != 1 || got[0].Key != "long" {
		t.Errorf("found %v", got)
	}
}
