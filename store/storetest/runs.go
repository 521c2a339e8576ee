package storetest

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"github.com/honehq/hone/agent"
)

const hour = time.Hour

func run(id, thread string, minute int) agent.Run {
	return agent.Run{
		Answer: agent.Answer{
			ID: id, Thread: thread, Agent: "default", Status: agent.Answered, Answer: "Restart **it** [1].", Note: "a note",
			Citations: []agent.Citation{{
				N: 1, Source: "runbooks", FileID: "file-a", Path: "a.md", Title: "A", Section: "A › Steps",
				Lines: [2]int{3, 4}, URL: "https://docs.example/a", Quote: "restart it", Score: 0.25,
			}},
			Prompt: agent.PromptRef{ID: "pmpt_1", Version: 3}, Model: "offline",
			Usage:   agent.Usage{InputTokens: 10, OutputTokens: 5, Turns: 2, ToolCalls: 1, Searches: 1},
			TraceID: "0123456789abcdef0123456789abcdef", CreatedAt: at(minute), Duration: 1.5,
		},
		Question: "How do I restart it?", Origin: agent.FromCLI,
		Items: json.RawMessage(`[ {"role":"user","content":"How do I restart it?"} ]`),
		Files: []string{"file-a", "file-b"},
	}
}

// ids are the IDs of runs, in order.
func ids(runs []agent.Run) []string {
	var list []string
	for _, r := range runs {
		list = append(list, r.ID)
	}
	return list
}

func testRuns(t *testing.T, s Store) {
	ctx := t.Context()
	r := run("run_1", "thr_1", 1)
	ok(t, s.PutRun(ctx, r))
	same(t, must(s.Run(ctx, "run_1"))(t), r)
	fails(t, s.PutRun(ctx, r), fs.ErrExist, "run_1")
	same(t, must(s.Count(ctx, "default"))(t).Questions, 1)
	_, err := s.Run(ctx, "run_none")
	fails(t, err, fs.ErrNotExist, "run_none")

	failed := agent.Run{Answer: agent.Answer{ID: "run_2", CreatedAt: at(2)}, Question: "Why?", Origin: agent.FromHTTP, Error: "the provider is down"}
	ok(t, s.PutRun(ctx, failed))
	same(t, must(s.Run(ctx, "run_2"))(t), failed)
}

func testRunsFiltered(t *testing.T, s Store) {
	ctx := t.Context()
	same(t, must(s.Runs(ctx, agent.RunFilter{}))(t), nil)
	for i := range 25 {
		r := run(fmt.Sprintf("run_%02d", i), fmt.Sprintf("thr_%d", i%5), i/2) // two each minute
		switch i {
		case 3:
			r.Agent = "other"
		case 4:
			r.Status = agent.Degraded
		case 5:
			r.Origin = agent.FromEval
		}
		ok(t, s.PutRun(ctx, r))
	}
	for name, test := range map[string]struct {
		filter agent.RunFilter
		want   []string
	}{
		"newest first": {agent.RunFilter{Limit: 3}, []string{"run_24", "run_23", "run_22"}},
		"by agent":     {agent.RunFilter{Agent: "other"}, []string{"run_03"}},
		"by thread":    {agent.RunFilter{Thread: "thr_2"}, []string{"run_22", "run_17", "run_12", "run_07", "run_02"}},
		"by status":    {agent.RunFilter{Status: agent.Degraded}, []string{"run_04"}},
		"by origin":    {agent.RunFilter{Origin: agent.FromEval}, []string{"run_05"}},
		"before":       {agent.RunFilter{Before: at(2), Limit: 2}, []string{"run_03", "run_02"}},
		"all at once":  {agent.RunFilter{Agent: "default", Thread: "thr_3", Before: at(9)}, []string{"run_13", "run_08"}},
		"none":         {agent.RunFilter{Agent: "nobody"}, nil},
	} {
		t.Run(name, func(t *testing.T) { same(t, ids(must(s.Runs(ctx, test.filter))(t)), test.want) })
	}
	same(t, len(must(s.Runs(ctx, agent.RunFilter{}))(t)), 20)
	same(t, len(must(s.Runs(ctx, agent.RunFilter{Limit: 100}))(t)), 25)
}

func testThreads(t *testing.T, s Store) {
	ctx := t.Context()
	for i := range 5 {
		ok(t, s.PutRun(ctx, run(fmt.Sprintf("run_%d", i), "thr_1", i)))
	}
	failed := run("run_failed", "thr_1", 9)
	failed.Error = "cut off"
	ok(t, s.PutRun(ctx, failed))
	failed.ID, failed.Thread = "run_other", "thr_2"
	ok(t, s.PutRun(ctx, failed))

	same(t, ids(must(s.ThreadRuns(ctx, "thr_1", 3))(t)), []string{"run_2", "run_3", "run_4"})
	same(t, ids(must(s.ThreadRuns(ctx, "thr_1", 0))(t)), []string{"run_0", "run_1", "run_2", "run_3", "run_4"})
	same(t, must(s.ThreadRuns(ctx, "thr_1", 1))(t)[0], run("run_4", "thr_1", 4))
	same(t, must(s.ThreadRuns(ctx, "thr_2", 3))(t), nil) // known, but there is nothing to follow up
	_, err := s.ThreadRuns(ctx, "thr_none", 3)
	fails(t, err, fs.ErrNotExist, "thr_none")
}

func testFeedback(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.PutRun(ctx, run("run_1", "thr_1", 1)))
	up := agent.Feedback{Rating: "up", At: at(2)}
	down := agent.Feedback{Rating: "down", Comment: "no, \"it's\" ü", Correction: "Stop it\nfirst.", At: at(1)}
	ok(t, s.AddFeedback(ctx, "run_1", up))
	ok(t, s.AddFeedback(ctx, "run_1", down))
	want := run("run_1", "thr_1", 1)
	want.Feedback = []agent.Feedback{up, down}
	same(t, must(s.Run(ctx, "run_1"))(t), want)
	same(t, must(s.Runs(ctx, agent.RunFilter{}))(t), []agent.Run{want})
	fails(t, s.AddFeedback(ctx, "run_none", up), fs.ErrNotExist, "run_none")
}
