package storetest

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"testing"

	"github.com/honehq/hone/openresponses"
)

func item(id string) openresponses.StoredItem {
	return openresponses.StoredItem{ID: id, Item: json.RawMessage(`{"id":"` + id + `",  "type":"message"}`), Files: []string{"file-a"}}
}

func testConversations(t *testing.T, s Store) {
	ctx := t.Context()
	c := openresponses.Conversation{ID: "conv_1", CreatedAt: at(1), Metadata: map[string]string{"a": "ü"}}
	ok(t, s.PutConversation(ctx, c))
	same(t, must(s.Conversation(ctx, "conv_1"))(t), c)
	ok(t, s.AppendItems(ctx, "conv_1", []openresponses.StoredItem{item("msg_1")}, nil))

	changed := c
	changed.CreatedAt, changed.Metadata = at(2), map[string]string{"b": "c"}
	ok(t, s.PutConversation(ctx, changed))
	changed.CreatedAt = c.CreatedAt // that stays
	same(t, must(s.Conversation(ctx, "conv_1"))(t), changed)
	same(t, len(must(s.Items(ctx, "conv_1", "", 0))(t)), 1)

	ok(t, s.DeleteConversation(ctx, "conv_1"))
	_, err := s.Conversation(ctx, "conv_1")
	fails(t, err, fs.ErrNotExist, "conv_1")
	_, err = s.Items(ctx, "conv_1", "", 0)
	fails(t, err, fs.ErrNotExist, "conv_1")
	fails(t, s.DeleteConversation(ctx, "conv_1"), fs.ErrNotExist, "conv_1")
}

func testConversationItems(t *testing.T, s Store) {
	ctx := t.Context()
	for _, id := range []string{"conv_1", "conv_2"} {
		ok(t, s.PutConversation(ctx, openresponses.Conversation{ID: id, CreatedAt: at(1)}))
	}
	var items []openresponses.StoredItem
	for i := range 6 {
		items = append(items, item(fmt.Sprintf("msg_%d", 9-i)))
	}
	items[2].Files = nil
	r := response("resp_1", "")
	ok(t, s.AppendItems(ctx, "conv_1", items[:4], nil))
	ok(t, s.AppendItems(ctx, "conv_2", items[:1], nil)) // an ID belongs to its conversation
	ok(t, s.AppendItems(ctx, "conv_1", items[4:], &r))
	same(t, must(s.StoredResponse(ctx, "resp_1"))(t), r)

	same(t, must(s.Items(ctx, "conv_1", "", 0))(t), items)
	same(t, must(s.Items(ctx, "conv_1", "", 2))(t), items[:2])
	same(t, must(s.Items(ctx, "conv_1", "msg_8", 3))(t), items[2:5])
	same(t, must(s.Items(ctx, "conv_1", "msg_4", 0))(t), nil)
	same(t, must(s.Items(ctx, "conv_2", "", 0))(t), items[:1])
	_, err := s.Items(ctx, "conv_2", "msg_8", 0)
	fails(t, err, fs.ErrNotExist, "msg_8")

	// All or none.
	r = response("resp_2", "")
	err = s.AppendItems(ctx, "conv_1", []openresponses.StoredItem{item("msg_new"), item("msg_9")}, &r)
	fails(t, err, fs.ErrExist, "msg_9")
	fails(t, s.AppendItems(ctx, "conv_none", []openresponses.StoredItem{item("msg_new")}, &r), fs.ErrNotExist, "conv_none")
	same(t, must(s.Items(ctx, "conv_1", "", 0))(t), items)
	_, err = s.StoredResponse(ctx, "resp_2")
	fails(t, err, fs.ErrNotExist, "resp_2")

	ok(t, s.DeleteItem(ctx, "conv_1", "msg_8"))
	fails(t, s.DeleteItem(ctx, "conv_1", "msg_8"), fs.ErrNotExist, "msg_8")
	same(t, len(must(s.Items(ctx, "conv_1", "", 0))(t)), 5)

	// Appending side by side keeps each call's items together.
	for _, err := range parallel(5, func(i int) error {
		return s.AppendItems(ctx, "conv_2", []openresponses.StoredItem{item(fmt.Sprintf("a_%d", i)), item(fmt.Sprintf("b_%d", i))}, nil)
	}) {
		ok(t, err)
	}
	got := must(s.Items(ctx, "conv_2", "msg_9", 0))(t)
	for i := 0; i+1 < len(got); i += 2 {
		if got[i].ID[2:] != got[i+1].ID[2:] {
			t.Errorf("%s is followed by %s", got[i].ID, got[i+1].ID)
		}
	}
	same(t, len(got), 10)
}
