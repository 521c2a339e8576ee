package storetest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
)

func testQuestionsCount(t *testing.T, s Store) {
	ctx := t.Context()
	counted(t, s, "default", 0, 0)
	n := 0
	put := func(origin agent.Origin, status agent.Status, failure, name string) {
		n++
		r := run(fmt.Sprint("run_", n), "thr_1", n)
		r.Origin, r.Status, r.Error, r.Agent = origin, status, failure, name
		ok(t, s.PutRun(ctx, r))
	}
	for _, origin := range []agent.Origin{agent.FromHTTP, agent.FromCLI, agent.FromSlack, agent.FromDemo, agent.FromEval} {
		put(origin, agent.Answered, "", "default")
		put(origin, agent.NotFound, "", "default")
		put(origin, agent.Degraded, "", "default")
		put(origin, "", "failed", "default")
	}
	put(agent.FromHTTP, agent.Answered, "", "other")
	counted(t, s, "default", 8, 0) // four origins, two outcomes
	counted(t, s, "other", 1, 0)

	for _, err := range parallel(10, func(i int) error {
		return s.PutRun(ctx, run(fmt.Sprint("run_p", i), "thr_1", i))
	}) {
		ok(t, err)
	}
	counted(t, s, "default", 18, 0)

	fails(t, s.PutRun(ctx, run("run_1", "thr_1", 1)), fs.ErrExist, "run_1")
	counted(t, s, "default", 18, 0)
}

// counted checks a count of questions.
func counted(t testing.TB, s Store, name string, questions, claimed int) {
	t.Helper()
	c := must(s.Count(t.Context(), name))(t)
	same(t, [2]int{c.Questions, c.Claimed}, [2]int{questions, claimed})
}

// asked puts n runs.
func asked(t testing.TB, s Store, name, prefix string, n int) {
	t.Helper()
	for i := range n {
		r := run(fmt.Sprint(prefix, i), "thr_1", i)
		r.Agent = name
		ok(t, s.PutRun(t.Context(), r))
	}
}

// running is a round that has just begun.
func running(id string, n int) eval.Round {
	r := round(id, n)
	r.State, r.Ended, r.Verdict = eval.Running, time.Time{}, ""
	return r
}

// ended ends a round as it was begun.
func ended(ctx context.Context, s Store, r eval.Round, state eval.State) error {
	r.State = state
	_, err := s.EndRound(ctx, r, nil)
	return err
}

// testBeginRound begins rounds for questions: whole multiples are taken, and
// what remains, and what comes while a round is open, counts for the next one.
func testBeginRound(t *testing.T, s Store) {
	ctx := t.Context()
	claim := eval.Claim{Every: 5}
	fails(t, s.BeginRound(ctx, running("rnd_0", 0), claim), eval.ErrNotDue, "rnd_0")
	asked(t, s, "default", "a", 4)
	asked(t, s, "other", "o", 7)
	fails(t, s.BeginRound(ctx, running("rnd_0", 0), claim), eval.ErrNotDue, "rnd_0")
	_, err := s.OpenRound(ctx, "default")
	fails(t, err, fs.ErrNotExist, "default")

	asked(t, s, "default", "b", 9)
	r := running("rnd_1", 1)
	ok(t, s.BeginRound(ctx, r, claim))
	counted(t, s, "default", 3, 10)
	same(t, must(s.OpenRound(ctx, "default"))(t).ID, "rnd_1")

	asked(t, s, "default", "c", 4)
	fails(t, s.BeginRound(ctx, running("rnd_2", 2), claim), eval.ErrBusy, "rnd_2")
	fails(t, s.BeginRound(ctx, running("rnd_2", 2), eval.Claim{}), eval.ErrBusy, "rnd_2")
	counted(t, s, "default", 7, 10)
	ok(t, ended(ctx, s, r, eval.Waiting))
	fails(t, s.BeginRound(ctx, running("rnd_2", 2), claim), eval.ErrWaiting, "rnd_2")
	counted(t, s, "default", 7, 10)
	ok(t, ended(ctx, s, r, eval.Rejected))

	r = running("rnd_3", 3)
	ok(t, s.BeginRound(ctx, r, eval.Claim{})) // a person's demand takes nothing
	counted(t, s, "default", 7, 10)
	ok(t, ended(ctx, s, r, eval.Failed))
	ok(t, s.BeginRound(ctx, running("rnd_4", 4), claim))
	counted(t, s, "default", 2, 15)
	counted(t, s, "other", 7, 0)
}

