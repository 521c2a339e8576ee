package openresponses

import (
	"context"
	"fmt"
)

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
