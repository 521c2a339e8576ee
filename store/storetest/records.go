package storetest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"testing"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/knowledge"
)

// runningRound stores a round that runs.
func runningRound(t testing.TB, s Store, id, agent string, minute int) eval.Round {
	t.Helper()
	r := eval.Round{
		ID: id, Agent: agent, Cause: "demand", State: eval.Running, PromptID: "pmpt_1", Champion: 1,
		Started: at(minute), Seed: math.MaxUint64, Certificate: json.RawMessage(`{}`),
	}
	ok(t, s.PutRound(t.Context(), r))
	return r
}

func recorded(round string, kind eval.RecordKind, id string, files ...string) eval.Recorded {
	return eval.Recorded{
		RecordKey: eval.RecordKey{Round: round, Kind: kind, Conditions: "c", Prompt: "p", Case: id, Repeat: 1},
		Files:     files, Result: json.RawMessage(fmt.Sprintf(`{ "hash": %q, "score":0.10 }`, id)),
	}
}

// records are those of a round, in order.
func records(t testing.TB, s Store, round string) []eval.Recorded {
	t.Helper()
	list := must(s.Recorded(t.Context(), round))(t)
	slices.SortFunc(list, func(a, b eval.Recorded) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Case, b.Case), cmp.Compare(a.Conditions, b.Conditions))
	})
	return list
}

func testRecords(t *testing.T, s Store) {
	ctx := t.Context()
	runningRound(t, s, "rnd_1", "default", 1)
	first := recorded("rnd_1", eval.OfTrain, "a")
	same(t, must(s.Record(ctx, first))(t), first.Result) // byte by byte
	again := first
	again.Result = json.RawMessage(`{"hash":"other"}`)
	same(t, must(s.Record(ctx, again))(t), first.Result) // the first counts

	// Whatever of the key differs is another result.
	want := []eval.Recorded{first}
	for _, vary := range []func(*eval.RecordKey){
		func(k *eval.RecordKey) { k.Kind = eval.OfDev }, func(k *eval.RecordKey) { k.Conditions = "d" },
		func(k *eval.RecordKey) { k.Prompt = "q" }, func(k *eval.RecordKey) { k.Case = "b" }, func(k *eval.RecordKey) { k.Repeat = 2 },
	} {
		r := again
		vary(&r.RecordKey)
		same(t, must(s.Record(ctx, r))(t), again.Result)
		want = append(want, r)
	}
	same(t, len(records(t, s, "rnd_1")), len(want))
	same(t, records(t, s, "rnd_none"), nil)
	_, err := s.Record(ctx, recorded("rnd_none", eval.OfTrain, "a"))
	fails(t, err, fs.ErrNotExist, "rnd_none")

	ok(t, s.ForgetRecorded(ctx, "rnd_1"))
	same(t, records(t, s, "rnd_1"), nil)
	ok(t, s.ForgetRecorded(ctx, "rnd_none"))
}

// testRecordsInParallel lets several processes record the same.
func testRecordsInParallel(t *testing.T, s Store) {
	ctx := t.Context()
	runningRound(t, s, "rnd_1", "default", 1)
	got := make([]string, 10)
	for _, err := range parallel(len(got), func(i int) error {
		r := recorded("rnd_1", eval.OfSealed, "a")
		r.Result = json.RawMessage(fmt.Sprint(i))
		raw, err := s.Record(ctx, r)
		got[i] = string(raw)
		return err
	}) {
		ok(t, err)
	}
	stored := records(t, s, "rnd_1")
	same(t, len(stored), 1)
	for _, g := range got {
		same(t, g, string(stored[0].Result))
	}
}

// testRecordsEnd checks what stays when rounds end.
func testRecordsEnd(t *testing.T, s Store) {
	ctx := t.Context()
	kinds := []eval.RecordKind{eval.OfPlan, eval.OfProposal, eval.OfTrain, eval.OfDev, eval.OfSealed}
	for i := range eval.RoundsKept + 2 {
		r := runningRound(t, s, fmt.Sprint("rnd_", i), "default", i)
		for _, k := range kinds {
			must(s.Record(ctx, recorded(r.ID, k, "a")))(t)
		}
		r.State, r.Ended = eval.Rejected, at(i+1)
		must(s.EndRound(ctx, r, nil))(t)
		_, err := s.Record(ctx, recorded(r.ID, eval.OfTrain, "late"))
		fails(t, err, fs.ErrNotExist, r.ID)
	}
	other := runningRound(t, s, "rnd_other", "other", 0)
	must(s.Record(ctx, recorded(other.ID, eval.OfSealed, "a")))(t)
	for i := range eval.RoundsKept + 2 {
		var kept []eval.RecordKind
		for _, r := range records(t, s, fmt.Sprint("rnd_", i)) {
			kept = append(kept, r.Kind)
		}
		want := []eval.RecordKind{eval.OfDev, eval.OfTrain}
		if i < 2 {
			want = nil
		}
		same(t, kept, want)
	}
	same(t, len(records(t, s, "rnd_other")), 1)
}

