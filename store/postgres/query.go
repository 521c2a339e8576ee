package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/trace"
)

// querier is the pool or a transaction.
type querier interface {
	Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
}

// scanner is a row.
type scanner interface{ Scan(dest ...any) error }

// write runs do in a transaction, and again if it got into a deadlock with
// another one: do must not hang on what an earlier attempt left behind.
func (db *DB) write(ctx context.Context, do func(tx pgx.Tx) error) error {
	const attempts = 5
	for i := 1; ; i++ {
		err := db.transact(ctx, pgx.TxOptions{}, do)
		if c := code(err); i == attempts || c != deadlockDetected && c != serializationFailure {
			return err
		}
	}
}

// read runs do on one snapshot.
func (db *DB) read(ctx context.Context, do func(tx pgx.Tx) error) error {
	return db.transact(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, do)
}

func (db *DB) transact(ctx context.Context, options pgx.TxOptions, do func(tx pgx.Tx) error) error {
	tx, err := db.pool.BeginTx(ctx, options)
	if err != nil {
		return failure(ctx, err)
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback(ctx) // if that fails, the connection is closed, which rolls back, too
		return failure(ctx, err)
	}
	return failure(ctx, tx.Commit(ctx))
}

// failure puts the context's error in front of what pgx says of a statement
// that it cut off.
func failure(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil || errors.Is(err, ctx.Err()) {
		return err
	}
	return fmt.Errorf("%w: %w", ctx.Err(), err)
}

// quiet is ctx without its span: for the many small statements of one change.
func quiet(ctx context.Context) context.Context {
	return trace.ContextWithSpan(ctx, nil)
}

// exec returns how many rows a statement changed.
func exec(ctx context.Context, q querier, query string, args ...any) (int64, error) {
	tag, err := q.Exec(ctx, query, bind(args)...)
	return tag.RowsAffected(), failure(ctx, err)
}

// change is exec for a statement that must change something: else fs.ErrNotExist.
func change(ctx context.Context, q querier, query string, args ...any) error {
	n, err := exec(ctx, q, query, args...)
	if err == nil && n == 0 {
		return fs.ErrNotExist
	}
	return err
}

// all returns all rows.
func all[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, query, bind(args)...)
	if err != nil {
		return nil, failure(ctx, err)
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, failure(ctx, err)
		}
		list = append(list, v)
	}
	return list, failure(ctx, rows.Err())
}

// one returns the first row, or fs.ErrNotExist.
func one[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) (v T, err error) {
	list, err := all(ctx, q, scan, query, args...)
	if err != nil {
		return v, err
	}
	if len(list) == 0 {
		return v, fs.ErrNotExist
	}
	return list[0], nil
}

// value scans a row of one column.
func value[T any](row scanner) (v T, err error) {
	return v, row.Scan(&v)
}

// taken makes a violated UNIQUE or PRIMARY KEY wrap fs.ErrExist.
func taken(err error) error {
	if code(err) == uniqueViolation {
		return fmt.Errorf("%w: %w", fs.ErrExist, err)
	}
	return err
}
