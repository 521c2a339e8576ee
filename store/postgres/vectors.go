package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"github.com/honehq/hone/knowledge"
)

// vectorModel is an embedding model with the width of its vectors.
type vectorModel struct {
	name       string
	dimensions int
}

// kind is the type by which a model's vectors are indexed: HNSW takes 2,000
// dimensions of vector and 4,000 of halfvec. "" means that there is no index.
func (m vectorModel) kind() string {
	switch {
	case m.dimensions <= 2000:
		return "vector"
	case m.dimensions <= 4000:
		return "halfvec"
	}
	return ""
}

// ensureModel returns the number of the model of a change's vectors, 0 if it
// has none. The first time, it makes the model's index.
func (db *DB) ensureModel(ctx context.Context, c knowledge.Change) (int, error) {
	m := vectorModel{name: c.Model}
	for _, d := range c.Put {
		if len(d.Chunks) > 0 {
			m.dimensions = len(d.Chunks[0].Vector)
		}
	}
	if m.name == "" || m.dimensions == 0 {
		return 0, nil
	}
	id, err := db.model(ctx, m)
	if err != nil || id != 0 {
		return id, err
	}
	err = db.write(ctx, func(tx pgx.Tx) error {
		// CREATE INDEX locks the table; with this lock, only one process waits
		// for it, and none in the middle of a change.
		if _, err := exec(ctx, tx, `SELECT pg_advisory_xact_lock(hashtext('hone vector models'))`); err != nil {
			return err
		}
		if id, err = one(ctx, tx, value[int], `
			INSERT INTO vector_models (model, dimensions) VALUES ($1, $2)
			ON CONFLICT (model, dimensions) DO UPDATE SET model = excluded.model RETURNING id`, m.name, m.dimensions); err != nil {
			return err
		}
		if m.kind() == "" {
			return nil
		}
		// DDL takes no parameters; these are numbers and names of our own.
		_, err := exec(ctx, tx, fmt.Sprintf(`
			CREATE INDEX IF NOT EXISTS vectors_%d ON vectors
			USING hnsw ((embedding::%s(%d)) %s_cosine_ops) WHERE model = %d`, id, m.kind(), m.dimensions, m.kind(), id))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("index of model %s: %w", m.name, err)
	}
	return id, nil
}

// model returns the number of a model, or 0 if none of its vectors was stored.
func (db *DB) model(ctx context.Context, m vectorModel) (int, error) {
	db.mu.Lock()
	id := db.models[m]
	db.mu.Unlock()
	if id != 0 {
		return id, nil
	}
	ids, err := all(ctx, db.pool, value[int],
		`SELECT id FROM vector_models WHERE model = $1 AND dimensions = $2`, m.name, m.dimensions)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	db.mu.Lock()
	db.models[m] = ids[0]
	db.mu.Unlock()
	return ids[0], nil
}

// insertVectors stores the vectors of documents whose revisions revs gives.
func insertVectors(ctx context.Context, tx pgx.Tx, revs []int64, model int, docs []knowledge.NewDocument) error {
	var rows [][]any
	for i, d := range docs {
		for n, c := range d.Chunks {
			rows = append(rows, []any{revs[i], n, model, pgvector.NewVector(c.Vector)})
		}
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"vectors"}, []string{"rev", "ordinal", "model", "embedding"}, pgx.CopyFromRows(rows))
	return failure(ctx, err)
}

// NearestChunks implements knowledge.VectorStore. The planner decides whether
// the index is worth its while; then some of the nearest may be missed. Vectors
// of another length, and those of length zero, which have no direction, are
// never found.
func (db *DB) NearestChunks(ctx context.Context, q knowledge.VectorQuery) ([]knowledge.VectorHit, error) {
	m := vectorModel{q.Model, len(q.Vector)}
	model, err := db.model(ctx, m)
	if err != nil {
		return nil, fmt.Errorf("nearest chunks: %w", err)
	}
	if model == 0 || q.Limit <= 0 || isZero(q.Vector) {
		return nil, nil
	}
	var hits []knowledge.VectorHit
	err = db.read(ctx, func(tx pgx.Tx) error {
		if m.kind() != "" {
			cast := fmt.Sprintf("::%s(%d)", m.kind(), m.dimensions)
			if err := tuneScan(ctx, tx, q.Limit); err != nil {
				return err
			}
			if hits, err = nearest(ctx, tx, q, model, cast); err != nil || len(hits) == q.Limit {
				return err
			}
			// An iterative scan gives up after hnsw.max_scan_tuples; few hits
			// mean a filter that admits little, which is quickly searched whole.
		}
		hits, err = nearest(ctx, tx, q, model, "")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("nearest chunks: %w", err)
	}
	return hits, nil
}

func isZero(v []float32) bool {
	return !slices.ContainsFunc(v, func(x float32) bool { return x != 0 })
}

// tuneScan makes an index scan go on until the filter has let enough through.
func tuneScan(ctx context.Context, tx pgx.Tx, limit int) error {
	if _, err := exec(ctx, tx, `SET LOCAL hnsw.iterative_scan = strict_order`); err != nil {
		return err
	}
	_, err := exec(ctx, tx, fmt.Sprintf(`SET LOCAL hnsw.ef_search = %d`, min(max(100, 2*limit), 1000)))
	return err
}

func nearest(ctx context.Context, tx pgx.Tx, q knowledge.VectorQuery, model int, cast string) ([]knowledge.VectorHit, error) {
	query, args := nearestQuery(q, model, cast)
	return all(ctx, tx, func(row scanner) (h knowledge.VectorHit, err error) {
		h.Document, err = scanDocument(withLast{withLast{row, &h.Score}, &h.Ordinal})
		return h, err
	}, query, args...)
}

// nearestQuery orders by the indexed expression, or with an empty cast by one
// that no index has.
func nearestQuery(q knowledge.VectorQuery, model int, cast string) (string, arguments) {
	var args arguments
	vector := args.add(pgvector.NewVector(q.Vector))
	query := fmt.Sprintf(`
		WITH near AS MATERIALIZED (
			SELECT v.rev, v.ordinal, 1 - (v.embedding <=> %[1]s::vector) AS score
			FROM vectors AS v JOIN documents AS d ON d.rev = v.rev
			WHERE v.model = %[2]d AND d.source = ANY (%[3]s) AND %[4]s AND %[5]s
				AND vector_norm(v.embedding) > 0
			ORDER BY v.embedding%[6]s <=> %[1]s::vector%[6]s LIMIT %[7]s)
		SELECT`+documentColumns+`, near.ordinal, near.score
		FROM near JOIN documents AS d ON d.rev = near.rev
		ORDER BY near.score DESC, near.rev, near.ordinal`,
		vector, model, args.add(q.Sources), visible(q.Access, &args), condition(q.Filter, &args), cast, args.add(q.Limit))
	return query, args
}
