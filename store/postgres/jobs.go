package postgres

import (
	"context"

	"github.com/honehq/hone/jobs"
)

// Jobs opens the queue that is in this database.
func (db *DB) Jobs(ctx context.Context, c jobs.Config) (*jobs.Queue, error) {
	return jobs.OnPostgres(ctx, db.pool, c)
}
