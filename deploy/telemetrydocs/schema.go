package main

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/honehq/hone/store/sqlite"
)

// schema returns the statements that make the tables of a new traces database,
// which it makes at path.
func schema(ctx context.Context, path string) (statements []string, err error) {
	traces, err := sqlite.OpenTraces(ctx, path)
	if err != nil {
		return nil, err
	}
	if err := traces.Close(); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(ctx, `SELECT sql FROM sqlite_schema
		WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%' ORDER BY rowid`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		statements = append(statements, strings.TrimSpace(s)+";")
	}
	return statements, rows.Err()
}
