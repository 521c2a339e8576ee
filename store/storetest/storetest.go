// Package storetest is the conformance suite that every store passes. It is
// for tests only, and stores nothing itself.
package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/agents"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/calibrate"
	"github.com/honehq/hone/eval/harvest"
	"github.com/honehq/hone/eval/rollout"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/prompts"
)

// Store is all that Hone keeps.
type Store interface {
	knowledge.Store
	prompts.Store
	openresponses.Store
	agent.Store
	agents.Store
	eval.Store
	calibrate.Store
	harvest.Store
	rollout.Store
	Waiting(ctx context.Context) (map[string]int, error)
}

// Opener opens an empty store, which it closes when the test ends. It is called
// by parallel tests.
type Opener func(t testing.TB) Store

// Run runs the suite.
func Run(t *testing.T, open Opener) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s Store)
	}{
		{"Sources", testSources},
		{"DeleteSource", testDeleteSource},
		{"Files", testFiles},
		{"DeleteFile", testDeleteFile},
		{"Apply", testApply},
		{"ApplyReplaces", testApplyReplaces},
		{"ApplyDeletes", testApplyDeletes},
		{"ApplyRefuses", testApplyRefuses},
		{"ApplyInParallel", testApplyInParallel},
		{"DeleteFileWhileApplying", testDeleteFileWhileApplying},
		{"LastDocumentsInParallel", testLastDocumentsInParallel},
		{"ReadWhileApplying", testReadWhileApplying},
		{"Documents", testDocuments},
		{"Chunks", testChunks},
		{"BigDocument", testBigDocument},
		{"Segments", testSegments},
		{"MergeSegments", testMergeSegments},
		{"MergeSegmentsRefuses", testMergeSegmentsRefuses},
		{"NearestChunks", testNearestChunks},
		{"NearestChunksFiltered", testNearestChunksFiltered},
		{"NearestChunksByModel", testNearestChunksByModel},
		{"NearestOfMany", testNearestOfMany},
		{"Prompts", testPrompts},
		{"PromptsStale", testPromptsStale},
		{"PromptsUse", testPromptsUse},
		{"PromptsMissing", testPromptsMissing},
		{"PromptsInParallel", testPromptsInParallel},
		{"Responses", testResponses},
		{"ResponseChain", testResponseChain},
		{"Conversations", testConversations},
		{"ConversationItems", testConversationItems},
		{"Runs", testRuns},
		{"RunsFiltered", testRunsFiltered},
		{"Threads", testThreads},
		{"Feedback", testFeedback},
		{"QuestionsCount", testQuestionsCount},
		{"BeginRound", testBeginRound},
		{"BeginRoundInParallel", testBeginRoundInParallel},
		{"Cron", testCron},
		{"Turns", testTurns},
		{"TurnsInParallel", testTurnsInParallel},
		{"Cases", testCases},
		{"DeleteCases", testDeleteCases},
		{"Rounds", testRounds},
		{"Entries", testEntries},
		{"Records", testRecords},
		{"RecordsInParallel", testRecordsInParallel},
		{"RecordsEnd", testRecordsEnd},
		{"RecordsForget", testRecordsForget},
		{"FencedRounds", testFencedRounds},
		{"Signals", testSignals},
		{"Promotion", testPromotion},
		{"PromotionStale", testPromotionStale},
		{"PromotionsInParallel", testPromotionsInParallel},
		{"EnterCases", testEnterCases},
		{"CaseSecret", testCaseSecret},
		{"EnterCasesInParallel", testEnterCasesInParallel},
		{"AdmissionsInParallel", testAdmissionsInParallel},
		{"Corrections", testCorrections},
		{"SampledQuestions", testSampledQuestions},
		{"Accept", testAccept},
		{"Harvest", testHarvest},
		{"Rollouts", testRollouts},
		{"Waiting", testWaiting},
		{"RolloutEnds", testRolloutEnds},
		{"RolloutOverruled", testRolloutOverruled},
		{"RolloutInParallel", testRolloutInParallel},
		{"RolloutThreads", testRolloutThreads},
		{"LiveGrades", testLiveGrades},
		{"Outbox", testOutbox},
		{"Labels", testLabels},
		{"ForgetLabels", testForgetLabels},
		{"Forget", testForget},
		{"ForgetCases", testForgetCases},
		{"ForgetOnApply", testForgetOnApply},
		{"ForgetLatecomers", testForgetLatecomers},
		{"AgentSets", testAgentSets},
		{"AgentSetsInParallel", testAgentSetsInParallel},
		{"Text", testText},
		{"Times", testTimes},
		{"CancelledBefore", testCancelledBefore},
		{"CancelledDuring", testCancelledDuring},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, open(t))
		})
	}
}

// at is a fixed time, n minutes on, with microseconds.
func at(n int) time.Time {
	return time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC).Add(time.Duration(n) * time.Minute)
}

// ok ends the test on an error.
func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// must is the value, or the end of the test.
func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		ok(t, err)
		return v
	}
}

// fails checks which error came, and that it names what failed.
func fails(t testing.TB, err, want error, names string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error is %v, want %v", err, want)
	} else if !strings.Contains(err.Error(), names) {
		t.Errorf("error %q doesn't name %q", err, names)
	}
}

// same compares; empty and nil are alike.
func same[T any](t testing.TB, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
