package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/agents"
	"github.com/honehq/hone/knowledge"
)

// A replica that runs takes over what another one changed: whole, without a
// restart, and work for agents that are gone ends.
func TestReplicaTakesAgentsOver(t *testing.T) {
	clearTelemetry(t)
	s := settings{
		DB: "sqlite:" + filepath.Join(t.TempDir(), "hone.db"), Agent: "default", Backend: "embedded", Log: "error",
		Model: offlineModel, Canary: 1, LiveSample: 1,
	}
	open := func() *app {
		t.Helper()
		a, err := openApp(t.Context(), s, terminal{out: t.Output(), err: t.Output()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
		return a
	}
	one, other := open(), open()
	ctx, stop := context.WithCancel(t.Context())
	background, err := other.fleet.background(ctx, schedule{Mode: "auto", Every: -1})
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		if err := background.run(ctx); err != nil {
			t.Error(err)
		}
	})
	defer running.Wait()
	defer stop()

	before, err := other.fleet.unit(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	set := agents.Parse([]byte(`{"agents": [{"name": "default", "asks": ["payments"]}, {"name": "payments", "description": "Pays.", "prompt": "You pay."}]}`))
	if _, err := one.fleet.Replace(t.Context(), set, 0, "kim"); err != nil {
		t.Fatal(err)
	}
	if _, err := one.fleet.unit(t.Context(), "payments"); err != nil {
		t.Errorf("not in force where it was changed: %v", err)
	}
	await(t, func() bool { _, err := other.fleet.unit(t.Context(), "payments"); return err == nil })
	after, err := other.fleet.unit(t.Context(), "default")
	if err != nil || len(after.asks) != 1 || after.asks[0].settings.Agent != "payments" {
		t.Errorf("default asks %+v, %v", after, err)
	}
	// Who holds the agent as it was goes on with it.
	if len(before.asks) != 0 {
		t.Error("a unit changed")
	}
	if _, err := before.agent.Answer(t.Context(), agent.Question{Text: "why?", Access: knowledge.Access{All: true}}); err != nil {
		t.Error(err)
	}

	if _, err := one.fleet.Replace(t.Context(), agents.Parse([]byte(`{"agents": [{"name": "default"}]}`)), 1, "kim"); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool {
		_, err := other.fleet.unit(t.Context(), "payments")
		return errors.Is(err, fs.ErrNotExist)
	})
}

// await waits until something has happened in the background.
func await(t *testing.T, happened func() bool) {
	t.Helper()
	for !happened() {
		if t.Context().Err() != nil {
			t.Fatal("it never happened")
		}
		time.Sleep(10 * time.Millisecond)
	}
}
