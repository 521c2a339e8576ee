package sqlite

import (
	"context"

	"github.com/honehq/hone/jobs"
)

// Jobs opens the queue that is in this database. Its statements wait in line
// with all other writers of this process.
func (db *DB) Jobs(ctx context.Context, c jobs.Config) (*jobs.Queue, error) {
	return jobs.OnSQLite(ctx, db.writer, c)
}
