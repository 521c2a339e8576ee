package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
)

// querier is a pool or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// scanner is a row.
type scanner interface{ Scan(dest ...any) error }

// write runs do in a transaction that no other writer can get into.
func (p pools) write(ctx context.Context, do func(tx *sql.Tx) error) error {
	return transact(ctx, p.writer, do)
}

// read runs do on one snapshot.
func (p pools) read(ctx context.Context, do func(tx *sql.Tx) error) error {
	return transact(ctx, p.readers, do)
}

func transact(ctx context.Context, pool *sql.DB, do func(tx *sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return failure(ctx, err)
	}
	defer tx.Rollback()
	if err := do(tx); err != nil {
		return failure(ctx, err)
	}
	return failure(ctx, tx.Commit())
}

// failure puts the context's error in front of what SQLite and database/sql
// say of a statement that it cut off.
func failure(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil || errors.Is(err, ctx.Err()) {
		return err
	}
	return fmt.Errorf("%w: %w", ctx.Err(), err)
}

// exec returns how many rows a statement changed.
func exec(ctx context.Context, q querier, query string, args ...any) (int64, error) {
	r, err := q.ExecContext(ctx, query, bind(args)...)
	if err != nil {
		return 0, failure(ctx, err)
	}
	return r.RowsAffected()
}

// insert returns the row's number.
func insert(ctx context.Context, q querier, query string, args ...any) (int64, error) {
	r, err := q.ExecContext(ctx, query, bind(args)...)
	if err != nil {
		return 0, failure(ctx, err)
	}
	return r.LastInsertId()
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
	rows, err := q.QueryContext(ctx, query, bind(args)...)
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
func one[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	list, err := all(ctx, q, scan, query, args...)
	if err != nil || len(list) > 0 {
		return first(list), err
	}
	return first(list), fs.ErrNotExist
}

func first[T any](list []T) (v T) {
	if len(list) > 0 {
		v = list[0]
	}
	return v
}

// value scans a row of one column.
func value[T any](row scanner) (v T, err error) {
	return v, row.Scan(&v)
}
