package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/rollout"
	"github.com/honehq/hone/prompts"
	"github.com/honehq/hone/store/sqlite"
)

// A promotion is announced, shared out among threads, shown, and ended by a
// person on the command line and over the API.
func TestRollouts(t *testing.T) {
	clearTelemetry(t)
	path := filepath.Join(t.TempDir(), "hone.db")
	t.Setenv("HONE_DATABASE_URL", "sqlite:"+path)
	t.Setenv("USER", "kim")
	docs := t.TempDir()
	if err := os.WriteFile(filepath.Join(docs, "rollback.md"), []byte("# Roll back checkout\n\nTo roll back checkout, run `deploy undo checkout`.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	hone(t, exitDone, "ingest", docs)
	if out, _ := hone(t, exitDone, "rollouts"); !strings.Contains(out, "No prompt was on trial yet") {
		t.Errorf("at first: %s", out)
	}

	// Everyone at the terminal sees what takes part.
	r := promoteOnTrial(t, path, "rnd_1")
	if out, _ := hone(t, exitDone, "rollouts"); !regexp.MustCompile(`running +v1 → v2 +0 of 100 +1 of 25 +` + r.ID).MatchString(out) {
		t.Errorf("listed as %s", out)
	}
	seen := map[string]bool{}
	for range 40 {
		out, _ := hone(t, exitDone, "ask", "How do I roll back checkout?")
		seen[regexp.MustCompile(`prompt v\d \([^)]*\)`).FindString(out)] = true
	}
	if len(seen) != 2 || !seen["prompt v2 (on trial)"] || !seen["prompt v1 (v2 is on trial in 50 % of threads)"] {
		t.Errorf("asked, it says %v", seen)
	}

	// A server tells about it, and shows it.
	told := make(chan rollout.Notice, 9)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var n rollout.Notice
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			t.Error(err)
		}
		told <- n
	}))
	defer hook.Close()
	t.Setenv("HONE_WEBHOOK_URL", hook.URL)
	h := startServer(t)
	if n := <-told; n.Kind != rollout.NoticePromoted || n.Rollout != r.ID || n.Old != 1 || n.New != 2 {
		t.Errorf("told %+v", n)
	}
	list := decode[struct{ Data []rollout.Standing }](t, h.get("/v1/rollouts"))
	if len(list.Data) != 1 || list.Data[0].ID != r.ID || list.Data[0].Needed != 25 {
		t.Errorf("the API lists %+v", list)
	}
	h.send(http.StatusOK, http.MethodPut, "/v1/prompts/"+r.PromptID+"/set-default-version", `{"version": 2}`)
	h.stop()
	if out, _ := hone(t, exitDone, "rollouts", "show", r.ID); !strings.Contains(out, "It ended as overruled") {
		t.Errorf("after a person's word: %s", out)
	}
	if _, err := hone(t, exitFailed, "rollouts", "end", r.ID, "--keep"); !strings.Contains(err, "the trial has ended") {
		t.Errorf("ended twice: %s", err)
	}

	// And a person ends trials either way.
	kept := promoteOnTrial(t, path, "rnd_2")
	if out, _ := hone(t, exitDone, "rollouts", "end", kept.ID, "--keep"); !strings.Contains(out, "gave version 3 to everyone") {
		t.Errorf("kept: %s", out)
	}
	back := promoteOnTrial(t, path, "rnd_3")
	hone(t, exitUsage, "rollouts", "end", back.ID)
	if out, _ := hone(t, exitDone, "--json", "rollouts", "end", back.ID, "--back"); decode[rollout.Rollout](t, out).State != rollout.Overruled {
		t.Errorf("back: %s", out)
	}
	if out, _ := hone(t, exitDone, "--json", "ask", "How do I roll back checkout?"); decode[agent.Answer](t, out).Prompt.Version != 3 {
		t.Errorf("answered by %s", out)
	}
	hone(t, exitFailed, "rollouts", "show", "rol_none")
	hone(t, exitUsage, "--canary=0", "improve")
	t.Setenv("HONE_WEBHOOK_URL", "ftp://secret")
	if _, err := hone(t, exitUsage, "serve", "--addr=127.0.0.1:0"); strings.Contains(err, "secret") {
		t.Errorf("it tells the URL: %s", err)
	}
}

// promoteOnTrial ends a round in a promotion.
func promoteOnTrial(t *testing.T, path, round string) rollout.Rollout {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	id, err := ensurePrompt(t.Context(), prompts.New(db), "default", agent.FirstPrompt)
	if err != nil {
		t.Fatal(err)
	}
	p, err := db.Prompt(t.Context(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	_, err = db.EndRound(t.Context(), eval.Round{
		ID: round, Agent: "default", State: eval.Promoted, PromptID: id, Champion: p.Version, Started: now, Ended: now,
	}, &eval.Promotion{Prompt: prompts.Prompt{ID: id, Text: p.Text + "\nBe brief.", Author: "round " + round}, Based: p.Version, Canary: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	r, err := db.Rollout(t.Context(), "rol_"+strings.TrimPrefix(round, "rnd_"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}