// testBeginRoundInParallel has many replicas begin the same round, while
// questions come.
func testBeginRoundInParallel(t *testing.T, s Store) {
	ctx := t.Context()
	const replicas, every, rounds = 6, 5, 8
	asked(t, s, "default", "a", every)
	total := every
	for n := range rounds {
		errs := parallel(replicas+every, func(i int) error {
			if i >= replicas {
				return s.PutRun(ctx, run(fmt.Sprintf("run_%d_%d", n, i), "thr_1", i))
			}
			return s.BeginRound(ctx, running(fmt.Sprintf("rnd_%d_%d", n, i), n), eval.Claim{Every: every})
		})
		oneWins(t, errs[:replicas], eval.ErrBusy)
		for _, err := range errs[replicas:] {
			ok(t, err)
		}
		total += every
		c := must(s.Count(ctx, "default"))(t)
		if c.Questions+c.Claimed != total || c.Claimed%every != 0 {
			t.Fatalf("%d questions are counted as %+v", total, c)
		}
		r := must(s.OpenRound(ctx, "default"))(t)
		ok(t, ended(ctx, s, r, eval.NoBetter))
		if c.Questions < every { // the round took these questions, too
			asked(t, s, "default", fmt.Sprint("more", n, "_"), every)
			total += every
		}
	}
}

// testCron settles cron times: each is claimed once.
func testCron(t *testing.T, s Store) {
	ctx := t.Context()
	settled := func() time.Time { t.Helper(); return must(s.Count(ctx, "default"))(t).Settled }
	same(t, settled(), time.Time{})
	fails(t, s.BeginRound(ctx, running("rnd_0", 0), eval.Claim{Cron: at(9), Settled: at(1)}), eval.ErrNotDue, "rnd_0")
	ok(t, s.SettleCron(ctx, "default", at(1)))
	ok(t, s.SettleCron(ctx, "default", at(5))) // it was settled: nothing changes
	same(t, settled(), at(1))
	asked(t, s, "default", "a", 3)

	lost := errors.Join(eval.ErrBusy, eval.ErrNotDue)
	oneWins(t, parallel(6, func(i int) error {
		err := s.BeginRound(ctx, running(fmt.Sprint("rnd_", i), i), eval.Claim{Cron: at(9 + i), Settled: at(1)})
		if errors.Is(err, eval.ErrBusy) {
			return lost
		}
		return err
	}), lost)
	if got := settled(); got.Before(at(9)) {
		t.Errorf("settled up to %s", got)
	}
	ok(t, ended(ctx, s, must(s.OpenRound(ctx, "default"))(t), eval.NoBetter))
	fails(t, s.BeginRound(ctx, running("rnd_7", 7), eval.Claim{Cron: at(20), Settled: at(1)}), eval.ErrNotDue, "rnd_7")
	ok(t, s.BeginRound(ctx, running("rnd_8", 8), eval.Claim{Cron: at(20), Settled: settled()}))
	same(t, settled(), at(20))
	counted(t, s, "default", 3, 0)

	// What is claimed is claimed as a whole.
	ok(t, ended(ctx, s, must(s.OpenRound(ctx, "default"))(t), eval.NoBetter))
	fails(t, s.BeginRound(ctx, running("rnd_9", 9), eval.Claim{Every: 2, Cron: at(30), Settled: at(1)}), eval.ErrNotDue, "rnd_9")
	counted(t, s, "default", 3, 0)
}

func testTurns(t *testing.T, s Store) {
	ctx := t.Context()
	take := func(agent, owner string, ttl time.Duration) bool {
		t.Helper()
		return must(s.TakeTurn(ctx, agent, owner, ttl))(t)
	}
	taken := func(agent string) bool { t.Helper(); return must(s.TurnTaken(ctx, agent))(t) }
	same(t, taken("default"), false)
	same(t, take("default", "a", hour), true)
	same(t, taken("default"), true)
	same(t, taken("other"), false)
	same(t, take("default", "b", hour), false)
	same(t, take("default", "a", hour), true) // to prolong it
	same(t, take("other", "b", hour), true)

	ok(t, s.EndTurn(ctx, "default", "b")) // not b's to end
	same(t, take("default", "b", hour), false)
	ok(t, s.EndTurn(ctx, "default", "a"))
	same(t, taken("default"), false)
	same(t, take("default", "b", hour), true)
	ok(t, s.EndTurn(ctx, "nobody", "a"))

	// A turn that has run out is free, and its former owner has lost it.
	same(t, take("default", "b", time.Millisecond), true)
	for taken("default") {
		time.Sleep(time.Millisecond)
	}
	same(t, take("default", "c", hour), true)
	same(t, take("default", "b", hour), false)
	ok(t, s.EndTurn(ctx, "default", "b"))
	same(t, take("default", "a", hour), false)

	// Turns and questions keep out of each other's way.
	ok(t, s.PutRun(ctx, run("run_1", "thr_1", 1)))
	same(t, take("default", "a", hour), false)
	counted(t, s, "default", 1, 0)
}
