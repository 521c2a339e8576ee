package openresponses

import (
	"context"
	"encoding/json"
	"time"
)

// Store keeps responses and conversations. Missing things wrap fs.ErrNotExist.
type Store interface {
	ResponseStore
	ConversationStore
}

// StoredResponse is a response that the client asked to keep.
type StoredResponse struct {
	ID           string
	Previous     string // previous_response_id, or empty
	Conversation string // or empty
	CreatedAt    time.Time
	Input        json.RawMessage // []Item of this request alone
	Response     json.RawMessage // the whole response object
	Files        []string        // file IDs whose text it holds
}

// ResponseStore keeps responses.
type ResponseStore interface {
	PutResponse(ctx context.Context, r StoredResponse) error
	StoredResponse(ctx context.Context, id string) (StoredResponse, error)
	// ResponseChain returns the response with its predecessors, oldest first.
	ResponseChain(ctx context.Context, id string) ([]StoredResponse, error)
	DeleteResponse(ctx context.Context, id string) error
}

// Conversation is a list of items that grows.
type Conversation struct {
	ID        string
	CreatedAt time.Time
	Metadata  map[string]string
}

// StoredItem is an item of a conversation.
type StoredItem struct {
	ID    string
	Item  json.RawMessage
	Files []string // file IDs whose text it holds
}

// ConversationStore keeps conversations.
type ConversationStore interface {
	PutConversation(ctx context.Context, c Conversation) error // creates or replaces the metadata
	Conversation(ctx context.Context, id string) (Conversation, error)
	DeleteConversation(ctx context.Context, id string) error
	// AppendItems appends in order, all or none. With a response, that is
	// stored in the same transaction.
	AppendItems(ctx context.Context, conversation string, items []StoredItem, r *StoredResponse) error
	// Items returns items in order after the item with the ID after (empty:
	// from the start), at most limit (0: all).
	Items(ctx context.Context, conversation, after string, limit int) ([]StoredItem, error)
	DeleteItem(ctx context.Context, conversation, item string) error
}
