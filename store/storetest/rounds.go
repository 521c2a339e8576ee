package storetest

import (
	"encoding/json"
	"io/fs"
	"testing"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

func round(id string, minute int) eval.Round {
	return eval.Round{
		ID: id, Agent: "default", Cause: "demand", State: eval.Promoted, PromptID: "pmpt_1", Champion: 1,
		Started: at(minute), Ended: at(minute + 5), Verdict: "better by 12 points", Entered: true, Alpha: 0.0103, Won: true,
		Certificate: json.RawMessage(`{ "b":1.50, "a":[] }`),
	}
}

// retiring is a round that retires cases.
func retiring(r eval.Round, cases ...string) eval.Round {
	r.Retire = cases
	return r
}

func promotion() *eval.Promotion {
	return &eval.Promotion{
		Prompt: prompts.Prompt{ID: "pmpt_1", Text: "better", Variables: []string{"name"}, Author: "round rnd_1", Reason: "it won"},
		Based:  1,
	}
}

func testRounds(t *testing.T, s Store) {
	ctx := t.Context()
	running := eval.Round{ID: "rnd_1", Agent: "default", Cause: "cron", State: eval.Running, PromptID: "pmpt_1", Champion: 2, Started: at(1)}
	ok(t, s.PutRound(ctx, running))
	same(t, must(s.Round(ctx, "rnd_1"))(t), running)

	ended := round("rnd_1", 1)
	ok(t, s.PutRound(ctx, ended))
	same(t, must(s.Round(ctx, "rnd_1"))(t), ended) // the certificate byte by byte
	_, err := s.Round(ctx, "rnd_none")
	fails(t, err, fs.ErrNotExist, "rnd_none")

	second, third, other := round("rnd_2", 2), round("rnd_0", 2), round("rnd_9", 3)
	other.Agent = "other"
	for _, r := range []eval.Round{second, third, other} {
		ok(t, s.PutRound(ctx, r))
	}
	same(t, must(s.Rounds(ctx, "default", 0))(t), []eval.Round{second, third, ended})
	same(t, must(s.Rounds(ctx, "default", 1))(t), []eval.Round{second})
	same(t, must(s.Rounds(ctx, "nobody", 0))(t), nil)

	// A round that puts nothing in use just ends; cases may retire all the same.
	rejected := round("rnd_2", 2)
	rejected.State = eval.Rejected
	touched, kin, far := storedCase("a", eval.Sealed, 1), storedCase("b", eval.Sealed, 2), storedCase("c", eval.Sealed, 3)
	kin.Cluster = touched.Cluster
	_ = must(add(s, t, touched, kin, far))(t)
	same(t, must(s.EndRound(ctx, retiring(rejected, "a"), nil))(t), rejected)
	same(t, must(s.Round(ctx, "rnd_2"))(t), rejected)
	same(t, must(s.Cases(ctx, eval.CaseFilter{Agent: "default"}))(t), []eval.StoredCase{far})
}

func testEntries(t *testing.T, s Store) {
	ctx := t.Context()
	same(t, must(s.Entries(ctx, "default"))(t), nil)
	second, first, none, other := round("rnd_1", 2), round("rnd_2", 1), round("rnd_3", 3), round("rnd_4", 4)
	first.Won, first.State, none.Entered, other.Agent = false, eval.Cancelled, false, "other"
	for _, r := range []eval.Round{second, first, none, other} {
		ok(t, s.PutRound(ctx, r))
	}
	same(t, must(s.Entries(ctx, "default"))(t), []eval.Entered{
		{ID: "rnd_2", State: eval.Cancelled, Alpha: 0.0103}, {ID: "rnd_1", State: eval.Promoted, Alpha: 0.0103, Won: true},
	})
}

func testPromotion(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreatePrompt(ctx, prompt("pmpt_1", "first")))
	_, err := s.AddPromptVersion(ctx, prompt("pmpt_1", "a draft"), 1, false)
	ok(t, err)
	cases := []eval.StoredCase{storedCase("a", eval.Sealed, 1), storedCase("b", eval.Sealed, 2), storedCase("c", eval.Sealed, 3)}
	cases[1].Retired = at(0)
	_, err = add(s, t, cases...)
	ok(t, err)
	running := eval.Round{ID: "rnd_1", Agent: "default", State: eval.Running, PromptID: "pmpt_1", Champion: 1, Started: at(1)}
	ok(t, s.PutRound(ctx, running))

	want := round("rnd_1", 1)
	want.Promoted = 3 // the draft was 2
	same(t, must(s.EndRound(ctx, retiring(round("rnd_1", 1), "a", "b"), promotion()))(t), want)
	same(t, must(s.Round(ctx, "rnd_1"))(t), want)

	p := must(s.Prompt(ctx, "pmpt_1", 0))(t)
	if p.Version != 3 || p.Text != "better" || p.Author != "round rnd_1" || p.Reason != "it won" || p.CreatedAt.IsZero() {
		t.Errorf("in use: %+v", p)
	}
	log := must(s.PromptLog(ctx, "pmpt_1"))(t)
	last := log[len(log)-1]
	last.At = time.Time{}
	same(t, last, prompts.Change{Action: prompts.Activated, Version: 3, Previous: 1, Author: "round rnd_1", Reason: "it won"})

	cases[0].Retired = want.Ended // b had retired before
	same(t, must(s.Cases(ctx, eval.CaseFilter{Agent: "default", Retired: true}))(t), cases)
}

func testPromotionStale(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreatePrompt(ctx, prompt("pmpt_1", "first")))
	_, err := s.AddPromptVersion(ctx, prompt("pmpt_1", "someone was faster"), 1, true)
	ok(t, err)
	_, err = add(s, t, storedCase("a", eval.Sealed, 1))
	ok(t, err)
	running := eval.Round{ID: "rnd_1", Agent: "default", State: eval.Running, PromptID: "pmpt_1", Champion: 1, Started: at(1)}
	ok(t, s.PutRound(ctx, running))

	unchanged := func() {
		t.Helper()
		same(t, must(s.Round(ctx, "rnd_1"))(t), running)
		same(t, len(must(s.PromptVersions(ctx, "pmpt_1"))(t)), 2)
		same(t, len(must(s.Cases(ctx, eval.CaseFilter{Agent: "default"}))(t)), 1)
	}
	_, err = s.EndRound(ctx, retiring(round("rnd_1", 1), "a"), promotion())
	fails(t, err, prompts.ErrStale, "rnd_1")
	unchanged()

	// The latest version won't do if it is not in use.
	_, err = s.UsePrompt(ctx, "pmpt_1", 1, 2, "operator", "roll back")
	ok(t, err)
	latest := promotion()
	latest.Based = 2
	_, err = s.EndRound(ctx, retiring(round("rnd_1", 1), "a"), latest)
	fails(t, err, prompts.ErrStale, "rnd_1")
	unchanged()

	// A case that is not there would leave a certificate about nothing.
	_, err = s.EndRound(ctx, retiring(round("rnd_1", 1), "a", "unknown"), promotion())
	fails(t, err, fs.ErrNotExist, "unknown")
	unchanged()
	missing := promotion()
	missing.Prompt.ID = "pmpt_none"
	_, err = s.EndRound(ctx, retiring(round("rnd_1", 1), "a"), missing)
	fails(t, err, fs.ErrNotExist, "pmpt_none")
	unchanged()
}
