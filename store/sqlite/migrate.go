package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql traces/*.sql
var files embed.FS

// migrations is a forward-only series of changes of a schema, each in its own
// transaction. Numbers say how far a database is.
type migrations struct {
	dir         string
	application int64 // the application_id that the first of them sets
}

var schema = migrations{dir: "migrations", application: 0x686f6e65}

// up brings a database up to date. Processes that start at once may get in
// each other's way here; SQLite then lets one win each step, and the others go
// on from there.
func (m migrations) up(ctx context.Context, db *sql.DB) error {
	if err := m.recognise(ctx, db); err != nil {
		return err
	}
	p, err := m.provider(db)
	if err != nil {
		return err
	}
	for {
		version, newest, err := p.GetVersions(ctx)
		if err != nil {
			return fmt.Errorf("schema: %w", err)
		}
		if version > newest {
			return fmt.Errorf("it was written by a newer Hone (schema %d, this one knows %d); use that one", version, newest)
		}
		if _, err = p.Up(ctx); err == nil {
			return nil
		}
		if now, _, _ := p.GetVersions(ctx); now == version {
			return fmt.Errorf("schema: %w", err)
		}
	}
}

func (m migrations) provider(db *sql.DB) (*goose.Provider, error) {
	dir, err := fs.Sub(files, m.dir)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, dir, goose.WithDisableGlobalRegistry(true))
}

var errForeign = errors.New("it is an SQLite database, but not one of this kind")

// recognise refuses to write into a database of something else.
func (m migrations) recognise(ctx context.Context, db *sql.DB) error {
	id, err := one(ctx, db, value[int64], `SELECT application_id FROM pragma_application_id`)
	if err != nil || id == m.application {
		return err
	}
	tables, err := one(ctx, db, value[int64], `
		SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version'`)
	if err != nil {
		return err
	}
	if id != 0 || tables > 0 {
		return errForeign
	}
	return nil
}
