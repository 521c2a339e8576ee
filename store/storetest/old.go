package storetest

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/agents"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/prompts"
)

// CheckOld checks a store that was brought up to date from an earlier version
// of its schema: what the rows in a store's testdata/v1.sql to vN.sql stood for
// is still there, N being that version, and everything works on top of it.
func CheckOld(t *testing.T, s Store, version int) {
	for i, check := range []func(t *testing.T, s Store){oldKnowledge, oldPrompts, oldRuns, oldResponses, oldEval, oldRecords, oldSchedule, oldRollouts, oldLabels, oldHarvest, oldAgents, oldSecrets} {
		if i < version {
			check(t, s)
		}
	}
	t.Run("Sources", func(t *testing.T) { testDeleteSource(t, s) })
	t.Run("Prompts", func(t *testing.T) { testPromptsInParallel(t, s) })
	t.Run("Threads", func(t *testing.T) { testThreads(t, s) })
	t.Run("Items", func(t *testing.T) { testConversationItems(t, s) })
	t.Run("Feedback", func(t *testing.T) {
		ok(t, s.AddFeedback(t.Context(), "run_0", agent.Feedback{Rating: "up", At: at(1)}))
	})
}

func oldKnowledge(t *testing.T, s Store) {
	ctx := t.Context()
	src := knowledge.Source{
		ID: "vs_old", Name: "old", Kind: knowledge.KindFolder, Root: "/old", CreatedAt: at(0),
		Metadata: map[string]string{"team": "search"}, Documents: 1, Chunks: 1, Bytes: 3,
	}
	same(t, must(s.Source(ctx, "old"))(t), src)
	d := must(s.Document(ctx, "vs_old", "file-old"))(t)
	same(t, d, knowledge.Document{
		Source: "vs_old", FileID: "file-old", Rev: 2, Path: "old.md", Title: "Old", URL: "https://docs.example/old", Hash: "abc",
		Attributes: knowledge.Attributes{"kind": "runbook"}, Groups: []string{"sre"}, Chunks: 1, Bytes: 3, UpdatedAt: at(0),
	})
	same(t, string(must(s.FileContent(ctx, "file-old"))(t)), "old")
	segments, g, err := s.Segments(ctx, "vs_old")
	ok(t, err)
	same(t, g, 2)
	same(t, segments, []knowledge.Segment{{ID: 1, Docs: 2, Bytes: 3, Deleted: []int{0}}})
	same(t, must(s.Chunks(ctx, []knowledge.ChunkRef{{Rev: 2}}))(t),
		[]knowledge.Chunk{{Section: []string{"Old", "Steps"}, Anchor: "steps", FirstLine: 1, LastLine: 2, Text: "old"}})
	same(t, hits(t, s, knowledge.VectorQuery{
		Sources: []string{"vs_old"}, Model: "m", Vector: []float32{1, 0}, Limit: 9, Access: knowledge.Access{All: true},
	}), []string{"old.md#0"})
	ok(t, s.Apply(ctx, embedded("vs_old", "m", vector("new.md", 0, 1))))
	if rev := must(s.Document(ctx, "vs_old", "file-new.md"))(t).Rev; rev <= d.Rev {
		t.Errorf("revision %d after %d", rev, d.Rev)
	}
	same(t, hits(t, s, knowledge.VectorQuery{
		Sources: []string{"vs_old"}, Model: "m", Vector: []float32{1, 0}, Limit: 9, Access: knowledge.Access{Groups: []string{"sre"}},
	}), []string{"old.md#0", "new.md#0"})
	ok(t, s.DeleteSource(ctx, "vs_old"))
}

func oldPrompts(t *testing.T, s Store) {
	ctx := t.Context()
	p := prompts.Prompt{
		ID: "pmpt_old", Version: 2, Text: "two", Variables: []string{"name"}, InUse: true, CreatedAt: at(0), Author: "api", Reason: "why",
	}
	same(t, must(s.Prompt(ctx, "pmpt_old", 0))(t), p)
	same(t, len(must(s.PromptVersions(ctx, "pmpt_old"))(t)), 2)
	same(t, must(s.PromptLog(ctx, "pmpt_old"))(t)[1],
		prompts.Change{At: at(0), Action: prompts.Activated, Version: 2, Previous: 1, Author: "api", Reason: "why"})
}

