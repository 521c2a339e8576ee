package main

import (
	"path/filepath"
	"testing"

	"github.com/honehq/hone/agents"
	"github.com/honehq/hone/eval"
)

// A process that works on a round learns what mode people set meanwhile, also
// by way of another process.
func TestModeIsReadWhileARoundRuns(t *testing.T) {
	clearTelemetry(t)
	s := settings{DB: "sqlite:" + filepath.Join(t.TempDir(), "hone.db"), Agent: "default", Backend: "embedded", Log: "error", Model: offlineModel, Canary: 1, LiveSample: 1}
	var apps [2]*app
	for i := range apps {
		a, err := openApp(t.Context(), s, terminal{out: t.Output(), err: t.Output()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
		apps[i] = a
	}
	worker := apps[0].unit
	set := func(based int, text string) {
		t.Helper()
		if _, err := apps[1].fleet.Replace(t.Context(), agents.Parse([]byte(text)), based, "kim"); err != nil {
			t.Fatal(err)
		}
	}
	now := func(want eval.Mode) {
		t.Helper()
		if got, err := worker.modeNow(t.Context()); err != nil || got != want {
			t.Errorf("mode %q, %v; want %q", got, err, want)
		}
	}
	now("")
	set(0, `{"agents": [{"name": "default"}, {"name": "other"}]}`)
	now("")
	set(1, `{"agents": [{"name": "default", "mode": "approve"}, {"name": "other"}]}`)
	now(eval.Approve)
	worker.settings.Agent = "other"
	set(2, `{"agents": [{"name": "default"}]}`)
	now(eval.Off) // whose agent is gone
}
