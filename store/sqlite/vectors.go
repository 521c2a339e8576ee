package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/honehq/hone/knowledge"
)

func insertVectors(ctx context.Context, tx *sql.Tx, rev int64, model string, chunks []knowledge.Chunk) error {
	if model == "" {
		return nil
	}
	for i, c := range chunks {
		_, err := exec(ctx, tx, `INSERT INTO vectors (rev, ordinal, model, embedding) VALUES (?, ?, ?, ?)`,
			rev, i, model, encodeVector(c.Vector))
		if err != nil {
			return fmt.Errorf("vector %d: %w", i, err)
		}
	}
	return nil
}

func encodeVector(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

// NearestChunks implements knowledge.VectorStore by comparing the query with
// every vector that filter and access admit. Vectors of another length, and
// those of length zero, which have no direction, are never found.
func (db *DB) NearestChunks(ctx context.Context, q knowledge.VectorQuery) ([]knowledge.VectorHit, error) {
	var hits []knowledge.VectorHit
	err := db.read(ctx, func(tx *sql.Tx) error {
		docs, err := admitted(ctx, tx, q)
		if err != nil {
			return err
		}
		hits, err = nearest(ctx, tx, q, docs)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("nearest chunks: %w", err)
	}
	return hits, nil
}

// admitted returns the documents that a query may find, by revision.
func admitted(ctx context.Context, tx *sql.Tx, q knowledge.VectorQuery) (map[int64]knowledge.Document, error) {
	docs := map[int64]knowledge.Document{}
	_, err := all(ctx, tx, func(row scanner) (struct{}, error) {
		d, err := scanDocument(row)
		if err == nil && q.Access.CanSee(d.Groups) && q.Filter.Match(d.Attributes) {
			docs[d.Rev] = d
		}
		return struct{}{}, err
	}, `SELECT`+documentColumns+`FROM documents WHERE source IN (SELECT value FROM json_each(?))`, list(q.Sources))
	return docs, err
}

// nearest scans the vectors of some documents.
func nearest(ctx context.Context, tx *sql.Tx, q knowledge.VectorQuery, docs map[int64]knowledge.Document) ([]knowledge.VectorHit, error) {
	type found struct {
		rev     int64
		ordinal int
		score   float64
	}
	var best []found
	norm := math.Sqrt(dot(q.Vector, q.Vector))
	_, err := all(ctx, tx, func(row scanner) (struct{}, error) {
		var f found
		var embedding sql.RawBytes
		if err := row.Scan(&f.rev, &f.ordinal, &embedding); err != nil {
			return struct{}{}, err
		}
		if _, ok := docs[f.rev]; ok {
			if f.score = cosine(q.Vector, norm, embedding); !math.IsNaN(f.score) {
				best = append(best, f)
			}
		}
		return struct{}{}, nil
	}, `
		SELECT v.rev, v.ordinal, v.embedding FROM documents AS d JOIN vectors AS v ON v.rev = d.rev
		WHERE d.source IN (SELECT value FROM json_each(?)) AND v.model = ? AND length(v.embedding) = ?`,
		list(q.Sources), q.Model, 4*len(q.Vector))
	slices.SortFunc(best, func(a, b found) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.rev, b.rev), cmp.Compare(a.ordinal, b.ordinal))
	})
	var hits []knowledge.VectorHit
	for _, f := range best[:min(len(best), q.Limit)] {
		hits = append(hits, knowledge.VectorHit{Document: docs[f.rev], Ordinal: f.ordinal, Score: f.score})
	}
	return hits, err
}

// cosine compares a vector of the given norm with a stored one of the same
// length. It is NaN if either is zero.
func cosine(v []float32, norm float64, stored []byte) float64 {
	var sum, square float64
	for i, x := range v {
		y := float64(math.Float32frombits(binary.LittleEndian.Uint32(stored[4*i:])))
		sum += float64(x) * y
		square += y * y
	}
	return sum / (norm * math.Sqrt(square))
}

func dot(a, b []float32) float64 {
	var sum float64
	for i, x := range a {
		sum += float64(x) * float64(b[i])
	}
	return sum
}
