package knowledge_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/honehq/hone/knowledge"
)

func TestSearchPassage(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	src := upload(t, b, "docs", knowledge.Upload{
		Path:       "runbooks/2025-02-03-rollback.md",
		Content:    []byte("# Rollback\r\n\r\nIntro.\r\n\r\n## Steps\r\n\r\nRun the flux capacitor.\r\n"),
		Attributes: knowledge.Attributes{"team": "sre"},
		Groups:     []string{"oncall"},
	})
	got := search(t, b, all("flux capacitor"))
	if len(got) != 1 {
		t.Fatalf("%d passages", len(got))
	}
	p := got[0]
	if p.Source != src.ID || p.Title != "Rollback" || !strings.HasSuffix(p.Text, "Run the flux capacitor.") ||
		p.LastLine != 7 || p.Score <= 0 || !cmp.Equal(p.Groups, []string{"oncall"}) {
		t.Errorf("passage %+v", p)
	}
	want := knowledge.Attributes{"team": "sre", "kind": "runbook", "date": "2025-02-03"}
	if diff := cmp.Diff(want, p.Attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

// Filter and access are part of the search: however many better passages a
// caller may not see, the ones that may be seen fill the limit.
func TestSearchFiltersInside(t *testing.T) {
	for _, embedder := range []knowledge.Embedder{nil, fakeEmbedder{name: "m"}} {
		b := openBase(t, knowledge.Config{Embedder: embedder})
		var docs []knowledge.Upload
		for i := range 30 {
			u := text(fmt.Sprintf("%02d.md", i), "heron heron heron")
			switch {
			case i < 25:
				u.Groups = []string{"secret"}
			case i < 27:
				u.Attributes = knowledge.Attributes{"team": "birds"}
				u.Content = []byte("heron, and many more words than that about something else")
			}
			docs = append(docs, u)
		}
		upload(t, b, "docs", docs...)
		q := knowledge.Query{Texts: []string{"heron"}, Limit: 5}
		if got := sorted(strings.Fields(found(t, b, q))); got != "25.md 26.md 27.md 28.md 29.md" {
			t.Errorf("without groups: %q", got)
		}
		q.Filter = &knowledge.Filter{Type: knowledge.Eq, Key: "team", Value: "birds"}
		if got := found(t, b, q); got != "25.md 26.md" {
			t.Errorf("filtered: %q", got)
		}
		q.Filter, q.Access = nil, knowledge.Access{Groups: []string{"other", "secret"}}
		if got := found(t, b, q); strings.Contains(got, "27") || len(strings.Fields(got)) != 5 {
			t.Errorf("with the group: %q", got)
		}
	}
}

func TestSearchPerDoc(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	long := strings.Repeat("## Part\n\n"+strings.Repeat("heron words. ", 200)+"\n\n", 6)
	upload(t, b, "docs", text("long.md", long), text("short.md", "one heron among several other birds"))
	for _, texts := range [][]string{{"heron"}, {"heron", "herons"}} {
		q := all(texts...)
		q.PerDoc = 2
		if got := found(t, b, q); sorted(strings.Fields(got)) != "long.md long.md short.md" {
			t.Errorf("%v: %q", texts, got)
		}
	}
}

// Fused scores are sums of 1/(60+rank).
func TestSearchFuses(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	upload(t, b, "docs",
		text("1.md", "finch"), text("2.md", "finch and wren"), text("3.md", "wren"))
	got := search(t, b, all("finch", "wren"))
	if len(got) != 3 || got[0].Path != "2.md" || math.Abs(got[0].Score-2./62) > 1e-12 {
		t.Fatalf("%+v", got)
	}
	// The others are first in one ranking each: the path decides.
	if got[1].Path != "1.md" || got[2].Path != "3.md" || got[1].Score != got[2].Score || math.Abs(got[1].Score-1./61) > 1e-12 {
		t.Errorf("%+v", got[1:])
	}
}

func TestSearchFusesVectors(t *testing.T) {
	b := openBase(t, knowledge.Config{Embedder: fakeEmbedder{name: "m"}})
	upload(t, b, "docs", text("1.md", "finch finch"), text("2.md", "wren"), text("3.md", "wren finch"))
	got := search(t, b, all("finch"))
	if len(got) != 3 || got[0].Path != "1.md" || math.Abs(got[0].Score-2./61) > 1e-12 {
		t.Fatalf("%+v", got)
	}
	if got[2].Path != "2.md" || math.Abs(got[2].Score-1./63) > 1e-12 {
		t.Errorf("found by its vector alone: %+v", got[2])
	}
}

// Where the embedding service is down, passages still come.
func TestSearchWithoutEmbedder(t *testing.T) {
	store := openStore(t)
	upload(t, openBase(t, knowledge.Config{Store: store, Embedder: fakeEmbedder{name: "m"}}), "docs", text("1.md", "finch"))
	down := openBase(t, knowledge.Config{Store: store, Embedder: fakeEmbedder{name: "m", err: errors.New("down")}})
	if got := found(t, down, all("finch")); got != "1.md" {
		t.Errorf("found %q", got)
	}
}

// One that never answers is not waited for long.
func TestSearchWithHangingEmbedder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := knowledge.NewMemory()
		upload(t, openBase(t, knowledge.Config{Store: store}), "docs", text("1.md", "finch"))
		b := openBase(t, knowledge.Config{Store: store, Embedder: hangingEmbedder{}})
		start := time.Now()
		if got := found(t, b, all("finch")); got != "1.md" {
			t.Errorf("found %q", got)
		}
		if waited := time.Since(start); waited != 5*time.Second {
			t.Errorf("waited %v", waited)
		}
	})
}

