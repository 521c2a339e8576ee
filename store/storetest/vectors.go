package storetest

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/knowledge"
)

// vector is a document with one vector.
func vector(path string, v ...float32) knowledge.NewDocument {
	d := doc(path, "text of "+path)
	d.Chunks[0].Vector = v
	return d
}

func embedded(source, model string, docs ...knowledge.NewDocument) knowledge.Change {
	c := change(source, docs...)
	c.Model = model
	return c
}

// hits are what a query finds, as "path#ordinal".
func hits(t testing.TB, s Store, q knowledge.VectorQuery) []string {
	t.Helper()
	var list []string
	for _, h := range must(s.NearestChunks(t.Context(), q))(t) {
		list = append(list, fmt.Sprintf("%s#%d", h.Document.Path, h.Ordinal))
	}
	return list
}

func testNearestChunks(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	ok(t, s.CreateSource(ctx, source("vs_2", "two", 2)))
	two := vector("two.md", 1, 0.5, 0)
	two.Chunks = append(two.Chunks, knowledge.Chunk{Ordinal: 1, Text: "more", Vector: []float32{-1, 0, 0}})
	ok(t, s.Apply(ctx, embedded("vs_1", "m", vector("one.md", 2, 0, 0), two, vector("zero.md", 0, 0, 0))))
	ok(t, s.Apply(ctx, embedded("vs_2", "m", vector("other.md", 1, 1, 0))))

	q := knowledge.VectorQuery{Sources: []string{"vs_1", "vs_2", "vs_none"}, Model: "m", Vector: []float32{3, 0, 0}, Limit: 10}
	same(t, hits(t, s, q), []string{"one.md#0", "two.md#0", "other.md#0", "two.md#1"})
	got := must(s.NearestChunks(ctx, q))(t)
	same(t, got[0].Document, must(s.Document(ctx, "vs_1", "file-one.md"))(t))
	for i, want := range []float64{1, 1 / math.Sqrt(1.25), 1 / math.Sqrt(2), -1} {
		if diff := gocmp.Diff(want, got[i].Score, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
			t.Errorf("score %d (-want +got)\n%s", i, diff)
		}
	}
	q.Limit = 2
	same(t, hits(t, s, q), []string{"one.md#0", "two.md#0"})
	q.Sources = []string{"vs_2"}
	same(t, hits(t, s, q), []string{"other.md#0"})
	q.Sources = nil
	same(t, hits(t, s, q), nil)

	// Replaced and deleted documents are found no longer.
	q.Sources = []string{"vs_1"}
	c := embedded("vs_1", "m", vector("one.md", 0, 1, 0))
	c.Delete = []string{"file-two.md"}
	ok(t, s.Apply(ctx, c))
	same(t, hits(t, s, q), []string{"one.md#0"})
}

func testNearestChunksByModel(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	ok(t, s.Apply(ctx, embedded("vs_1", "small", vector("a.md", 1, 0))))
	ok(t, s.Apply(ctx, embedded("vs_1", "it's \"large\"", vector("b.md", 1, 0, 0, 0))))
	ok(t, s.Apply(ctx, embedded("vs_1", "large", vector("c.md", 1, 0, 0))))
	ok(t, s.Apply(ctx, embedded("vs_1", "large", vector("d.md", 1, 0, 0, 1))))
	ok(t, s.Apply(ctx, change("vs_1", doc("none.md", "no vector"))))
	q := knowledge.VectorQuery{Sources: []string{"vs_1"}, Limit: 10}
	for _, test := range []struct {
		model string
		dims  int
		want  []string
	}{
		{"small", 2, []string{"a.md#0"}},
		{"it's \"large\"", 4, []string{"b.md#0"}},
		{"large", 3, []string{"c.md#0"}}, // the same name, but trimmed to another width
		{"large", 4, []string{"d.md#0"}},
		{"large", 2, nil},
		{"unknown", 2, nil},
	} {
		q.Model, q.Vector = test.model, make([]float32, test.dims)
		q.Vector[0] = 1
		same(t, hits(t, s, q), test.want)
	}
}

