package storetest

import (
	"fmt"
	"io/fs"
	"sync"
	"testing"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval/rollout"
	"github.com/honehq/hone/prompts"
)

// promoteOnTrial puts version 2 of pmpt_1 in use for half of the threads.
func promoteOnTrial(t *testing.T, s Store) rollout.Rollout {
	t.Helper()
	ok(t, s.CreatePrompt(t.Context(), prompt("pmpt_1", "first")))
	p := promotion()
	p.Canary = 0.5
	must(s.EndRound(t.Context(), round("rnd_1", 1), p))(t)
	return must(s.Rollout(t.Context(), "rol_1"))(t)
}

func testRollouts(t *testing.T, s Store) {
	ctx := t.Context()
	r := promoteOnTrial(t, s)
	want := rollout.Rollout{
		ID: "rol_1", Agent: "default", PromptID: "pmpt_1", Round: "rnd_1", Old: 1, New: 2, Share: 0.5, Horizon: rollout.Horizon,
		State: rollout.Running, Started: at(6), Until: at(6).Add(rollout.Length),
	}
	same(t, r, want)
	same(t, must(s.Rollouts(ctx, "default", 0))(t), []rollout.Rollout{want})
	same(t, must(s.Rollouts(ctx, "nobody", 0))(t), nil)
	_, err := s.Rollout(ctx, "rol_none")
	fails(t, err, fs.ErrNotExist, "rol_none")
	_, _, err = s.RunningRollout(ctx, "pmpt_none", "thr_1")
	fails(t, err, fs.ErrNotExist, "pmpt_none")

	// A draft changes nothing; a promotion takes the rollout's place.
	must(s.AddPromptVersion(ctx, prompt("pmpt_1", "a draft"), 2, false))(t)
	again := promotion()
	again.Based, again.Canary = 2, 0.25
	must(s.EndRound(ctx, round("rnd_2", 10), again))(t)
	got := must(s.Rollouts(ctx, "default", 0))(t)
	if len(got) != 2 || got[0].ID != "rol_2" || got[0].Old != 2 || got[0].New != 4 || got[0].State != rollout.Running ||
		got[1].State != rollout.Superseded || got[1].Ended.IsZero() || got[1].Reason == "" {
		t.Errorf("rollouts %+v", got)
	}
	// One for everyone ends what runs and starts none.
	whole := promotion()
	whole.Based, whole.Canary = 4, 1
	must(s.EndRound(ctx, round("rnd_3", 20), whole))(t)
	if got := must(s.Rollouts(ctx, "default", 1))(t); got[0].ID != "rol_2" || got[0].State != rollout.Superseded {
		t.Errorf("rollouts %+v", got)
	}
}

func testRolloutEnds(t *testing.T, s Store) {
	ctx := t.Context()
	r := promoteOnTrial(t, s)
	r.State, r.Reason, r.Ended = rollout.Returned, "it is worse", at(60)
	if !must(s.EndRollout(ctx, r, "hone"))(t) {
		t.Error("it had ended")
	}
	same(t, must(s.Rollout(ctx, r.ID))(t), r)
	same(t, must(s.Prompt(ctx, "pmpt_1", 0))(t).Version, 1)
	log := must(s.PromptLog(ctx, "pmpt_1"))(t)
	last := log[len(log)-1]
	last.At = time.Time{}
	same(t, last, prompts.Change{Action: prompts.Activated, Version: 1, Previous: 2, Author: "hone", Reason: "trial rol_1: it is worse"})

	// What has ended stays so.
	late := r
	late.State = rollout.Settled
	if must(s.EndRollout(ctx, late, "hone"))(t) {
		t.Error("it ended twice")
	}
	same(t, must(s.Rollout(ctx, r.ID))(t), r)
}

// Whatever a person puts in use ends the rollout; nothing is put back then.
func testRolloutOverruled(t *testing.T, s Store) {
	ctx := t.Context()
	for i, change := range []func(id string) error{
		func(id string) error { _, err := s.UsePrompt(ctx, id, 1, 2, "ann", "back"); return err },
		func(id string) error { _, err := s.UsePrompt(ctx, id, 2, 2, "ann", "I want this one"); return err },
		func(id string) error {
			p := prompt(id, "mine")
			p.Author = "ann"
			_, err := s.AddPromptVersion(ctx, p, 2, true)
			return err
		},
	} {
		id := fmt.Sprintf("pmpt_%d", i)
		ok(t, s.CreatePrompt(ctx, prompt(id, "first")))
		p := promotion()
		p.Prompt.ID, p.Canary = id, 0.5
		must(s.EndRound(ctx, round(fmt.Sprintf("rnd_%d", i), 1), p))(t)
		ok(t, change(id))
		inUse := must(s.Prompt(ctx, id, 0))(t)
		r := must(s.Rollout(ctx, fmt.Sprintf("rol_%d", i)))(t)
		if r.State != rollout.Overruled || r.Ended.IsZero() || r.Reason != fmt.Sprintf("ann put version %d in use.", inUse.Version) {
			t.Errorf("%d: %+v", i, r)
		}
		r.State = rollout.Returned
		if must(s.EndRollout(ctx, r, "hone"))(t) {
			t.Errorf("%d: put back all the same", i)
		}
		same(t, must(s.Prompt(ctx, id, 0))(t), inUse)
	}
}

