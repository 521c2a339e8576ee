package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses"
)

// testCancelledBefore checks that no method does anything once its context has
// ended, and that it says why.
func testCancelledBefore(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	ok(t, s.Apply(ctx, change("vs_1", doc("a.md", "a"))))
	ok(t, s.CreatePrompt(ctx, prompt("pmpt_1", "first")))
	ok(t, s.PutConversation(ctx, openresponses.Conversation{ID: "conv_1", CreatedAt: at(1)}))

	ended, cancel := context.WithCancel(ctx)
	cancel()
	calls := map[string]func() error{
		"CreateSource": func() error { return s.CreateSource(ended, source("vs_2", "two", 1)) },
		"Source":       func() error { _, err := s.Source(ended, "vs_1"); return err },
		"DeleteSource": func() error { return s.DeleteSource(ended, "vs_1") },
		"PutFile":      func() error { return s.PutFile(ended, knowledge.File{ID: "file-x"}, nil) },
		"DeleteFile":   func() error { return s.DeleteFile(ended, "file-a.md") },
		"Apply":        func() error { return s.Apply(ended, change("vs_1", doc("b.md", "b"))) },
		"Documents": func() error {
			for _, err := range s.Documents(ended, "vs_1") {
				return err
			}
			return nil
		},
		"Segments":         func() error { _, _, err := s.Segments(ended, "vs_1"); return err },
		"NearestChunks":    func() error { _, err := s.NearestChunks(ended, knowledge.VectorQuery{}); return err },
		"AddPromptVersion": func() error { _, err := s.AddPromptVersion(ended, prompt("pmpt_1", "2"), 1, true); return err },
		"UsePrompt":        func() error { _, err := s.UsePrompt(ended, "pmpt_1", 1, 0, "a", "b"); return err },
		"Prompt":           func() error { _, err := s.Prompt(ended, "pmpt_1", 0); return err },
		"PutRun":           func() error { return s.PutRun(ended, run("run_1", "thr_1", 1)) },
		"ThreadRuns":       func() error { _, err := s.ThreadRuns(ended, "thr_1", 1); return err },
		"PutResponse":      func() error { return s.PutResponse(ended, response("resp_1", "")) },
		"AppendItems": func() error {
			return s.AppendItems(ended, "conv_1", []openresponses.StoredItem{item("msg_1")}, nil)
		},
		"EnterCases": func() error {
			_, err := s.EnterCases(ended, eval.Admission{Agent: "default"}, func(eval.Known) ([]eval.StoredCase, []eval.Tie, error) {
				return []eval.StoredCase{storedCase("a", eval.Dev, 1)}, nil, nil
			})
			return err
		},
		"EndRound": func() error { _, err := s.EndRound(ended, round("rnd_1", 1), promotion()); return err },
		"TakeTurn": func() error { _, err := s.TakeTurn(ended, "default", "a", hour); return err },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) { fails(t, call(), context.Canceled, "") })
	}

	same(t, len(must(s.Sources(ctx))(t)), 1)
	same(t, fileIDs(t, s), []string{"file-a.md"})
	same(t, must(s.Generations(ctx, []string{"vs_1"}))(t), map[string]int64{"vs_1": 1})
	same(t, len(must(s.PromptLog(ctx, "pmpt_1"))(t)), 1)
	same(t, must(s.Runs(ctx, agent.RunFilter{}))(t), nil)
	same(t, must(s.Items(ctx, "conv_1", "", 0))(t), nil)
	same(t, must(s.Cases(ctx, eval.CaseFilter{Agent: "default"}))(t), nil)
	same(t, must(s.Rounds(ctx, "default", 0))(t), nil)
	same(t, must(s.TakeTurn(ctx, "default", "b", hour))(t), true)
}

// testCancelledDuring cuts changes off at various moments: each is then there
// altogether or not at all, and the store goes on.
func testCancelledDuring(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	const size = 40
	cut, applied := 0, int64(0)
	for i := 0; cut < 10 && i < 200; i++ {
		var docs []knowledge.NewDocument
		for n := range size {
			docs = append(docs, doc(fmt.Sprintf("%03d/%02d.md", i, n), "text"))
		}
		ctx, cancel := context.WithTimeout(ctx, time.Duration(i+1)*200*time.Microsecond)
		err := s.Apply(ctx, change("vs_1", docs...))
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			cut++
		} else {
			ok(t, err)
		}
		g := must(s.Generations(t.Context(), []string{"vs_1"}))(t)["vs_1"]
		if err == nil && g != applied+1 || g > applied+1 {
			t.Fatalf("generation %d after %d, with error %v", g, applied, err)
		}
		applied = g
		same(t, int64(len(documents(t, s, "vs_1"))), applied*size)
		same(t, int64(len(fileIDs(t, s))), applied*size)
	}
	if cut == 0 {
		t.Error("nothing was cut off")
	}
	ok(t, s.Apply(ctx, change("vs_1", doc("last.md", "last"))))
}
