package live

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/calibrate"
	"github.com/honehq/hone/eval/rollout"
	"github.com/honehq/hone/prompts"
	"github.com/honehq/hone/store/sqlite"
)

// driven is a Hone with a model provider that has been through all that it measures.
type driven struct {
	*hone
	provider *provider
	db       string          // its path
	traces   map[string]bool // of its answers
}

// startDriven starts a Hone with a judge, a rewriter, embeddings, prices, cases and a prompt on
// trial, whose rounds run out of their budget at once.
func startDriven(t *testing.T) *driven {
	t.Helper()
	p := startProvider(t)
	db := filepath.Join(t.TempDir(), "hone.db")
	h := &hone{env: environment(t,
		"HONE_DATABASE_URL=sqlite:"+db, "HONE_API_KEY="+serverKey,
		"OPENAI_BASE_URL="+p.url, "OPENAI_API_KEY=provider-key", "HONE_MODEL=small", "HONE_JUDGE_MODEL=referee", "HONE_EMBED_MODEL=vectors",
		"HONE_LOCAL=notes="+filepath.Dir(write(t, "notes.md", "# Notes\n\nNothing yet.\n")),
		"HONE_PRICES="+write(t, "prices.json", `{"small": {"input": 2.5, "output": 10}, "referee": {"input": 1, "output": 2}, "vectors": {"input": 0.1, "output": 0.1}}`),
		"HONE_BUDGET_TOKENS=1000",
	)}
	h.run(t, "ingest", filepath.Join("..", "..", "sample", "docs"))
	h.run(t, "eval", "cases", "add", filepath.Join("..", "..", "sample", "cases.jsonl"))
	var first agent.Answer
	if err := json.Unmarshal(h.run(t, "--json", "ask", "How do I drain a node?"), &first); err != nil {
		t.Fatal(err)
	}
	onTrial(t, db, "first", first.Prompt)
	drifted(t, db, p.url)
	d := &driven{hone: h, provider: p, db: db, traces: map[string]bool{}}
	d.serve(t)
	return d
}

// onTrial has a round end in the promotion of another prompt than p.
func onTrial(t *testing.T, path, name string, p agent.PromptRef) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Now().UTC()
	_, err = db.EndRound(t.Context(), eval.Round{
		ID: "rnd_" + name, Agent: "default", State: eval.Promoted, PromptID: p.ID, Champion: p.Version, Started: now, Ended: now,
	}, &eval.Promotion{Prompt: prompts.Prompt{ID: p.ID, Text: "Be brief.", Author: "round " + name}, Based: p.Version, Canary: 0.5})
	if err != nil {
		t.Fatal(err)
	}
}

// anotherTrial ends the trial that runs, as a person would, and begins another one. Both is news.
func (d *driven) anotherTrial(t *testing.T) {
	t.Helper()
	var trials struct{ Data []rollout.Standing }
	d.send(t, http.MethodGet, "/v1/rollouts", "", "", &trials)
	if len(trials.Data) != 1 {
		t.Fatalf("%d trials, want 1", len(trials.Data))
	}
	d.run(t, "rollouts", "end", trials.Data[0].ID, "--keep")
	onTrial(t, d.db, "second", agent.PromptRef{ID: trials.Data[0].PromptID, Version: trials.Data[0].New})
}

