package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// oldest is the first pgvector with iterative scans: before, an index that is
// searched with a filter came back with too few rows.
const oldest = "0.8"

// ensureVector makes the extension vector, or says what a person has to run.
func ensureVector(ctx context.Context, db *sql.DB, database string) error {
	installed, available, err := vectorVersions(ctx, db)
	if err != nil {
		return err
	}
	if err := lacking(installed, available, database); err != nil {
		return err
	}
	if installed != "" {
		return nil
	}
	return createVector(ctx, db, database)
}

// lacking tells what keeps a server with these versions of pgvector, "" for
// none, from doing.
func lacking(installed, available, database string) error {
	switch {
	case installed != "" && atLeast(installed, oldest):
		return nil
	case installed != "" && atLeast(available, oldest):
		return fmt.Errorf("its extension vector is %s, and %s or newer is needed; as a superuser run in database %s: ALTER EXTENSION vector UPDATE", installed, oldest, database)
	case available == "":
		return fmt.Errorf("its server has no pgvector; install %s or newer there (Debian: postgresql-NN-pgvector) and start again", oldest)
	case !atLeast(available, oldest):
		return fmt.Errorf("its server has pgvector %s, and %s or newer is needed; install that there and start again", available, oldest)
	}
	return nil
}

func vectorVersions(ctx context.Context, db *sql.DB) (installed, available string, err error) {
	err = db.QueryRowContext(ctx, `
		SELECT coalesce((SELECT extversion FROM pg_extension WHERE extname = 'vector'), ''),
			coalesce((SELECT default_version FROM pg_available_extensions WHERE name = 'vector'), '')`).Scan(&installed, &available)
	return installed, available, err
}

func createVector(ctx context.Context, db *sql.DB, database string) error {
	_, err := db.ExecContext(ctx, `CREATE EXTENSION IF NOT EXISTS vector`)
	if err == nil {
		return nil
	}
	if code(err) == insufficientPrivilege {
		return fmt.Errorf("this user may not make the extension it needs; as a superuser run in database %s: CREATE EXTENSION vector (%w)", database, err)
	}
	// Another process may have made it at the same moment, which Postgres
	// reports as a violated constraint.
	if installed, _, again := vectorVersions(ctx, db); again == nil && installed != "" {
		return nil
	}
	return fmt.Errorf("extension vector: %w", err)
}

// atLeast compares dotted versions by their first two numbers.
func atLeast(version, least string) bool {
	v, l := numbers(version), numbers(least)
	return v[0] > l[0] || v[0] == l[0] && v[1] >= l[1]
}

func numbers(version string) (n [2]int) {
	for i, s := range strings.SplitN(version, ".", 3) {
		if i < len(n) {
			n[i], _ = strconv.Atoi(s) // what is no number counts as 0
		}
	}
	return n
}

// Codes of https://www.postgresql.org/docs/current/errcodes-appendix.html
const (
	insufficientPrivilege = "42501"
	uniqueViolation       = "23505"
	serializationFailure  = "40001"
	deadlockDetected      = "40P01"
	duplicateTable        = "42P07"
)

// code is Postgres's error code, or "".
func code(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}