type hangingEmbedder struct{ fakeEmbedder }

func (hangingEmbedder) Embed(ctx context.Context, _ []string) ([][]float32, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestSearchErrors(t *testing.T) {
	store := &failing{Store: openStore(t)}
	b := openBase(t, knowledge.Config{Store: store, Embedder: fakeEmbedder{name: "m"}})
	src := upload(t, b, "docs", text("1.md", "finch"))
	bad := &knowledge.Filter{Type: knowledge.And}
	for _, test := range []struct {
		name  string
		query knowledge.Query
		want  error
	}{
		{"no text", knowledge.Query{}, knowledge.ErrInvalid},
		{"blank text", knowledge.Query{Texts: []string{" ", "\n"}}, knowledge.ErrInvalid},
		{"limit", knowledge.Query{Texts: []string{"x"}, Limit: 51}, knowledge.ErrInvalid},
		{"negative limit", knowledge.Query{Texts: []string{"x"}, Limit: -1}, knowledge.ErrInvalid},
		{"per document", knowledge.Query{Texts: []string{"x"}, PerDoc: -1}, knowledge.ErrInvalid},
		{"filter", knowledge.Query{Texts: []string{"x"}, Filter: bad}, knowledge.ErrInvalid},
		{"source", knowledge.Query{Texts: []string{"x"}, Sources: []string{src.ID, "vs_none"}}, fs.ErrNotExist},
	} {
		if got, err := b.Search(t.Context(), test.query); !errors.Is(err, test.want) || got != nil {
			t.Errorf("%s: %v, %v", test.name, got, err)
		}
	}
	// A store that fails is an error and not an empty result.
	for _, call := range []string{"generations", "nearest", "chunks"} {
		store.call = call
		if got, err := b.Search(t.Context(), all("finch")); !errors.Is(err, errBroken) || got != nil {
			t.Errorf("%s fails: %v, %v", call, got, err)
		}
	}
	store.call = ""
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := b.Search(ctx, all("finch")); !errors.Is(err, context.Canceled) || got != nil {
		t.Errorf("cancelled: %v, %v", got, err)
	}
}

// failing is a store of which one call fails.
type failing struct {
	knowledge.Store
	call string
}

func (f *failing) Generations(ctx context.Context, sources []string) (map[string]int64, error) {
	if f.call == "generations" {
		return nil, errBroken
	}
	return f.Store.Generations(ctx, sources)
}

func (f *failing) NearestChunks(ctx context.Context, q knowledge.VectorQuery) ([]knowledge.VectorHit, error) {
	if f.call == "nearest" {
		return nil, errBroken
	}
	return f.Store.NearestChunks(ctx, q)
}

func (f *failing) Chunks(ctx context.Context, refs []knowledge.ChunkRef) ([]knowledge.Chunk, error) {
	if f.call == "chunks" {
		return nil, errBroken
	}
	return f.Store.Chunks(ctx, refs)
}

func TestSearchSources(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	one := upload(t, b, "one", text("a.md", "stork in one"))
	two := upload(t, b, "two", text("a.md", "stork in two"))
	upload(t, b, "empty")
	for _, test := range []struct {
		sources []string
		want    int
	}{
		{nil, 2}, {[]string{one.ID}, 1}, {[]string{two.ID, two.ID}, 1}, {[]string{one.ID, two.ID}, 2},
	} {
		q := all("stork")
		q.Sources = test.sources
		if got := search(t, b, q); len(got) != test.want {
			t.Errorf("%v: %d passages", test.sources, len(got))
		}
	}
	if err := b.DeleteSource(t.Context(), one.ID); err != nil {
		t.Fatal(err)
	}
	if got := search(t, b, all("stork")); len(got) != 1 || got[0].Source != two.ID {
		t.Errorf("after deletion: %+v", got)
	}
}

// A document that is replaced between ranking and reading is found in its new
// revision.
func TestSearchWhileReplaced(t *testing.T) {
	store := &counter{Store: openStore(t)}
	b := openBase(t, knowledge.Config{Store: store})
	upload(t, b, "docs", text("a.md", "ibis, the first"))
	other := openBase(t, knowledge.Config{Store: store.Store})
	n := 0
	store.chunks = func() {
		if n++; n <= 2 {
			upload(t, other, "docs", text("a.md", fmt.Sprintf("ibis, revision %d", n)))
		}
	}
	got := search(t, b, all("ibis"))
	if len(got) != 1 || got[0].Text != "ibis, revision 2" {
		t.Errorf("%+v", got)
	}
	// One that vanishes is no longer found.
	store.chunks = func() {
		store.chunks = nil
		if err := other.Remove(t.Context(), "docs", got[0].FileID); err != nil {
			t.Error(err)
		}
	}
	if got := search(t, b, all("ibis")); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// Only segments that are new are read, and each by one reader.
func TestSearchLoadsWhatIsNew(t *testing.T) {
	store := &counter{Store: openStore(t)}
	writer := openBase(t, knowledge.Config{Store: store.Store})
	upload(t, writer, "docs", text("a.md", "crow"), text("b.md", "crow"))
	loads := make(chan int64, 100)
	store.segmentData = func(id int64) { loads <- id }
	b := openBase(t, knowledge.Config{Store: store})
	loaded := func(want int) {
		t.Helper()
		done := make(chan error)
		for range 8 {
			go func() {
				_, err := b.Search(t.Context(), all("crow"))
				done <- err
			}()
		}
		for range 8 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if len(loads) != want {
			t.Errorf("%d segments read, want %d", len(loads), want)
		}
		for len(loads) > 0 {
			<-loads
		}
	}
	loaded(2)
	loaded(0)
	upload(t, writer, "docs", text("c.md", "crow"))
	loaded(1)
	upload(t, writer, "other", text("d.md", "crow"))
	loaded(1)
}

func TestSearchSpan(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(provider)
	defer otel.SetTracerProvider(before)
	tracer := provider.Tracer("test")
	b := openBase(t, knowledge.Config{Store: knowledge.NewMemory()})
	upload(t, b, "docs", text("a.md", "confidential gull"))
	ctx, parent := tracer.Start(t.Context(), "parent")
	if _, err := b.Search(ctx, all("confidential", "gull")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Search(ctx, all()); err == nil {
		t.Fatal("no error")
	}
	parent.End()
	spans := slices.DeleteFunc(recorder.Ended(), func(s sdktrace.ReadOnlySpan) bool { return s.Name() == "index_documents" })
	if len(spans) != 3 || spans[0].Name() != "search_knowledge" || spans[0].Parent().SpanID() != parent.SpanContext().SpanID() {
		t.Fatalf("%d spans", len(spans))
	}
	got := fmt.Sprint(spans[0].Attributes())
	for _, want := range []string{`"hone.search.queries":2`, `"hone.search.sources":1`, `"hone.search.hits":1`} {
		if !strings.Contains(got, want) {
			t.Errorf("attributes %s lack %s", got, want)
		}
	}
	if strings.Contains(got, "gull") {
		t.Errorf("attributes %s hold content", got)
	}
	if spans[1].Status().Code != codes.Error {
		t.Errorf("a failed search has status %v", spans[1].Status())
	}
}
