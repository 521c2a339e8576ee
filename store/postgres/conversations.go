package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/openresponses"
)

// PutConversation implements openresponses.ConversationStore.
func (db *DB) PutConversation(ctx context.Context, c openresponses.Conversation) error {
	_, err := exec(ctx, db.pool, `
		INSERT INTO conversations (id, created_at, metadata) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET metadata = excluded.metadata`, c.ID, c.CreatedAt, jsonArg{c.Metadata})
	if err != nil {
		return fmt.Errorf("put conversation %s: %w", c.ID, err)
	}
	return nil
}

func conversation(ctx context.Context, q querier, id string) (openresponses.Conversation, error) {
	return one(ctx, q, func(row scanner) (c openresponses.Conversation, err error) {
		return c, row.Scan(&c.ID, timeColumn{&c.CreatedAt}, jsonColumn{&c.Metadata})
	}, `SELECT id, created_at, metadata FROM conversations WHERE id = $1`, id)
}

// Conversation implements openresponses.ConversationStore.
func (db *DB) Conversation(ctx context.Context, id string) (openresponses.Conversation, error) {
	c, err := conversation(ctx, db.pool, id)
	if err != nil {
		return c, fmt.Errorf("conversation %s: %w", id, err)
	}
	return c, nil
}

// DeleteConversation implements openresponses.ConversationStore. Its items go
// with it; responses stay.
func (db *DB) DeleteConversation(ctx context.Context, id string) error {
	if err := change(ctx, db.pool, `DELETE FROM conversations WHERE id = $1`, id); err != nil {
		return fmt.Errorf("delete conversation %s: %w", id, err)
	}
	return nil
}

// AppendItems implements openresponses.ConversationStore. An item ID that the
// conversation has already is an error wrapping fs.ErrExist.
func (db *DB) AppendItems(ctx context.Context, id string, items []openresponses.StoredItem, r *openresponses.StoredResponse) error {
	err := db.write(ctx, func(tx pgx.Tx) error {
		// Calls side by side wait here, so that the items of each stay together.
		if _, err := one(ctx, tx, value[string], `SELECT id FROM conversations WHERE id = $1 FOR UPDATE`, id); err != nil {
			return err
		}
		for _, item := range items {
			if err := insertItem(ctx, tx, id, item); err != nil {
				return fmt.Errorf("item %s: %w", item.ID, err)
			}
		}
		if r == nil {
			return nil
		}
		return putResponse(ctx, tx, *r)
	})
	if err != nil {
		return fmt.Errorf("append to conversation %s: %w", id, err)
	}
	return nil
}

func insertItem(ctx context.Context, tx pgx.Tx, conversation string, item openresponses.StoredItem) error {
	seq, err := one(ctx, tx, value[int64], `
		INSERT INTO conversation_items (conversation, id, item) VALUES ($1, $2, $3) RETURNING seq`,
		conversation, item.ID, item.Item)
	if err != nil {
		return taken(err)
	}
	_, err = exec(ctx, tx, `INSERT INTO item_files (item, file_id) SELECT $1::bigint, unnest($2::text[]) ON CONFLICT DO NOTHING`,
		seq, item.Files)
	if err != nil {
		return err
	}
	return forgetGone(ctx, tx, item.Files)
}

// Items implements openresponses.ConversationStore.
func (db *DB) Items(ctx context.Context, id, after string, limit int) ([]openresponses.StoredItem, error) {
	var items []openresponses.StoredItem
	err := db.read(ctx, func(tx pgx.Tx) error {
		if _, err := conversation(ctx, tx, id); err != nil {
			return err
		}
		from := int64(0)
		if after != "" {
			var err error
			if from, err = itemSeq(ctx, tx, id, after); err != nil {
				return fmt.Errorf("item %s: %w", after, err)
			}
		}
		var err error
		items, err = all(ctx, tx, func(row scanner) (i openresponses.StoredItem, err error) {
			return i, row.Scan(&i.ID, rawColumn{&i.Item}, &i.Files)
		}, `
			SELECT id, item, ARRAY (SELECT file_id FROM item_files WHERE item = seq ORDER BY file_id)
			FROM conversation_items WHERE conversation = $1 AND seq > $2 ORDER BY seq LIMIT $3`, id, from, noLimit(limit))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("items of conversation %s: %w", id, err)
	}
	return items, nil
}

func itemSeq(ctx context.Context, tx pgx.Tx, conversation, id string) (int64, error) {
	return one(ctx, tx, value[int64],
		`SELECT seq FROM conversation_items WHERE conversation = $1 AND id = $2`, conversation, id)
}

// DeleteItem implements openresponses.ConversationStore.
func (db *DB) DeleteItem(ctx context.Context, conversation, item string) error {
	err := change(ctx, db.pool, `DELETE FROM conversation_items WHERE conversation = $1 AND id = $2`, conversation, item)
	if err != nil {
		return fmt.Errorf("delete item %s of conversation %s: %w", item, conversation, err)
	}
	return nil
}
