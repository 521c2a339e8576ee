// Package postgres keeps everything that Hone stores in a Postgres database
// with pgvector.
package postgres

import (
	"context"
	"fmt"
	"sync"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	pgxvector "github.com/pgvector/pgvector-go/pgx"
)

// DB keeps sources, files, documents, index segments, vectors, prompts, runs,
// responses, conversations, cases and rounds. It is safe for concurrent use by
// any number of processes.
type DB struct {
	pool *pgxpool.Pool

	mu     sync.Mutex
	models map[vectorModel]int // their numbers, as far as they are known here
}

// Open connects to the database of a URL or a keyword/value string, as libpq
// reads them, makes the extension vector where it is missing, and brings the
// schema up to date. Processes that start at once wait for each other. Tables
// are made in the first schema of the search path.
func Open(ctx context.Context, url string) (*DB, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err) // pgx hides the password
	}
	if err := prepare(ctx, config.ConnConfig); err != nil {
		return nil, fmt.Errorf("database %s on %s: %w", config.ConnConfig.Database, config.ConnConfig.Host, err)
	}
	// Spans are kept of statements within a trace, without their parameters;
	// what runs in the background doesn't start traces of its own.
	config.ConnConfig.Tracer = otelpgx.NewTracer(otelpgx.WithDisableAcquireTracer())
	config.AfterConnect = pgxvector.RegisterTypes
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("database %s on %s: %w", config.ConnConfig.Database, config.ConnConfig.Host, err)
	}
	return &DB{pool: pool, models: map[vectorModel]int{}}, nil
}

// prepare makes the extension and the schema, over connections of its own:
// those of the pool need the extension's types.
func prepare(ctx context.Context, config *pgx.ConnConfig) error {
	db := stdlib.OpenDB(*config)
	defer db.Close()
	if err := ensureVector(ctx, db, config.Database); err != nil {
		return err
	}
	return migrate(ctx, db)
}

// Close waits for queries to end and closes all connections.
func (db *DB) Close() error {
	db.pool.Close()
	return nil
}

// Ping tells whether the database can be reached.
func (db *DB) Ping(ctx context.Context) error {
	return db.pool.Ping(ctx)
}