// testNearestChunksFiltered compares what stores do with filters and groups to
// what package knowledge says of them.
func testNearestChunksFiltered(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	rnd := rand.New(rand.NewPCG(1, 2))
	var docs []knowledge.NewDocument
	for i := range 60 {
		d := vector(fmt.Sprintf("%02d.md", i), 1, float32(i))
		d.Attributes = knowledge.Attributes{}
		for _, key := range filterKeys {
			if rnd.IntN(3) > 0 {
				d.Attributes[key] = pick(rnd, filterValues)
			}
		}
		for range rnd.IntN(3) {
			d.Groups = append(d.Groups, pick(rnd, []string{"sre", "legal", "it's"}))
		}
		docs = append(docs, d)
	}
	ok(t, s.Apply(ctx, embedded("vs_1", "m", docs...)))

	admitted := 0
	for range 400 {
		q := knowledge.VectorQuery{Sources: []string{"vs_1"}, Model: "m", Vector: []float32{1, 0}, Limit: 100}
		q.Access = pick(rnd, []knowledge.Access{{All: true}, {}, {Groups: []string{"sre"}}, {Groups: []string{"none", "it's"}}})
		if rnd.IntN(8) > 0 {
			f := randomFilter(rnd, 3)
			q.Filter = &f
		}
		var want []string
		for _, d := range docs {
			if q.Access.CanSee(d.Groups) && q.Filter.Match(d.Attributes) {
				want = append(want, d.Path+"#0")
			}
		}
		admitted += len(want)
		if diff := gocmp.Diff(want, hits(t, s, q), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("filter %+v, access %+v (-want +got)\n%s", q.Filter, q.Access, diff)
		}
	}
	if admitted == 0 {
		t.Error("no filter admitted anything")
	}
}

var (
	filterKeys   = []string{"kind", "it's a \"key\" $.x[0]", "ü"}
	filterValues = []knowledge.Value{"a", "b", "B", "é", "", "1", "true", "it's; \"x\"", 1.0, 0.1, -2.5, 1e21, 0.0, true, false}
)

func pick[T any](rnd *rand.Rand, from []T) T { return from[rnd.IntN(len(from))] }

func randomFilter(rnd *rand.Rand, depth int) knowledge.Filter {
	types := []knowledge.FilterType{
		knowledge.Eq, knowledge.Ne, knowledge.Gt, knowledge.Gte, knowledge.Lt, knowledge.Lte, knowledge.In, knowledge.Nin,
	}
	if depth > 0 && rnd.IntN(3) == 0 {
		f := knowledge.Filter{Type: pick(rnd, []knowledge.FilterType{knowledge.And, knowledge.Or})}
		for range rnd.IntN(4) {
			f.Filters = append(f.Filters, randomFilter(rnd, depth-1))
		}
		return f
	}
	f := knowledge.Filter{Type: pick(rnd, types), Key: pick(rnd, append(filterKeys, "missing")), Value: pick(rnd, filterValues)}
	if f.Type == knowledge.In || f.Type == knowledge.Nin {
		values := []any{}
		for range rnd.IntN(4) {
			values = append(values, pick(rnd, filterValues))
		}
		f.Value = values
	}
	return f
}

// nearer orders by similarity to a vector, for benchmarks of many vectors.
func nearer(v []float32) func(a, b knowledge.NewDocument) int {
	return func(a, b knowledge.NewDocument) int {
		return cmp.Compare(similarity(v, b.Chunks[0].Vector), similarity(v, a.Chunks[0].Vector))
	}
}

func similarity(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return ab / math.Sqrt(aa*bb)
}

// testNearestOfMany has enough vectors, and a filter selective enough, that an
// approximate index which filters afterwards would come back with too few.
func testNearestOfMany(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	rnd := rand.New(rand.NewPCG(3, 4))
	random := func() []float32 {
		v := make([]float32, 16)
		for i := range v {
			v[i] = float32(rnd.NormFloat64())
		}
		return v
	}
	var docs, rare []knowledge.NewDocument
	for i := range 1500 {
		d := vector(fmt.Sprintf("%04d.md", i), random()...)
		d.Attributes = knowledge.Attributes{"n": float64(i % 75)}
		docs = append(docs, d)
		if i%75 == 7 {
			rare = append(rare, d)
		}
	}
	ok(t, s.Apply(ctx, embedded("vs_1", "m", docs...)))

	q := knowledge.VectorQuery{Sources: []string{"vs_1"}, Model: "m", Vector: random(), Limit: len(rare)}
	q.Filter = &knowledge.Filter{Type: knowledge.Eq, Key: "n", Value: 7.0}
	slices.SortFunc(rare, nearer(q.Vector))
	var want []string
	for _, d := range rare {
		want = append(want, d.Path+"#0")
	}
	same(t, hits(t, s, q), want)

	// Without a filter an approximate index may miss some, but not many.
	q.Filter, q.Limit = nil, 20
	slices.SortFunc(docs, nearer(q.Vector))
	found := hits(t, s, q)
	missed := 0
	for _, d := range docs[:20] {
		if !slices.Contains(found, d.Path+"#0") {
			missed++
		}
	}
	if len(found) != 20 || missed > 2 {
		t.Errorf("%d found, %d of the nearest 20 missed", len(found), missed)
	}
}