// testRecordsForget deletes documents that results cite.
func testRecordsForget(t *testing.T, s Store) {
	ctx := t.Context()
	runningRound(t, s, "rnd_1", "default", 1)
	for _, id := range []string{"file-a", "file-b"} {
		ok(t, s.PutFile(ctx, knowledge.File{ID: id, CreatedAt: at(1)}, []byte(secret)))
	}
	must(s.Record(ctx, recorded("rnd_1", eval.OfTrain, "a", "file-b", "file-a")))(t)
	must(s.Record(ctx, recorded("rnd_1", eval.OfTrain, "b", "file-b")))(t)
	must(s.Record(ctx, recorded("rnd_1", eval.OfTrain, "c")))(t)
	ok(t, s.DeleteFile(ctx, "file-a"))
	left := func() (ids []string) {
		for _, r := range records(t, s, "rnd_1") {
			ids = append(ids, r.Case)
		}
		return ids
	}
	same(t, left(), []string{"b", "c"})

	late := recorded("rnd_1", eval.OfTrain, "late", "file-a")
	same(t, must(s.Record(ctx, late))(t), late.Result)
	same(t, left(), []string{"b", "c"})
}

// testFencedRounds lets a process that lost its turn write.
func testFencedRounds(t *testing.T, s Store) {
	ctx := t.Context()
	r := runningRound(t, s, "rnd_1", "default", 1)
	r.Turn = "me"
	fails(t, s.PutRound(ctx, r), eval.ErrTurnLost, "rnd_1")
	same(t, must(s.TakeTurn(ctx, "default", "me", hour))(t), true)
	r.Cause = "cron"
	ok(t, s.PutRound(ctx, r))
	want := r
	want.Turn = ""
	same(t, must(s.Round(ctx, "rnd_1"))(t), want)

	ok(t, s.EndTurn(ctx, "default", "me"))
	same(t, must(s.TakeTurn(ctx, "default", "another", hour))(t), true)
	late := r
	late.State = eval.Failed
	fails(t, s.PutRound(ctx, late), eval.ErrTurnLost, "rnd_1")
	late.Progress = eval.Progress{Stage: eval.StageDone}
	fails(t, s.PutProgress(ctx, late), eval.ErrTurnLost, "rnd_1")
	same(t, must(s.Round(ctx, "rnd_1"))(t).Progress, r.Progress)
	_, err := s.EndRound(ctx, late, nil)
	fails(t, err, eval.ErrTurnLost, "rnd_1")
	same(t, must(s.Round(ctx, "rnd_1"))(t), want)

	r.Turn, r.State = "another", eval.Rejected
	ended := must(s.EndRound(ctx, r, nil))(t)
	same(t, ended.Turn, "")
	same(t, must(s.Round(ctx, "rnd_1"))(t), ended)
}

// testSignals steers rounds, and tells how far they are.
func testSignals(t *testing.T, s Store) {
	ctx := t.Context()
	r := runningRound(t, s, "rnd_1", "default", 1)
	same(t, must(s.Signals(ctx, "default", "rnd_1"))(t), eval.Signals{})
	same(t, must(s.Signals(ctx, "nobody", ""))(t), eval.Signals{})

	ok(t, s.PauseRounds(ctx, "default", true))
	ok(t, s.PauseRounds(ctx, "default", true))
	ok(t, s.AskCancel(ctx, "rnd_1", "Ada"))
	same(t, must(s.Signals(ctx, "default", "rnd_1"))(t), eval.Signals{Paused: true, CancelledBy: "Ada"})
	same(t, must(s.Signals(ctx, "other", "rnd_1"))(t), eval.Signals{CancelledBy: "Ada"})
	ok(t, s.PauseRounds(ctx, "default", false))
	ok(t, s.PauseRounds(ctx, "nobody", false))
	same(t, must(s.Signals(ctx, "default", ""))(t), eval.Signals{})

	p := eval.Progress{Stage: eval.StageScreen, Done: 3, Total: 9, Text: "a line\nanother"}
	tell := func(id, turn string) error {
		return s.PutProgress(ctx, eval.Round{ID: id, Agent: "default", Turn: turn, Progress: p})
	}
	ok(t, tell("rnd_1", ""))
	ok(t, tell("rnd_none", ""))
	r.Progress = p
	same(t, must(s.Round(ctx, "rnd_1"))(t), r)
	r.Progress = eval.Progress{}
	ok(t, s.PutRound(ctx, r)) // leaves the progress
	same(t, must(s.Round(ctx, "rnd_1"))(t).Progress, p)

	r.State = eval.Cancelled
	must(s.EndRound(ctx, r, nil))(t)
	ok(t, tell("rnd_1", "")) // too late
	same(t, must(s.Round(ctx, "rnd_1"))(t).Progress, eval.Progress{})
	fails(t, s.AskCancel(ctx, "rnd_1", "Ada"), fs.ErrNotExist, "rnd_1")
	fails(t, s.AskCancel(ctx, "rnd_none", "Ada"), fs.ErrNotExist, "rnd_none")
}
