package knowledge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/honehq/hone/knowledge/textindex"
	"github.com/honehq/hone/otel"
)

// Bounds of a search.
const (
	defaultLimit = 10
	maxLimit     = 50
	maxTexts     = 16
	maxText      = 4000 // characters of a text; what follows is left out
	// fusedDepth is how deep into each ranking fusion looks at least. Deeper
	// hits add less than 1/(60+50) and hardly ever reach the first ten.
	fusedDepth = 50
	// embedTimeout bounds the wait for the vectors of a query; text search
	// alone is better than a late answer.
	embedTimeout = 5 * time.Second
	// searchTries bounds how often a search is repeated because a document
	// that it found was replaced before its text was read.
	searchTries = 16
)

// Search returns the passages that fit best, best first. Filter and access
// are checked inside the search, so they don't shorten its result. With one
// text and no vectors a passage's score is its text score (BM25), else the sum
// of 1/(60+rank) over the rankings that were fused; either way scores can be
// compared within one search only.
//
// An unusable query wraps ErrInvalid, an unknown source fs.ErrNotExist. Where
// the embedding service fails, the search goes on with text alone.
func (b *Base) Search(ctx context.Context, q Query) (found []Passage, err error) {
	ctx, span := otel.SearchKnowledge.Start(ctx, otel.Operation.String("retrieval"))
	rankings := 0
	defer func(start time.Time) {
		span.SetAttributes(otel.SearchQueries.Int(len(q.Texts)), otel.SearchHits.Int(len(found)))
		endSpan(span, err)
		recordSearch(ctx, start, rankings, found, err)
	}(time.Now())
	if q, err = q.checked(); err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	vectors := b.queryVectors(ctx, q.Texts)
	rankings = len(q.Texts) + len(vectors)
	if found, err = b.search(ctx, q, vectors); err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return found, nil
}

// checked returns the query with its defaults, or what is wrong with it.
func (q Query) checked() (Query, error) {
	texts := make([]string, 0, len(q.Texts))
	for _, t := range q.Texts {
		if t = cut(strings.TrimSpace(t), maxText); t != "" && !slices.Contains(texts, t) {
			texts = append(texts, t)
		}
	}
	q.Texts = texts
	if q.Limit == 0 {
		q.Limit = defaultLimit
	}
	switch {
	case len(texts) == 0:
		return q, fmt.Errorf("no text to search for: %w", ErrInvalid)
	case len(texts) > maxTexts:
		return q, fmt.Errorf("%d texts, at most %d are allowed: %w", len(texts), maxTexts, ErrInvalid)
	case q.Limit < 0 || q.Limit > maxLimit:
		return q, fmt.Errorf("limit %d is not between 1 and %d: %w", q.Limit, maxLimit, ErrInvalid)
	case q.PerDoc < 0:
		return q, fmt.Errorf("negative bound of passages per document: %w", ErrInvalid)
	}
	sources := make([]string, 0, len(q.Sources))
	for _, s := range q.Sources {
		if !slices.Contains(sources, s) {
			sources = append(sources, s)
		}
	}
	q.Sources = sources
	return q, q.Filter.Validate()
}

// search ranks and reads passages. If a document is replaced in between, it
// starts again from the new state; a frozen base has no new state, and leaves
// such a document out.
func (b *Base) search(ctx context.Context, q Query, vectors [][]float32) ([]Passage, error) {
	for try := 1; ; try++ {
		v, err := b.viewer.view(ctx, q.Sources)
		if err != nil {
			return nil, err
		}
		trace.SpanFromContext(ctx).SetAttributes(otel.SearchSources.Int(len(v.snapshots)))
		hits, err := b.rank(ctx, v, q, vectors)
		if err != nil {
			return nil, err
		}
		passages, err := b.passages(ctx, hits)
		if err != nil {
			return nil, err
		}
		switch {
		case len(passages) == len(hits) || b.frozen != nil:
			return passages, nil
		case try < searchTries:
		case len(passages) > 0:
			return passages, nil
		default:
			return nil, fmt.Errorf("all %d hits were replaced while they were read: %w", len(hits), ErrStale)
		}
	}
}

// hit is a chunk in a ranking.
type hit struct {
	doc     *Document
	ordinal int
	score   float64
}

