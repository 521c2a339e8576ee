package storetest

import (
	"testing"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/harvest"
	"github.com/honehq/hone/eval/rollout"
)

// What waits for people and for its delivery is counted until it is settled.
func testWaiting(t *testing.T, s Store) {
	ctx := t.Context()
	counted := func(approvals, cases, notices int) {
		t.Helper()
		same(t, must(s.Waiting(ctx))(t), map[string]int{"approvals": approvals, "cases": cases, "notices": notices})
	}
	counted(0, 0, 0)

	waits := round("rnd_1", 1)
	waits.State = eval.Waiting
	ok(t, s.PutRound(ctx, waits))
	ok(t, s.PutRun(ctx, run("run_1", "thr_1", 1)))
	ok(t, s.SettleQuestions(ctx, []string{"run_1"}, []harvest.Proposal{proposal("cp_1", "run_1", 1)}))
	for _, way := range []string{"log", "webhook"} {
		must(s.PutNotice(ctx, way, rollout.Notice{ID: "n", Kind: rollout.NoticeFailed, Agent: "default", At: at(1)}))(t)
	}
	counted(1, 1, 2)

	waits.State = eval.Rejected
	ok(t, s.PutRound(ctx, waits))
	ok(t, s.NoteDelivery(ctx, "log", "n", at(9)))
	ok(t, s.NoteDelivery(ctx, "webhook", "n", time.Time{}))
	counted(0, 1, 1)
}
