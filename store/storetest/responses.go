package storetest

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"testing"

	"github.com/honehq/hone/openresponses"
)

func response(id, previous string) openresponses.StoredResponse {
	return openresponses.StoredResponse{
		ID: id, Previous: previous, CreatedAt: at(1),
		Input:    json.RawMessage(`[ {"role":"user", "content":"Wie heißt's? \u0000 \\u0000"} ]`),
		Response: json.RawMessage(`{"id": "` + id + `",  "z":1.0, "a":[12345678901234567890]}`),
		Files:    []string{"file-a", "file-b"},
	}
}

func testResponses(t *testing.T, s Store) {
	ctx := t.Context()
	r := response("resp_1", "")
	r.Conversation = "conv_1"
	ok(t, s.PutResponse(ctx, r))
	same(t, must(s.StoredResponse(ctx, "resp_1"))(t), r) // byte by byte
	r.Response, r.Files = json.RawMessage(`{"status":"completed"}`), []string{"file-c"}
	ok(t, s.PutResponse(ctx, r))
	same(t, must(s.StoredResponse(ctx, "resp_1"))(t), r)

	ok(t, s.DeleteResponse(ctx, "resp_1"))
	_, err := s.StoredResponse(ctx, "resp_1")
	fails(t, err, fs.ErrNotExist, "resp_1")
	fails(t, s.DeleteResponse(ctx, "resp_1"), fs.ErrNotExist, "resp_1")
}

func testResponseChain(t *testing.T, s Store) {
	ctx := t.Context()
	var want []openresponses.StoredResponse
	previous := ""
	for i := range 30 {
		r := response(fmt.Sprintf("resp_%d", 100-i), previous)
		ok(t, s.PutResponse(ctx, r))
		want = append(want, r)
		previous = r.ID
	}
	ok(t, s.PutResponse(ctx, response("resp_branch", "resp_100")))
	same(t, must(s.ResponseChain(ctx, "resp_71"))(t), want)
	same(t, must(s.ResponseChain(ctx, "resp_99"))(t), want[:2])
	same(t, must(s.ResponseChain(ctx, "resp_branch"))(t), []openresponses.StoredResponse{want[0], response("resp_branch", "resp_100")})
	_, err := s.ResponseChain(ctx, "resp_none")
	fails(t, err, fs.ErrNotExist, "resp_none")

	ok(t, s.DeleteResponse(ctx, "resp_90"))
	_, err = s.ResponseChain(ctx, "resp_71")
	fails(t, err, fs.ErrNotExist, "resp_90")
	same(t, must(s.ResponseChain(ctx, "resp_91"))(t), want[:10])

	ok(t, s.PutResponse(ctx, response("resp_loop", "resp_loop")))
	if _, err := s.ResponseChain(ctx, "resp_loop"); err == nil {
		t.Error("a response that precedes itself has a chain")
	}
}
