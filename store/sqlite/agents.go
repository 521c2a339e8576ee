package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/honehq/hone/agents"
)

var _ agents.Store = (*DB)(nil)

// AgentSet implements agents.Store.
func (db *DB) AgentSet(ctx context.Context) (agents.Set, error) {
	s, err := one(ctx, db.readers, func(row scanner) (s agents.Set, err error) {
		return s, row.Scan(&s.Version, jsonColumn{&s.Agents}, &s.Author, timeColumn{&s.At})
	}, `SELECT version, agents, author, at FROM agent_sets ORDER BY version DESC LIMIT 1`)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("agents: %w", err)
	}
	s.From = agents.FromStore
	return s, nil
}

// AgentSetVersion implements agents.Store.
func (db *DB) AgentSetVersion(ctx context.Context) (int, error) {
	n, err := one(ctx, db.readers, value[int], `SELECT coalesce(max(version), 0) FROM agent_sets`)
	if err != nil {
		return 0, fmt.Errorf("version of the agents: %w", err)
	}
	return n, nil
}

// PutAgentSet implements agents.Store.
func (db *DB) PutAgentSet(ctx context.Context, s agents.Set) (agents.Set, error) {
	based := s.Version
	s.Version, s.From, s.At = based+1, agents.FromStore, time.Now().UTC().Truncate(time.Microsecond)
	err := db.write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, `
			INSERT INTO agent_sets (version, agents, author, at)
			SELECT ?1, ?2, ?3, ?4 WHERE (SELECT coalesce(max(version), 0) FROM agent_sets) = ?5`,
			s.Version, list(s.Agents), s.Author, s.At, based)
		if err == nil && n == 0 {
			return agents.ErrStale
		}
		return err
	})
	if err != nil {
		return agents.Set{}, fmt.Errorf("agents based on version %d: %w", based, err)
	}
	return s, nil
}