func oldRuns(t *testing.T, s Store) {
	ctx := t.Context()
	r := must(s.Run(ctx, "run_old"))(t)
	same(t, r, agent.Run{
		Answer: agent.Answer{
			ID: "run_old", Thread: "thr_old", Agent: "old", Status: agent.Answered, Answer: "yes", Model: "offline", CreatedAt: at(0),
		},
		Question: "why?", Origin: agent.FromHTTP, Items: json.RawMessage(`[ ]`), Files: []string{"file-x"},
		Feedback: []agent.Feedback{{Rating: "down", Comment: "c", Correction: "d", At: at(0)}},
	})
	counted(t, s, "old", 7, 0)
}

func oldResponses(t *testing.T, s Store) {
	ctx := t.Context()
	same(t, must(s.StoredResponse(ctx, "resp_old"))(t), openresponses.StoredResponse{
		ID: "resp_old", Conversation: "conv_old", CreatedAt: at(0),
		Input: json.RawMessage(`[ ]`), Response: json.RawMessage(`{ }`), Files: []string{"file-x"},
	})
	same(t, must(s.Conversation(ctx, "conv_old"))(t),
		openresponses.Conversation{ID: "conv_old", CreatedAt: at(0), Metadata: map[string]string{"a": "b"}})
	same(t, must(s.Items(ctx, "conv_old", "", 0))(t),
		[]openresponses.StoredItem{{ID: "msg_old", Item: json.RawMessage(`{ }`), Files: []string{"file-x"}}})
}

func oldEval(t *testing.T, s Store) {
	ctx := t.Context()
	same(t, must(s.Cases(ctx, eval.CaseFilter{Agent: "old"}))(t), []eval.StoredCase{{
		Case: eval.Case{ID: "c1", Question: "why?"}, Agent: "old", Split: eval.Sealed, Cluster: "k", Order: 3, AddedAt: at(0), From: "file x",
	}})
	same(t, must(s.Round(ctx, "rnd_old"))(t), eval.Round{
		ID: "rnd_old", Agent: "old", Cause: "cron", State: eval.Rejected, PromptID: "pmpt_old", Champion: 2,
		Started: at(0), Ended: at(1), Verdict: "no", Entered: true, Alpha: 0.01, Certificate: json.RawMessage(`{ }`),
	})
}

func oldRecords(t *testing.T, s Store) {
	ctx := t.Context()
	same(t, must(s.Round(ctx, "rnd_half"))(t), eval.Round{
		ID: "rnd_half", Agent: "older", Cause: "cron", State: eval.Running, PromptID: "pmpt_old", Champion: 2, Seed: math.MaxUint64,
		Started: at(0), Progress: eval.Progress{Stage: eval.StageScreen, Done: 1, Total: 2}, Certificate: json.RawMessage(`{ }`),
	})
	same(t, must(s.Recorded(ctx, "rnd_half"))(t), []eval.Recorded{{
		RecordKey: eval.RecordKey{Round: "rnd_half", Kind: eval.OfTrain, Conditions: "c", Prompt: "p", Case: "c1"},
		Files:     []string{"file-1"}, Result: json.RawMessage(`{"hash":"h"}`),
	}})
	same(t, must(s.Signals(ctx, "older", "rnd_half"))(t), eval.Signals{Paused: true})
}

func oldSchedule(t *testing.T, s Store) {
	same(t, must(s.Count(t.Context(), "older"))(t), eval.Count{Questions: 7, Claimed: 50, Settled: at(0)})
}

func oldLabels(t *testing.T, s Store) {
	c := must(s.Calibration(t.Context(), "old", "judge"))(t)
	if c.Agent != "old" || c.Judge != "judge" || c.Answers != 7 {
		t.Errorf("calibration %+v", c)
	}
}

func oldHarvest(t *testing.T, s Store) {
	same(t, must(s.HarvestedTexts(t.Context(), "default"))(t), []string{"bb"})
}

func oldAgents(t *testing.T, s Store) {
	same(t, must(s.AgentSet(t.Context()))(t), agents.Set{
		Version: 1, From: agents.FromStore, Agents: []agents.Agent{{Name: "older"}}, Author: "operator", At: at(0),
	})
	// Cases up to a won entry are not used again, those after it are.
	var left []string
	for _, c := range must(s.Cases(t.Context(), eval.CaseFilter{Agent: "settled"}))(t) {
		left = append(left, c.ID)
	}
	same(t, left, []string{"open"})
	var questions []string
	for _, q := range must(s.Questions(t.Context(), "settled", 0))(t) {
		questions = append(questions, q.Run)
	}
	same(t, questions, []string{"run_new"})
}

func oldSecrets(t *testing.T, s Store) {
	_, err := s.EnterCases(t.Context(), eval.Admission{Agent: "default"}, func(known eval.Known) ([]eval.StoredCase, []eval.Tie, error) {
		same(t, known.Secret, []byte{1, 2})
		return nil, nil, nil
	})
	ok(t, err)
}
