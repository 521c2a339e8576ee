package jobs

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// OnSQLite opens the queue in a database, whose schema it brings up to date.
// The pool must have one connection, and begin transactions as writers; it stays
// the caller's, and must stay open until Run has returned.
func OnSQLite(ctx context.Context, writer *sql.DB, c Config) (*Queue, error) {
	driver := riversqlite.New(writer)
	if err := migrate(ctx, driver); err != nil {
		return nil, err
	}
	return open(driver, c)
}

// OnPostgres opens the queue in a database, whose schema it brings up to date;
// processes that start at once wait for each other. The pool stays the caller's,
// and must stay open until Run has returned.
func OnPostgres(ctx context.Context, pool *pgxpool.Pool, c Config) (_ *Queue, err error) {
	lock, err := pgx.ConnectConfig(ctx, pool.Config().ConnConfig)
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	defer lock.Close(context.WithoutCancel(ctx)) // which unlocks, too
	if _, err := lock.Exec(ctx, `SELECT pg_advisory_lock($1)`, lockKey); err != nil {
		return nil, fmt.Errorf("queue: lock the schema: %w", err)
	}
	driver := riverpgxv5.New(pool)
	if err := migrate(ctx, driver); err != nil {
		return nil, err
	}
	return open(driver, c)
}

// lockKey is the advisory lock under which the queue's tables are changed: an
// arbitrary number, the same in all versions.
const lockKey = 0x686f6e656a6f6273

// migrate applies River's migrations, each in a transaction. Where processes get
// in each other's way, the database lets one win each step, and the others go
// on from there.
func migrate[TTx any](ctx context.Context, driver riverdriver.Driver[TTx]) error {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	for {
		before, err := m.ExistingVersions(ctx)
		if err != nil {
			return fmt.Errorf("queue's schema: %w", err)
		}
		all := m.AllVersions()
		if len(before) > len(all) {
			return fmt.Errorf("queue's schema is of a newer Hone (%d, this one knows %d); use that one", len(before), len(all))
		}
		if len(before) == len(all) {
			return nil
		}
		if _, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil); err == nil {
			return nil
		}
		if after, _ := m.ExistingVersions(ctx); len(after) == len(before) {
			return fmt.Errorf("queue's schema: %w", err)
		}
	}
}
