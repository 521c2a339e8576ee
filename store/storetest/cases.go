package storetest

import (
	"testing"
	"time"

	"github.com/honehq/hone/eval"
)

func storedCase(id string, split eval.Split, order int64) eval.StoredCase {
	return eval.StoredCase{
		Case: eval.Case{
			ID: id, Question: "Wer ist schuld?", Kind: "postmortem", Type: "fact", Style: "lexical", Answer: "Niemand.",
			Nuggets:  []eval.Nugget{{Text: "blameless", Vital: true, AnyOf: []string{"nobody", "no one"}}},
			Docs:     []string{"a.md"},
			Evidence: []eval.Evidence{{Doc: "a.md", Quote: "nobody's fault"}},
		},
		Agent: "default", Split: split, Cluster: "cluster of " + id, Order: order, AddedAt: at(1), From: "file sample",
	}
}

// add enters cases of one agent as they are.
func add(s Store, t testing.TB, cases ...eval.StoredCase) (int, error) {
	return s.EnterCases(t.Context(), eval.Admission{Agent: cases[0].Agent}, func(eval.Known) ([]eval.StoredCase, []eval.Tie, error) {
		return cases, nil, nil
	})
}

func testCases(t *testing.T, s Store) {
	ctx := t.Context()
	all := eval.CaseFilter{Agent: "default", Retired: true}
	same(t, must(s.Cases(ctx, all))(t), nil)
	b, a, sealed := storedCase("b", eval.Train, 2), storedCase("a", eval.Dev, 2), storedCase("s", eval.Sealed, 1<<62)
	first := storedCase("z", eval.Sealed, -1)
	first.Retired = at(5)
	other := storedCase("b", eval.Dev, 1)
	other.Agent = "other"
	same(t, must(add(s, t, b, sealed, a, first))(t), 4)
	same(t, must(add(s, t, other))(t), 1)

	same(t, must(s.Cases(ctx, all))(t), []eval.StoredCase{first, a, b, sealed})
	same(t, must(s.Cases(ctx, eval.CaseFilter{Agent: "default"}))(t), []eval.StoredCase{a, b, sealed})
	same(t, must(s.Cases(ctx, eval.CaseFilter{Agent: "default", Split: eval.Sealed}))(t), []eval.StoredCase{sealed})
	same(t, must(s.Cases(ctx, eval.CaseFilter{Agent: "other"}))(t), []eval.StoredCase{other})

	// A known case stays as it is, whatever comes.
	again := storedCase("b", eval.Sealed, 9)
	again.Question = "Something else?"
	same(t, must(add(s, t, again, storedCase("new", eval.Train, 0), storedCase("new", eval.Dev, 0)))(t), 1)
	same(t, must(s.Cases(ctx, eval.CaseFilter{Agent: "default", Split: eval.Train}))(t), []eval.StoredCase{storedCase("new", eval.Train, 0), b})
}

func testDeleteCases(t *testing.T, s Store) {
	ctx := t.Context()
	early, late := storedCase("early", eval.Sealed, 1), storedCase("late", eval.Sealed, 2)
	late.AddedAt = at(30)
	_, err := add(s, t, early, late, storedCase("train", eval.Train, 3), storedCase("more", eval.Sealed, 4))
	ok(t, err)
	same(t, must(s.DeleteCases(ctx, "default", []string{"more", "none"}))(t), 1)
	same(t, must(s.DeleteCases(ctx, "other", []string{"early"}))(t), 0)

	// A round without an entry has used nothing sealed, one with an entry all
	// that was there.
	r := round("rnd_1", 10)
	r.Entered, r.Ended = false, at(20)
	ok(t, s.PutRound(ctx, r))
	_, err = add(s, t, storedCase("more", eval.Sealed, 4))
	ok(t, err)
	same(t, must(s.DeleteCases(ctx, "default", []string{"more"}))(t), 1)
	r = round("rnd_2", 10)
	r.Entered, r.Ended = true, at(20)
	ok(t, s.PutRound(ctx, r))
	same(t, must(s.DeleteCases(ctx, "default", []string{"early", "late", "train"}))(t), 2)
	same(t, len(must(s.Cases(ctx, eval.CaseFilter{Agent: "default"}))(t)), 1)

	// While an entry is open nothing sealed can go.
	r = round("rnd_3", 40)
	r.Entered, r.Ended, r.State = true, time.Time{}, eval.Running
	ok(t, s.PutRound(ctx, r))
	late.AddedAt = at(50)
	_, err = add(s, t, late)
	ok(t, err)
	same(t, must(s.DeleteCases(ctx, "default", []string{"late"}))(t), 0)
}