// Of a return and a person who come at once, one wins, and the person does in
// the end.
func testRolloutInParallel(t *testing.T, s Store) {
	ctx := t.Context()
	r := promoteOnTrial(t, s)
	r.State, r.Reason, r.Ended = rollout.Returned, "it is worse", at(60)
	var wait sync.WaitGroup
	ended := make([]bool, 4)
	errs := make([]error, 5)
	for i := range ended {
		wait.Go(func() { ended[i], errs[i] = s.EndRollout(ctx, r, "hone") })
	}
	wait.Go(func() { _, errs[4] = s.UsePrompt(ctx, "pmpt_1", 2, 0, "ann", "I want this one") })
	wait.Wait()
	for _, err := range errs {
		ok(t, err)
	}
	got := must(s.Rollout(ctx, r.ID))(t)
	n := 0
	for _, e := range ended {
		if e {
			n++
		}
	}
	if inUse := must(s.Prompt(ctx, "pmpt_1", 0))(t).Version; inUse != 2 || n > 1 || (n == 1) != (got.State == rollout.Returned) {
		t.Errorf("%d returns, version %d in use, %+v", n, inUse, got)
	}
}

// personAsked is a run of a person in a thread under a version of pmpt_1.
func personAsked(id, thread string, minute, version int) agent.Run {
	return agent.Run{
		Question: "How?", Origin: agent.FromHTTP,
		Answer: agent.Answer{
			ID: id, Thread: thread, Agent: "default", Status: agent.Answered, Answer: "So.", CreatedAt: at(minute),
			Prompt: agent.PromptRef{ID: "pmpt_1", Version: version}, Duration: 1.5,
		},
	}
}

func testRolloutThreads(t *testing.T, s Store) {
	ctx := t.Context()
	r := promoteOnTrial(t, s)
	failed, other, evaluated := personAsked("run_7", "thr_d", 12, 1), personAsked("run_8", "thr_e", 13, 1), personAsked("run_9", "thr_f", 14, 1)
	failed.Error, failed.Status = "the model failed", ""
	other.Agent, evaluated.Origin = "other", agent.FromEval
	for _, run := range []agent.Run{
		personAsked("run_1", "thr_old", 2, 1), personAsked("run_2", "thr_old", 8, 1), // began before
		personAsked("run_3", "thr_b", 10, 2), personAsked("run_4", "thr_a", 10, 1), personAsked("run_5", "thr_b", 30, 2), personAsked("run_6", "thr_c", 11, 2),
		failed, other, evaluated,
	} {
		ok(t, s.PutRun(ctx, run))
	}
	thread := func(id string, minute, version, last int) rollout.Thread {
		return rollout.Thread{Position: rollout.Position{At: at(minute), Thread: id}, Version: version, Status: agent.Answered, Seconds: 1.5, Last: at(last)}
	}
	a, b, c, d := thread("thr_a", 10, 1, 10), thread("thr_b", 10, 2, 30), thread("thr_c", 11, 2, 11), thread("thr_d", 12, 1, 12)
	d.Status, d.Failed = "", true
	for _, tc := range []struct {
		q    rollout.ThreadQuery
		want []rollout.Thread
	}{
		{rollout.ThreadQuery{Before: at(99), Limit: 9}, []rollout.Thread{a, b, c, d}},
		{rollout.ThreadQuery{Before: at(99), Limit: 2}, []rollout.Thread{a, b}},
		{rollout.ThreadQuery{Before: at(12), Limit: 9}, []rollout.Thread{a, b, c}},
		{rollout.ThreadQuery{After: a.Position, Before: at(99), Limit: 9}, []rollout.Thread{b, c, d}},
		{rollout.ThreadQuery{After: c.Position, Before: at(99), Limit: 9}, []rollout.Thread{d}},
	} {
		same(t, must(s.Threads(ctx, r, tc.q))(t), tc.want)
	}
	for thread, want := range map[string]int{"thr_old": 1, "thr_b": 2, "thr_new": 0} {
		got, first, err := s.RunningRollout(ctx, "pmpt_1", thread)
		ok(t, err)
		same(t, got, r)
		same(t, first, want)
	}
	same(t, must(s.UsualSeconds(ctx, r, 9))(t), []float64{1.5})
}

