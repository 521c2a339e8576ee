package storetest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses"
)

const secret = "the launch code is 0000"

// remember stores two of each: one that used file-a, one that used only file-b.
func remember(t testing.TB, s Store) {
	t.Helper()
	ctx := t.Context()
	message := json.RawMessage(`{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"output_text","text":"` + secret + `"}]}`)
	list := json.RawMessage("[" + string(message) + `,{"type":"function_call_output","output":"` + secret + `"}]`)
	ok(t, s.PutConversation(ctx, openresponses.Conversation{ID: "conv_1", CreatedAt: at(1)}))
	for id, files := range map[string][]string{"a": {"file-b", "file-a"}, "b": {"file-b"}} {
		r := run("run_"+id, "thr_1", 1)
		r.Files, r.Items, r.Answer.Answer = files, list, secret
		r.Citations[0].FileID, r.Citations[0].Quote, r.Citations[0].Title = files[len(files)-1], secret, secret
		ok(t, s.PutRun(ctx, r))
		ok(t, s.PutResponse(ctx, openresponses.StoredResponse{ID: "resp_" + id, CreatedAt: at(1), Input: list, Response: message, Files: files}))
		ok(t, s.AppendItems(ctx, "conv_1", []openresponses.StoredItem{{ID: "msg_" + id, Item: message, Files: files}}, nil))
	}
}

// remembered tells which of these hold the secret.
func remembered(t testing.TB, s Store) map[string]bool {
	t.Helper()
	ctx := t.Context()
	found := map[string]bool{}
	look := func(name string, v any) {
		b, err := json.Marshal(v)
		ok(t, err)
		found[name] = strings.Contains(string(b), secret)
	}
	for _, id := range []string{"a", "b"} {
		look("run_"+id, must(s.Run(ctx, "run_"+id))(t))
		look("resp_"+id, must(s.StoredResponse(ctx, "resp_"+id))(t))
	}
	for _, i := range must(s.Items(ctx, "conv_1", "", 0))(t) {
		look(i.ID, i)
	}
	return found
}

func testForget(t *testing.T, s Store) {
	ctx := t.Context()
	for _, id := range []string{"file-a", "file-b", "file-c"} {
		ok(t, s.PutFile(ctx, knowledge.File{ID: id, CreatedAt: at(1)}, []byte(secret)))
	}
	remember(t, s)
	ok(t, s.DeleteFile(ctx, "file-c"))
	all := map[string]bool{"run_a": true, "run_b": true, "resp_a": true, "resp_b": true, "msg_a": true, "msg_b": true}
	same(t, remembered(t, s), all)

	ok(t, s.DeleteFile(ctx, "file-a"))
	same(t, remembered(t, s), map[string]bool{"run_a": false, "run_b": true, "resp_a": false, "resp_b": true, "msg_a": false, "msg_b": true})

	// What is left still has its place and its shape.
	r := must(s.Run(ctx, "run_a"))(t)
	same(t, r.Files, []string{"file-b"})
	if r.Answer.Answer == "" || r.Question == "" || len(r.Citations) != 1 || r.Citations[0].Path == "" {
		t.Errorf("run %+v", r)
	}
	var items []map[string]any
	ok(t, json.Unmarshal(r.Items, &items))
	same(t, len(items), 2)
	same(t, items[1]["type"], any("function_call_output"))
	same(t, ids(must(s.ThreadRuns(ctx, "thr_1", 0))(t)), []string{"run_a", "run_b"})
	same(t, must(s.Count(ctx, "default"))(t).Questions, 2)

	ok(t, s.DeleteFile(ctx, "file-b"))
	for name, found := range remembered(t, s) {
		if found {
			t.Errorf("%s still has the text", name)
		}
	}
}

func testForgetOnApply(t *testing.T, s Store) {
	ctx := t.Context()
	a, b := doc("a", secret), doc("b", secret)
	a.FileID, a.File.ID, b.FileID, b.File.ID = "file-a", "file-a", "file-b", "file-b"
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	ok(t, s.Apply(ctx, change("vs_1", a, b)))
	remember(t, s)

	// New content of a file is no reason to forget.
	newer := a
	newer.Content = []byte("new")
	ok(t, s.Apply(ctx, change("vs_1", newer)))
	same(t, remembered(t, s)["run_a"], true)

	ok(t, s.Apply(ctx, knowledge.Change{Source: "vs_1", Delete: []string{"file-a"}}))
	got := remembered(t, s)
	if got["run_a"] || got["resp_a"] || got["msg_a"] || !got["run_b"] || !got["resp_b"] || !got["msg_b"] {
		t.Errorf("after file-a: %v", got)
	}
	ok(t, s.DeleteSource(ctx, "vs_1"))
	for name, found := range remembered(t, s) {
		if found {
			t.Errorf("%s still has the text", name)
		}
	}
	same(t, len(must(s.Runs(ctx, agent.RunFilter{}))(t)), 2)
}

// testForgetLatecomers deletes a file while answers that use it are under way.
func testForgetLatecomers(t *testing.T, s Store) {
	ctx := t.Context()
	file := knowledge.File{ID: "file-a", CreatedAt: at(1)}
	ok(t, s.PutFile(ctx, file, []byte(secret)))
	ok(t, s.DeleteFile(ctx, "file-a"))
	remember(t, s) // file-b was never here: it may be kept elsewhere
	same(t, remembered(t, s), map[string]bool{"run_a": false, "run_b": true, "resp_a": false, "resp_b": true, "msg_a": false, "msg_b": true})

	// A file that has come back is like any other.
	ok(t, s.PutFile(ctx, file, []byte(secret)))
	r := run("run_c", "thr_1", 1)
	ok(t, s.PutRun(ctx, r))
	same(t, must(s.Run(ctx, "run_c"))(t), r)

	// At once with the deletion: whichever comes first, nothing is left.
	for i := range 10 {
		ok(t, s.PutFile(ctx, file, []byte(secret)))
		r := run(fmt.Sprint("run_", i), "thr_2", i)
		r.Answer.Answer, r.Files = secret, []string{"file-a"}
		for _, err := range parallel(2, func(n int) error {
			if n == 0 {
				return s.DeleteFile(ctx, "file-a")
			}
			return s.PutRun(ctx, r)
		}) {
			ok(t, err)
		}
		if must(s.Run(ctx, r.ID))(t).Answer.Answer == secret {
			t.Fatal("the text is left")
		}
	}
}
