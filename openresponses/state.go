package openresponses

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/honehq/hone/internal/id"
)

const saveTime = 10 * time.Second // to store a finished response

// earlierItems are the items of the turns before this request, oldest first.
func (e *Engine) earlierItems(ctx context.Context, q *request) ([]item, error) {
	switch {
	case q.PreviousResponseID != "":
		return e.chainItems(ctx, q.PreviousResponseID)
	case q.conversation != "":
		return e.conversationItems(ctx, q.conversation)
	}
	return nil, nil
}

func (e *Engine) chainItems(ctx context.Context, responseID string) ([]item, error) {
	unknown := &Error{Code: PreviousNotFound, Param: "previous_response_id",
		Message: fmt.Sprintf("Previous response with the ID '%.100s' not found.", responseID)}
	if e.store == nil {
		return nil, unknown
	}
	chain, err := e.store.ResponseChain(ctx, responseID)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, unknown
	}
	if err != nil {
		return nil, fmt.Errorf("responses up to %s: %w", responseID, err)
	}
	var items []item
	for _, stored := range chain {
		input, err := unmarshalItems(stored.Input)
		if err != nil {
			return nil, fmt.Errorf("input of response %s: %w", stored.ID, err)
		}
		output, err := storedOutput(stored)
		if err != nil {
			return nil, err
		}
		items = append(append(items, input...), output...)
	}
	return items, nil
}

func storedOutput(stored StoredResponse) ([]item, error) {
	var r struct {
		Output json.RawMessage `json:"output"`
	}
	err := json.Unmarshal(stored.Response, &r)
	if err != nil {
		return nil, fmt.Errorf("response %s: %w", stored.ID, err)
	}
	items, err := unmarshalItems(r.Output)
	if err != nil {
		return nil, fmt.Errorf("output of response %s: %w", stored.ID, err)
	}
	return items, nil
}

func (e *Engine) conversationItems(ctx context.Context, conversation string) ([]item, error) {
	if _, err := e.conversation(ctx, conversation); err != nil {
		return nil, err
	}
	stored, err := e.store.Items(ctx, conversation, "", 0)
	if err != nil {
		return nil, fmt.Errorf("items of conversation %s: %w", conversation, err)
	}
	items := make([]item, len(stored))
	for i, s := range stored {
		if items[i], err = decodeItem(s.Item, s.ID); err != nil {
			return nil, fmt.Errorf("item %s of conversation %s: %w", s.ID, conversation, err)
		}
	}
	return items, nil
}

// resolve puts stored items in the place of references to them. A reference to
// an item that is there anyway is dropped.
func (e *Engine) resolve(ctx context.Context, q *request, earlier []item) error {
	input := make([]item, 0, len(q.input))
	for i, it := range q.input {
		ref, ok := it.(*referenceItem)
		if !ok {
			input = append(input, it)
			continue
		}
		if slices.ContainsFunc(earlier, func(it item) bool { return it.itemID() == ref.ID }) {
			continue
		}
		found, err := e.storedItem(ctx, ref.ID)
		if err != nil {
			return notFound(err, at("input", i)+".id", "item", ref.ID)
		}
		input = append(input, found)
	}
	q.input = input
	return nil
}

// storedItem finds an output item by its ID alone.
func (e *Engine) storedItem(ctx context.Context, itemID string) (item, error) {
	responseID := responseOf(itemID)
	if responseID == "" || e.store == nil {
		return nil, fs.ErrNotExist
	}
	stored, err := e.store.StoredResponse(ctx, responseID)
	if err != nil {
		return nil, fmt.Errorf("response %s: %w", responseID, err)
	}
	output, err := storedOutput(stored)
	if err != nil {
		return nil, err
	}
	for _, it := range output {
		if it.itemID() == itemID {
			return it, nil
		}
	}
	return nil, fs.ErrNotExist
}

