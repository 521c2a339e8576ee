package openresponses

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/honehq/hone/internal/id"
)

const maxNewItems = 20 // that one request may add to a conversation

// conversationObject is a conversation as clients see it.
type conversationObject struct {
	ID        string            `json:"id"`
	Object    string            `json:"object"` // "conversation"
	CreatedAt int64             `json:"created_at"`
	Metadata  map[string]string `json:"metadata"`
}

func (c Conversation) object() conversationObject {
	o := conversationObject{ID: c.ID, Object: "conversation", CreatedAt: c.CreatedAt.Unix(), Metadata: c.Metadata}
	if o.Metadata == nil {
		o.Metadata = map[string]string{}
	}
	return o
}

type conversationBody struct {
	Items    []json.RawMessage `json:"items"`
	Metadata map[string]string `json:"metadata"`
}

func (e *Engine) conversation(ctx context.Context, conversationID string) (Conversation, error) {
	if e.store == nil {
		return Conversation{}, &Error{Code: NotFound, Param: "conversation", Message: "This server keeps no conversations."}
	}
	c, err := e.store.Conversation(ctx, conversationID)
	if err != nil {
		return c, notFound(fmt.Errorf("conversation %s: %w", conversationID, err), "conversation", "conversation", conversationID)
	}
	return c, nil
}

// createConversation answers POST /v1/conversations.
func (e *Engine) createConversation(w http.ResponseWriter, r *http.Request) error {
	if e.store == nil {
		return unsupported("", "This server keeps no conversations.")
	}
	var body conversationBody
	if err := decodeBody(w, r, e.limits.body, &body); err != nil {
		return err
	}
	items, err := newItems(body.Items)
	if err == nil {
		err = checkMetadata(body.Metadata)
	}
	if err != nil {
		return err
	}
	c := Conversation{ID: id.New("conv_"), CreatedAt: time.Now().UTC(), Metadata: body.Metadata}
	if err := e.store.PutConversation(r.Context(), c); err != nil {
		return fmt.Errorf("create conversation: %w", err)
	}
	if len(items) > 0 {
		if err := e.appendItems(r.Context(), c.ID, items); err != nil {
			return err
		}
	}
	return reply(w, http.StatusOK, c.object())
}

// newItems reads items for a conversation and gives them IDs of ours.
func newItems(raws []json.RawMessage) ([]item, error) {
	if len(raws) > maxNewItems {
		return nil, invalid("items", "Invalid 'items': %d items, more than %d.", len(raws), maxNewItems)
	}
	items, err := decodeItems(raws, "items")
	if err != nil {
		return nil, err
	}
	for i, it := range items {
		if _, ok := it.(*referenceItem); ok {
			return nil, unsupported(at("items", i)+".type", "Items are added as a whole, not by reference.")
		}
		it.setItemID(id.New(itemPrefix(it)))
	}
	return items, nil
}

func (e *Engine) appendItems(ctx context.Context, conversationID string, items []item) error {
	stored, err := storedItems(items, nil)
	if err != nil {
		return err
	}
	if err := e.store.AppendItems(ctx, conversationID, stored, nil); err != nil {
		return notFound(fmt.Errorf("append to conversation %s: %w", conversationID, err), "conversation_id", "conversation", conversationID)
	}
	return nil
}

// getConversation answers GET /v1/conversations/{conversation}.
func (e *Engine) getConversation(w http.ResponseWriter, r *http.Request) error {
	c, err := e.conversation(r.Context(), r.PathValue("conversation"))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, c.object())
}

// updateConversation answers POST /v1/conversations/{conversation}: it replaces
// the metadata.
func (e *Engine) updateConversation(w http.ResponseWriter, r *http.Request) error {
	c, err := e.conversation(r.Context(), r.PathValue("conversation"))
	if err != nil {
		return err
	}
	var body conversationBody
	if err := decodeBody(w, r, e.limits.body, &body); err != nil {
		return err
	}
	if err := checkMetadata(body.Metadata); err != nil {
		return err
	}
	c.Metadata = body.Metadata
	if err := e.store.PutConversation(r.Context(), c); err != nil {
		return fmt.Errorf("update conversation %s: %w", c.ID, err)
	}
	return reply(w, http.StatusOK, c.object())
}

// deleteConversation answers DELETE /v1/conversations/{conversation}.
func (e *Engine) deleteConversation(w http.ResponseWriter, r *http.Request) error {
	c, err := e.conversation(r.Context(), r.PathValue("conversation"))
	if err != nil {
		return err
	}
	if err := e.store.DeleteConversation(r.Context(), c.ID); err != nil {
		return notFound(fmt.Errorf("delete conversation %s: %w", c.ID, err), "conversation_id", "conversation", c.ID)
	}
	return reply(w, http.StatusOK, deleted{c.ID, "conversation.deleted", true})
}

// addItems answers POST /v1/conversations/{conversation}/items.
func (e *Engine) addItems(w http.ResponseWriter, r *http.Request) error {
	c, err := e.conversation(r.Context(), r.PathValue("conversation"))
	if err != nil {
		return err
	}
	var body conversationBody
	if err := decodeBody(w, r, e.limits.body, &body); err != nil {
		return err
	}
	if len(body.Items) == 0 {
		return missing("items")
	}
	items, err := newItems(body.Items)
	if err != nil {
		return err
	}
	if err := e.appendItems(r.Context(), c.ID, items); err != nil {
		return err
	}
	return reply(w, http.StatusOK, newPage(views(items, wantsResults(r)), item.itemID, false))
}

// listItems answers GET /v1/conversations/{conversation}/items.
func (e *Engine) listItems(w http.ResponseWriter, r *http.Request) error {
	p, err := parsePaging(r.URL.Query(), 20, 100)
	if err != nil {
		return err
	}
	items, err := e.conversationItems(r.Context(), r.PathValue("conversation"))
	if err != nil {
		return err
	}
	list, err := paginate(views(items, wantsResults(r)), item.itemID, p)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, list)
}

func views(items []item, results bool) []item {
	list := make([]item, len(items))
	for i, it := range items {
		list[i] = view(it, results)
	}
	return list
}

// getItem answers GET /v1/conversations/{conversation}/items/{item}.
func (e *Engine) getItem(w http.ResponseWriter, r *http.Request) error {
	items, err := e.conversationItems(r.Context(), r.PathValue("conversation"))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(items, func(it item) bool { return it.itemID() == r.PathValue("item") })
	if i < 0 {
		return &Error{Code: NotFound, Param: "item_id", Message: fmt.Sprintf("There is no item with the ID '%.100s'.", r.PathValue("item"))}
	}
	return reply(w, http.StatusOK, view(items[i], wantsResults(r)))
}

// deleteItem answers DELETE /v1/conversations/{conversation}/items/{item} with
// the conversation.
func (e *Engine) deleteItem(w http.ResponseWriter, r *http.Request) error {
	c, err := e.conversation(r.Context(), r.PathValue("conversation"))
	if err != nil {
		return err
	}
	itemID := r.PathValue("item")
	if err := e.store.DeleteItem(r.Context(), c.ID, itemID); err != nil {
		return notFound(fmt.Errorf("delete item %s: %w", itemID, err), "item_id", "item", itemID)
	}
	return reply(w, http.StatusOK, c.object())
}