// drifted notes that the judge grades otherwise than it did when it was calibrated.
func drifted(t *testing.T, path, provider string) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	at, err := url.Parse(provider)
	if err != nil {
		t.Fatal(err)
	}
	judge, err := eval.NewModelJudge(eval.ModelJudgeConfig{Client: openai.NewClient(), Model: "referee", Provider: at.Host})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	err = db.PutCalibration(t.Context(), calibrate.Calibration{
		Agent: "default", Judge: calibrate.KeyOf(judge.Describe()), MadeAt: now, Answers: 50, Checks: 100,
		Drift: &calibrate.Drift{At: now, Anchors: 20, Checks: 40, Flipped: 30, P: 1e-9, Reason: "it has drifted", Final: true},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// drive takes it through everything once.
func (d *driven) drive(t *testing.T) {
	t.Helper()
	for _, words := range []string{"", notThere, brokenTool, misquotes, fails} {
		answer := d.ask(t, "How do I drain a node? "+words)
		d.traces[answer.TraceID] = true
		want := map[string]agent.Status{notThere: agent.NotFound, fails: agent.Degraded}[words]
		if want == "" {
			want = agent.Answered
		}
		if answer.Status != want {
			t.Errorf("asked about %q it is %s: %s", words, answer.Status, answer.Answer)
		}
		rating := "down"
		if want == agent.Answered {
			rating = "up"
		}
		if status := d.post(t, "/v1/runs/"+answer.ID+"/feedback", fmt.Sprintf(`{"rating": %q}`, rating), nil); status != http.StatusCreated {
			t.Errorf("feedback: %d", status)
		}
	}
	if status := d.post(t, "/v1/responses", fmt.Sprintf(`{"model": "small", "input": %q}`, fails), nil); status < 500 {
		t.Errorf("a failing provider is answered with %d", status)
	}
	if status := d.post(t, "/v1/ask", `{"question": ""}`, nil); status != http.StatusBadRequest {
		t.Errorf("no question is answered with %d", status)
	}
	d.upload(t)
	_, ended := d.round(t)
	d.await(t, ended)
}

// hold asks a question whose answer comes at the test's end: until then something is under way.
func (d *driven) hold(t *testing.T) {
	t.Helper()
	request := d.request(t, http.MethodPost, "/v1/ask", "application/json", `{"question": "How do I drain a node? `+holds+`"}`)
	done := make(chan error)
	go func() {
		_, _, err := do(request)
		done <- err
	}()
	t.Cleanup(func() {
		close(d.provider.holding)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// upload puts a document into a store, and deletes it.
func (d *driven) upload(t *testing.T) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	file, err := w.CreateFormFile("file", "kettle.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(file, "# Kettle\n\nDescale it each month.\n"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.WriteField("purpose", "assistants"), w.Close()); err != nil {
		t.Fatal(err)
	}
	var uploaded struct{ ID string }
	d.send(t, http.MethodPost, "/v1/files", w.FormDataContentType(), form.String(), &uploaded)
	d.post(t, "/v1/vector_stores", fmt.Sprintf(`{"name": "kitchen", "file_ids": [%q]}`, uploaded.ID), nil)
	if status := d.send(t, http.MethodDelete, "/v1/files/"+uploaded.ID, "", "", nil); status != http.StatusOK {
		t.Errorf("deleting the file: %d", status)
	}
}

// round begins a round, and returns whether it has ended.
func (h *hone) round(t *testing.T) (id string, ended func() bool) {
	t.Helper()
	var round eval.Round
	if status := h.post(t, "/v1/rounds", `{}`, &round); status != http.StatusAccepted {
		t.Fatalf("no round begins: %d", status)
	}
	return round.ID, func() bool {
		h.send(t, http.MethodGet, "/v1/rounds/"+round.ID, "", "", &round)
		return round.State != eval.Running
	}
}

// startOffline starts a Hone without a model provider and embeddings, whose searches may find
// nothing, and whose rounds have all the time they want.
func startOffline(t *testing.T) *hone {
	t.Helper()
	h := startHone(t, "HONE_API_KEY="+serverKey)
	h.run(t, "eval", "cases", "add", filepath.Join("..", "..", "sample", "cases.jsonl"))
	return h
}

func driveOffline(t *testing.T, h *hone) {
	t.Helper()
	h.ask(t, "How do I drain a node?")
	h.ask(t, "Xyzzy plugh qwrtzsdf?")

	before := h.judged(t)
	id, ended := h.round(t)
	h.await(t, func() bool { return h.judged(t) != before || ended() })
	h.post(t, "/v1/rounds/"+id+"/cancel", "", nil) // unless it has just ended
	h.await(t, ended)
}

// judged are the lines that count what the judge was asked.
func (h *hone) judged(t *testing.T) string {
	t.Helper()
	_, metrics := h.exchange(t, http.MethodGet, "/metrics", "", "")
	return strings.Join(regexp.MustCompile(`(?m)^hone_model_calls_total{.*hone_role="judge",hone_status="done"} .*$`).FindAllString(string(metrics), -1), "\n")
}
