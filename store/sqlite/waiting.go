package sqlite

import (
	"context"
	"fmt"
)

// Waiting counts what waits for others: rounds for a person's approval
// ("approvals"), proposed cases for a person's verdict ("cases"), and notices for
// their delivery ("notices").
func (db *DB) Waiting(ctx context.Context) (map[string]int, error) {
	counts, err := one(ctx, db.readers, func(row scanner) (n [3]int, err error) {
		return n, row.Scan(&n[0], &n[1], &n[2])
	}, `SELECT
		(SELECT count(*) FROM rounds WHERE state = 'waiting'),
		(SELECT count(*) FROM proposals WHERE state = 'open'),
		(SELECT count(*) FROM notices WHERE due_at > 0)`)
	if err != nil {
		return nil, fmt.Errorf("what waits: %w", err)
	}
	return map[string]int{"approvals": counts[0], "cases": counts[1], "notices": counts[2]}, nil
}
