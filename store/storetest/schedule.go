package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/honehq/hone/agent"
)

func testQuestionsCount(t *testing.T, s Store) {
	ctx := t.Context()
	same(t, must(s.QuestionsSinceRound(ctx, "default"))(t), 0)
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
	same(t, must(s.QuestionsSinceRound(ctx, "default"))(t), 8) // four origins, two outcomes
	same(t, must(s.QuestionsSinceRound(ctx, "other"))(t), 1)

	ok(t, s.ResetQuestions(ctx, "default"))
	ok(t, s.ResetQuestions(ctx, "nobody"))
	same(t, must(s.QuestionsSinceRound(ctx, "default"))(t), 0)
	same(t, must(s.QuestionsSinceRound(ctx, "other"))(t), 1)

	for _, err := range parallel(10, func(i int) error {
		return s.PutRun(ctx, run(fmt.Sprint("run_p", i), "thr_1", i))
	}) {
		ok(t, err)
	}
	same(t, must(s.QuestionsSinceRound(ctx, "default"))(t), 10)
}

func testTurns(t *testing.T, s Store) {
	ctx := t.Context()
	take := func(agent, owner string, ttl time.Duration) bool {
		t.Helper()
		return must(s.TakeTurn(ctx, agent, owner, ttl))(t)
	}
	same(t, take("default", "a", hour), true)
	same(t, take("default", "b", hour), false)
	same(t, take("default", "a", hour), true) // to prolong it
	same(t, take("other", "b", hour), true)

	ok(t, s.EndTurn(ctx, "default", "b")) // not b's to end
	same(t, take("default", "b", hour), false)
	ok(t, s.EndTurn(ctx, "default", "a"))
	same(t, take("default", "b", hour), true)
	ok(t, s.EndTurn(ctx, "nobody", "a"))

	// A turn that has run out is free, and its former owner has lost it.
	same(t, take("default", "b", time.Millisecond), true)
	for !take("default", "c", hour) {
		time.Sleep(time.Millisecond)
	}
	same(t, take("default", "b", hour), false)
	ok(t, s.EndTurn(ctx, "default", "b"))
	same(t, take("default", "a", hour), false)

	// Turns and questions keep out of each other's way.
	ok(t, s.PutRun(ctx, run("run_1", "thr_1", 1)))
	same(t, take("default", "a", hour), false)
	same(t, must(s.QuestionsSinceRound(ctx, "default"))(t), 1)
}
