package postgres

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var files embed.FS

// migrate brings the schema up to date, one transaction a step, under an
// advisory lock.
func migrate(ctx context.Context, db *sql.DB) error {
	p, err := provider(db)
	if err != nil {
		return err
	}
	version, newest, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	if version > newest {
		return fmt.Errorf("it was written by a newer Hone (schema %d, this one knows %d); use that one", version, newest)
	}
	if version == newest {
		return nil
	}
	_, err = p.Up(ctx)
	if code(err) == duplicateTable {
		return fmt.Errorf("schema: something else has a table of that name there; Hone wants a database, or a schema that is first in search_path, of its own: %w", err)
	}
	if err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	return nil
}

func provider(db *sql.DB) (*goose.Provider, error) {
	dir, err := fs.Sub(files, "migrations")
	if err != nil {
		return nil, err
	}
	// Others may take the time that a large index takes: an hour of seconds.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 3600))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, dir, goose.WithDisableGlobalRegistry(true),
		goose.WithSessionLocker(locker), goose.WithTableName("hone_schema_version"))
}
