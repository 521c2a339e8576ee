package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/honehq/hone/knowledge"
)

// Benchmark measures what ingest and search spend their time in.
func Benchmark(b *testing.B, open Opener) {
	b.Run("Apply", func(b *testing.B) { benchmarkApply(b, open(b)) })
	b.Run("SegmentData", func(b *testing.B) { benchmarkSegmentData(b, open(b)) })
	b.Run("Chunks", func(b *testing.B) { benchmarkChunks(b, open(b)) })
	b.Run("NearestChunks", func(b *testing.B) { benchmarkNearestChunks(b, open(b)) })
}

// sized is n documents of 12 chunks of 1,000 bytes.
func sized(from, n int) []knowledge.NewDocument {
	text := strings.Repeat("restart the ingester; ", 46)[:1000]
	var docs []knowledge.NewDocument
	for i := range n {
		d := doc(fmt.Sprintf("%06d.md", from+i), strings.Repeat(text, 12))
		d.Chunks = nil
		for c := range 12 {
			d.Chunks = append(d.Chunks, knowledge.Chunk{
				Ordinal: c, Section: []string{"Ingester", "Steps"}, Anchor: "steps", FirstLine: c, LastLine: c + 9, Text: text,
			})
		}
		docs = append(docs, d)
	}
	return docs
}

// benchmarkApply puts 50 new documents at a time.
func benchmarkApply(b *testing.B, s Store) {
	ok(b, s.CreateSource(b.Context(), source("vs_1", "one", 1)))
	b.SetBytes(50 * 12 * 1000)
	n := 0
	for b.Loop() {
		ok(b, s.Apply(b.Context(), change("vs_1", sized(n, 50)...)))
		n += 50
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "docs/s")
}

// benchmarkSegmentData loads an index of 16 MB in 16 segments of 125 documents,
// as a process does that starts.
func benchmarkSegmentData(b *testing.B, s Store) {
	ok(b, s.CreateSource(b.Context(), source("vs_1", "one", 1)))
	data := make([]byte, 1<<20)
	for i := range data {
		data[i] = byte(rand.Uint32())
	}
	for i := range 16 {
		var docs []knowledge.NewDocument
		for n := range 125 {
			docs = append(docs, doc(fmt.Sprintf("%d/%d.md", i, n), "text"))
		}
		c := change("vs_1", docs...)
		c.Segment = data
		ok(b, s.Apply(b.Context(), c))
	}
	b.SetBytes(16 << 20)
	for b.Loop() {
		ids, _ := segmentIDs(b, s, "vs_1")
		for _, id := range ids {
			_, _, err := s.SegmentData(b.Context(), id)
			ok(b, err)
		}
	}
}

// benchmarkChunks reads the 50 chunks that a search may ask for.
func benchmarkChunks(b *testing.B, s Store) {
	ok(b, s.CreateSource(b.Context(), source("vs_1", "one", 1)))
	for i := range 20 {
		ok(b, s.Apply(b.Context(), change("vs_1", sized(i*100, 100)...)))
	}
	docs := documents(b, s, "vs_1")
	for b.Loop() {
		var refs []knowledge.ChunkRef
		for range 50 {
			refs = append(refs, knowledge.ChunkRef{Rev: docs[rand.IntN(len(docs))].Rev, Ordinal: rand.IntN(12)})
		}
		_, err := s.Chunks(b.Context(), refs)
		ok(b, err)
	}
}

// benchmarkNearestChunks searches 4,800 vectors of 384 dimensions.
func benchmarkNearestChunks(b *testing.B, s Store) {
	ok(b, s.CreateSource(b.Context(), source("vs_1", "one", 1)))
	random := func() []float32 {
		v := make([]float32, 384)
		for i := range v {
			v[i] = float32(rand.NormFloat64())
		}
		return v
	}
	for i := range 4 {
		docs := sized(i*100, 100)
		for _, d := range docs {
			for c := range d.Chunks {
				d.Chunks[c].Vector = random()
			}
		}
		ok(b, s.Apply(b.Context(), embedded("vs_1", "m", docs...)))
	}
	q := knowledge.VectorQuery{Sources: []string{"vs_1"}, Model: "m", Vector: random(), Limit: 50}
	for b.Loop() {
		_, err := s.NearestChunks(b.Context(), q)
		ok(b, err)
	}
}