func testLiveGrades(t *testing.T, s Store) {
	ctx := t.Context()
	r := promoteOnTrial(t, s)
	g := rollout.Grade{
		Rollout: r.ID, Run: "run_1", Thread: "thr_1", Rubric: "hone.live/1", Judge: "offline", Score: 0.75, At: at(9),
		Checks: []rollout.Check{{ID: "answers", Pass: true, Weight: 0.6}},
	}
	ok(t, s.PutGrade(ctx, g))
	second := g
	second.Score = 0
	ok(t, s.PutGrade(ctx, second)) // the first one stays
	same(t, must(s.Grades(ctx, r.ID, "thr_1"))(t), []rollout.Grade{g})
	same(t, must(s.Grades(ctx, r.ID, "thr_2"))(t), nil)

	p := rollout.Pair{
		N: 1, Old: rollout.Half{Thread: "thr_1", Score: 0.75}, New: rollout.Half{Thread: "thr_2", Score: 0.5}, Difference: 0.25, E: 1.25,
		Through: rollout.Position{At: at(8), Thread: "thr_2"}, At: at(10),
	}
	ok(t, s.AddPair(ctx, r.ID, p))
	fails(t, s.AddPair(ctx, r.ID, p), fs.ErrExist, "pair 1")
	next := p
	next.N = 2
	ok(t, s.AddPair(ctx, r.ID, next))
	same(t, must(s.Pairs(ctx, r.ID))(t), []rollout.Pair{p, next})

	// With the prompt goes all that was found out about it.
	ok(t, s.DeletePrompt(ctx, "pmpt_1"))
	same(t, must(s.Pairs(ctx, r.ID))(t), nil)
	same(t, must(s.Grades(ctx, r.ID, "thr_1"))(t), nil)
}

func testOutbox(t *testing.T, s Store) {
	ctx := t.Context()
	notice := func(id string) rollout.Notice {
		return rollout.Notice{ID: id, Kind: rollout.NoticeReturned, Agent: "default", Text: "Put back.", Old: 1, New: 2, Rollout: "rol_1", At: at(1)}
	}
	for _, id := range []string{"b", "a"} {
		for _, way := range []string{"log", "webhook"} {
			if !must(s.PutNotice(ctx, way, notice(id)))(t) || must(s.PutNotice(ctx, way, notice(id)))(t) {
				t.Errorf("notice %s for %s is not kept once", id, way)
			}
		}
	}
	due := func(minute int) (ids []string) {
		for _, d := range must(s.DueNotices(ctx, "webhook", at(minute), 9))(t) {
			ids = append(ids, fmt.Sprintf("%s after %d", d.ID, d.Attempts))
		}
		return ids
	}
	same(t, due(0), nil)
	same(t, due(1), []string{"b after 0", "a after 0"})
	same(t, must(s.DueNotices(ctx, "webhook", at(1), 1))(t), []rollout.Delivery{{Notice: notice("b")}})
	ok(t, s.NoteDelivery(ctx, "webhook", "b", at(5)))
	ok(t, s.NoteDelivery(ctx, "webhook", "a", time.Time{}))
	same(t, due(4), nil)
	same(t, due(5), []string{"b after 1"})
	if must(s.PutNotice(ctx, "webhook", notice("a")))(t) {
		t.Error("a delivered notice is taken again")
	}
	if n := len(must(s.DueNotices(ctx, "log", at(9), 9))(t)); n != 2 {
		t.Errorf("%d notices for the log", n)
	}
	fails(t, s.NoteDelivery(ctx, "webhook", "none", at(1)), fs.ErrNotExist, "none")
}

func oldRollouts(t *testing.T, s Store) {
	ctx := t.Context()
	same(t, must(s.Rollout(ctx, "rol_old"))(t), rollout.Rollout{
		ID: "rol_old", Agent: "older", PromptID: "pmpt_old", Round: "rnd_old", Old: 1, New: 2, Share: 0.5, Horizon: 100,
		State: rollout.Settled, Reason: "nothing spoke against it", Started: at(0), Until: at(0).Add(rollout.Length), Ended: at(1),
	})
	same(t, must(s.Grades(ctx, "rol_old", "thr_a"))(t), []rollout.Grade{{
		Rollout: "rol_old", Run: "run_a", Thread: "thr_a", Rubric: "hone.live/1", Judge: "offline", Score: 0.75, At: at(0),
		Checks: []rollout.Check{{ID: "answers", Pass: true, Weight: 0.6}},
	}})
	same(t, must(s.Pairs(ctx, "rol_old"))(t), []rollout.Pair{{
		N: 1, Old: rollout.Half{Thread: "thr_a", Score: 0.75}, New: rollout.Half{Thread: "thr_b", Score: 0.5}, Difference: 0.25, E: 1.25,
		Through: rollout.Position{At: at(0), Thread: "thr_b"}, At: at(0),
	}})
	same(t, must(s.DueNotices(ctx, "webhook", at(1), 9))(t), []rollout.Delivery{{Attempts: 2, Notice: rollout.Notice{
		ID: "rol_old/settled", Kind: rollout.NoticeSettled, Agent: "older", Text: "Everyone gets it.", At: at(0),
	}}})
}
