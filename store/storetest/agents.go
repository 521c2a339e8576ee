package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/honehq/hone/agents"
)

// someAgents are agents that use every field, and one that uses none.
func someAgents(description string) []agents.Agent {
	return []agents.Agent{
		{Name: "default"},
		{
			Name: "payments", Description: description, Model: "small", JudgeModel: "big", RewriteModel: "big",
			Prompt: "Say \"no\" in Zürich.", Sources: []string{"runbooks"}, Local: []string{}, Asks: []string{"default"},
			Mode: agents.Approve, Every: agents.Never, Cron: "0 4 * * 1", Canary: 0.1,
			Budget: agents.Budget{Tokens: 1 << 40, USD: 2.5},
			Limits: agents.Limits{Turns: 3, ToolCalls: 4, Tokens: 5, Time: agents.Duration(90 * time.Second)},
		},
	}
}

func testAgentSets(t *testing.T, s Store) {
	ctx := t.Context()
	same(t, must(s.AgentSet(ctx))(t), agents.Set{From: agents.FromStore})
	same(t, must(s.AgentSetVersion(ctx))(t), 0)

	first := must(s.PutAgentSet(ctx, agents.Set{Agents: someAgents("first"), Author: "kim"}))(t)
	same(t, first, agents.Set{Version: 1, From: agents.FromStore, Agents: someAgents("first"), Author: "kim", At: first.At})
	got := must(s.AgentSet(ctx))(t)
	same(t, got, first)
	if got.Agents[1].Local == nil || got.Agents[0].Local != nil {
		t.Errorf("an empty list and none are not the same: %#v", got.Agents)
	}

	for _, based := range []int{0, 2} {
		_, err := s.PutAgentSet(ctx, agents.Set{Version: based, Agents: someAgents("stale")})
		fails(t, err, agents.ErrStale, fmt.Sprint("version ", based))
	}
	same(t, must(s.AgentSet(ctx))(t), first)

	second := must(s.PutAgentSet(ctx, agents.Set{Version: 1, Agents: someAgents("second")}))(t)
	same(t, must(s.AgentSet(ctx))(t), second)
	same(t, must(s.AgentSetVersion(ctx))(t), 2)
}

func testAgentSetsInParallel(t *testing.T, s Store) {
	ctx := t.Context()
	won := 0
	for _, err := range parallel(8, func(i int) error {
		_, err := s.PutAgentSet(ctx, agents.Set{Agents: someAgents(fmt.Sprint(i))})
		return err
	}) {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, agents.ErrStale):
			t.Error(err)
		}
	}
	same(t, won, 1)
	same(t, must(s.AgentSetVersion(ctx))(t), 1)
}