// rank makes one ranking per text, and one per vector, and fuses them.
func (b *Base) rank(ctx context.Context, v *view, q Query, vectors [][]float32) ([]hit, error) {
	depth := q.Limit
	if len(q.Texts)+len(vectors) > 1 {
		depth = max(fusedDepth, 2*q.Limit)
	}
	var rankings [][]hit
	for _, text := range q.Texts {
		hits, err := v.searchText(ctx, text, q, depth)
		if err != nil {
			return nil, err
		}
		rankings = append(rankings, hits)
	}
	for _, vector := range vectors {
		hits, err := b.searchVector(ctx, v, vector, q, depth)
		if err != nil {
			return nil, err
		}
		rankings = append(rankings, hits)
	}
	if len(rankings) == 1 {
		return rankings[0], nil
	}
	return fuse(rankings, q.Limit, q.PerDoc), nil
}

func (v *view) searchText(ctx context.Context, text string, q Query, depth int) ([]hit, error) {
	found, err := v.index.Search(ctx, text, textindex.Options{
		K:      depth,
		PerDoc: q.PerDoc,
		Accept: func(part, doc int) bool {
			d := &v.parts[part].docs[doc]
			return q.Access.CanSee(d.Groups) && q.Filter.Match(d.Attributes)
		},
	})
	if err != nil {
		return nil, err
	}
	hits := make([]hit, len(found))
	for i, f := range found {
		hits[i] = hit{doc: &v.parts[f.Part].docs[f.Doc], ordinal: f.Chunk, score: f.Score}
	}
	return hits, nil
}

// searchVector leaves out documents that the view doesn't hold: those written
// after it, and those that an overlay hides.
func (b *Base) searchVector(ctx context.Context, v *view, vector []float32, q Query, depth int) ([]hit, error) {
	if len(v.snapshots) == 0 {
		return nil, nil
	}
	found, err := b.store.NearestChunks(ctx, VectorQuery{
		Sources: v.sources(),
		Model:   b.model(),
		Vector:  vector,
		Filter:  q.Filter,
		Access:  q.Access,
		Limit:   depth,
	})
	if err != nil {
		return nil, fmt.Errorf("nearest chunks: %w", err)
	}
	var hits []hit
	for _, f := range found {
		if d := v.document(f.Document.Rev); d != nil {
			hits = append(hits, hit{doc: d, ordinal: f.Ordinal, score: f.Score})
		}
	}
	return hits, nil
}

// queryVectors returns a vector per text; none without an embedder, or if it
// fails: it is likely to be the very provider whose failure makes a person
// depend on plain passages.
func (b *Base) queryVectors(ctx context.Context, texts []string) [][]float32 {
	if b.embedder == nil {
		return nil
	}
	patience, cancel := context.WithTimeout(otel.WithCaller(ctx, otel.Caller{Role: "search"}), embedTimeout)
	defer cancel()
	vectors, err := b.embedder.Embed(patience, texts)
	if err == nil && len(vectors) != len(texts) {
		err = fmt.Errorf("%d vectors for %d texts", len(vectors), len(texts))
	}
	if ctx.Err() != nil {
		return nil // the caller has gone, which the search will notice
	}
	if err != nil {
		trace.SpanFromContext(ctx).SetAttributes(otel.SearchTextOnly.Bool(true))
		b.log.WarnContext(ctx, "embedding failed, searching by text only", "model", b.model(), "error", err)
		return nil
	}
	return vectors
}

// passages reads the chunks of hits; those that are gone are left out.
func (b *Base) passages(ctx context.Context, hits []hit) ([]Passage, error) {
	if len(hits) == 0 {
		return nil, nil
	}
	refs := make([]ChunkRef, len(hits))
	for i, h := range hits {
		refs[i] = ChunkRef{Rev: h.doc.Rev, Ordinal: h.ordinal}
	}
	chunks, err := b.store.Chunks(ctx, refs)
	if err != nil {
		return nil, fmt.Errorf("read chunks: %w", err)
	}
	if len(chunks) != len(refs) {
		return nil, fmt.Errorf("read chunks: got %d of %d", len(chunks), len(refs))
	}
	passages := make([]Passage, 0, len(hits))
	for i, c := range chunks {
		if c.Ordinal >= 0 {
			passages = append(passages, Passage{Document: *hits[i].doc, Chunk: c, Score: hits[i].score})
		}
	}
	return passages, nil
}
