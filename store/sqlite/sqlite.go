// Package sqlite keeps everything that Hone stores in one SQLite file, except
// spans, which have a file of their own.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/XSAM/otelsql"
	"go.opentelemetry.io/otel/attribute"
	"modernc.org/sqlite"
)

// DB keeps sources, files, documents, index segments, vectors, prompts, runs,
// responses, conversations, cases and rounds. It is safe for concurrent use, also
// by several processes on one machine: writers queue up, readers never wait.
type DB struct {
	pools
}

// Open opens the database at path, creates it where there is none (mode 0600,
// missing folders 0700), and brings its schema up to date. It fails if the file
// is something else, was written by a newer Hone, or cannot be written.
func Open(ctx context.Context, path string) (*DB, error) {
	p, err := open(ctx, path, schema, patience)
	if err != nil {
		return nil, err
	}
	return &DB{p}, nil
}

// pools are the connections to one file: a single writer, so that writers of
// this process queue up in Go rather than in SQLite, and some readers.
type pools struct {
	writer  *sql.DB
	readers *sql.DB
}

// Close waits for queries to end and closes all connections.
func (p pools) Close() error {
	return errors.Join(p.readers.Close(), p.writer.Close())
}

// Ping tells whether the database can be read.
func (p pools) Ping(ctx context.Context) error {
	return p.readers.PingContext(ctx)
}

// patience is how long a statement waits for another process's transaction.
const patience = 10 * time.Second

func open(ctx context.Context, path string, s migrations, wait time.Duration) (pools, error) {
	p, err := connect(path, wait)
	if err != nil {
		return pools{}, fmt.Errorf("database %s: %w", path, err)
	}
	if err := s.up(ctx, p.writer); err != nil {
		return pools{}, fmt.Errorf("database %s: %w", path, errors.Join(explain(err), p.Close()))
	}
	return p, nil
}

// connect opens both pools without touching the schema.
func connect(path string, wait time.Duration) (pools, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return pools{}, err
	}
	if err := touch(path); err != nil {
		return pools{}, err
	}
	writer, err := pool(path, wait, "_txlock=immediate&_pragma=auto_vacuum(incremental)&_pragma=journal_mode(wal)&_pragma=secure_delete(fast)")
	if err != nil {
		return pools{}, err
	}
	writer.SetMaxOpenConns(1)
	readers, err := pool(path, wait, "_pragma=query_only(1)")
	if err != nil {
		return pools{}, errors.Join(err, writer.Close())
	}
	n := max(4, runtime.GOMAXPROCS(0))
	readers.SetMaxOpenConns(n)
	readers.SetMaxIdleConns(n)
	return pools{writer: writer, readers: readers}, nil
}

// touch creates the file, readable by its owner alone. SQLite gives its
// neighbours (-wal, -shm) the same mode.
func touch(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil { //nolint:gosec // whoever starts Hone says where its database is
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // as above
	if err != nil {
		return err
	}
	return f.Close()
}

func pool(path string, wait time.Duration, options string) (*sql.DB, error) {
	file := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}
	file.RawQuery = fmt.Sprintf("_pragma=busy_timeout(%d)&_pragma=foreign_keys(1)&_pragma=synchronous(normal)&%s",
		wait.Milliseconds(), options)
	c, err := sqlite.NewConnector(file.String())
	if err != nil {
		return nil, err
	}
	return otelsql.OpenDB(c,
		otelsql.WithAttributes(attribute.String("db.system.name", "sqlite")),
		otelsql.WithSpanOptions(spans)), nil
}