// save keeps a finished response and the items of its conversation, in one
// transaction and even if the client goes away meanwhile.
func (e *Engine) save(ctx context.Context, q *request, r *response) error {
	if e.store == nil || !r.Store && q.conversation == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	for _, it := range q.input {
		if it.itemID() == "" || q.conversation != "" { // there, IDs of clients could meet again
			it.setItemID(id.New(itemPrefix(it)))
		}
	}
	stored, err := storedResponse(q, r)
	if err != nil {
		return err
	}
	if q.conversation == "" {
		if err := e.store.PutResponse(ctx, *stored); err != nil {
			return fmt.Errorf("store response %s: %w", r.ID, err)
		}
		return nil
	}
	if !r.Store {
		stored = nil
	}
	items, err := storedItems(q.input, nil)
	if err != nil {
		return err
	}
	output, err := storedItems(r.Output, q.filesUntil(r))
	if err != nil {
		return err
	}
	items = append(items, output...)
	if err := e.store.AppendItems(ctx, q.conversation, items, stored); err != nil {
		return notFound(fmt.Errorf("append to conversation %s: %w", q.conversation, err), "conversation", "conversation", q.conversation)
	}
	return nil
}

func storedResponse(q *request, r *response) (*StoredResponse, error) {
	input, err := json.Marshal(append([]item{}, q.input...))
	if err != nil {
		return nil, fmt.Errorf("input of response %s: %w", r.ID, err)
	}
	whole, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("response %s: %w", r.ID, err)
	}
	return &StoredResponse{
		ID: r.ID, Previous: q.PreviousResponseID, Conversation: q.conversation, CreatedAt: time.Unix(r.CreatedAt, 0).UTC(),
		Input: input, Response: whole, Files: q.filesUntil(r),
	}, nil
}

// filesUntil are the files whose text a response may hold: what its model says
// may come from anything that the conversation found until then, cited or not.
func (q *request) filesUntil(r *response) []string {
	return filesOf(slices.Concat(q.earlier, q.input, r.Output))
}

// storedItems are items with the files whose text they hold; seen are those
// that a model knew when it made them.
func storedItems(items []item, seen []string) ([]StoredItem, error) {
	list := make([]StoredItem, len(items))
	for i, it := range items {
		b, err := json.Marshal(it)
		if err != nil {
			return nil, fmt.Errorf("item %s: %w", it.itemID(), err)
		}
		list[i] = StoredItem{ID: it.itemID(), Item: b, Files: filesOf([]item{it})}
		if _, search := it.(*fileSearchCallItem); seen != nil && !search {
			list[i].Files = seen
		}
	}
	return list, nil
}

// filesOf are the files whose text items hold.
func filesOf(items []item) []string {
	var files []string
	for _, it := range items {
		switch it := it.(type) {
		case *fileSearchCallItem:
			for _, r := range it.Results {
				files = append(files, r.FileID)
			}
		case *messageItem:
			for _, p := range it.Content {
				if out, ok := p.(*outputText); ok {
					for _, a := range out.Annotations {
						files = append(files, a.FileID)
					}
				}
			}
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

func itemPrefix(it item) string {
	switch it.(type) {
	case *functionCallItem:
		return "fc_"
	case *functionCallOutputItem:
		return "fco_"
	case *fileSearchCallItem:
		return "fs_"
	case *reasoningItem:
		return "rs_"
	}
	return "msg_"
}

// storedView is a stored response as a client sees it: with the results of its
// searches only if it asks for them.
func storedView(stored json.RawMessage, results bool) (json.RawMessage, error) {
	if results || !bytes.Contains(stored, []byte(`"file_search_call"`)) {
		return stored, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(stored, &fields); err != nil {
		return nil, fmt.Errorf("stored response: %w", err)
	}
	output, err := unmarshalItems(fields["output"])
	if err != nil {
		return nil, err
	}
	for i, it := range output {
		output[i] = view(it, false)
	}
	if fields["output"], err = json.Marshal(output); err != nil {
		return nil, fmt.Errorf("stored response: %w", err)
	}
	return json.Marshal(fields)
}
