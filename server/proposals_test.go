package server_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/harvest"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/server"
)

// oneDesk is the desk of the only agent.
type oneDesk struct{ *harvest.Desk }

func (d oneDesk) Proposed(ctx context.Context, agent string) ([]harvest.Proposal, error) {
	if agent != "default" {
		return nil, fs.ErrNotExist
	}
	return d.Desk.Proposed(ctx)
}

func (d oneDesk) AcceptCase(ctx context.Context, _, id string, edited *eval.Case) (eval.Admitted, error) {
	return d.Accept(ctx, id, edited)
}

func (d oneDesk) DeclineCase(ctx context.Context, _, id string) error { return d.Decline(ctx, id) }

func withDesk(c *server.Config) {
	base := c.Sources.(*knowledge.Base)
	desk, err := harvest.New(harvest.Config{
		Store: c.Eval.(harvest.Store), Agent: "default", Documents: base,
		Sources: func(ctx context.Context) ([]string, error) {
			sources, err := base.Sources(ctx)
			var ids []string
			for _, s := range sources {
				ids = append(ids, s.ID)
			}
			return ids, err
		},
	})
	if err != nil {
		panic(err) // of the test's own making
	}
	c.Harvest = oneDesk{desk}
}

// ask sends a request and returns the status and the body.
func (w *world) ask(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func (w *world) wants(t *testing.T, status int, part, method, path, body string) {
	t.Helper()
	if got, said := w.ask(t, method, path, body); got != status || !strings.Contains(said, part) {
		t.Errorf("%s %s was answered %d %s, want %d and %q", method, path, got, said, status, part)
	}
}

func TestProposedCasesOverHTTP(t *testing.T) {
	w := newWorld(t, redis, withDesk)
	w.wants(t, 200, `"data":[]`, "GET", "/v1/cases/proposed", "")
	w.wants(t, 200, "", "POST", "/v1/ask", `{"question":"How is a replica promoted?"}`)
	w.wants(t, 201, "", "POST", "/v1/runs/run_1/feedback", `{"rating":"down","correction":"Run redis-cli REPLICAOF NO ONE on the replica."}`)
	w.wants(t, 200, `"any_of":["redis-cli REPLICAOF NO ONE"]`, "GET", "/v1/cases/proposed", "")
	w.wants(t, 200, `"docs":["runbooks/redis.md"]`, "GET", "/v1/cases/proposed", "")
	w.wants(t, 404, "agent", "GET", "/v1/cases/proposed?agent=other", "")
	w.wants(t, 400, "agnt", "GET", "/v1/cases/proposed?agnt=x", "")

	open, err := w.db.Proposals(t.Context(), "default")
	if err != nil || len(open) != 1 {
		t.Fatalf("open %+v, %v", open, err)
	}
	path := "/v1/cases/" + open[0].ID
	w.wants(t, 400, `"param":"case"`, "POST", path+"/accept", `{"case":{"id":"x","question":"Q?"}}`)
	w.wants(t, 400, "nugets", "POST", path+"/accept", `{"case":{"id":"x","question":"Q?","nugets":[]}}`)
	w.wants(t, 405, "", "GET", path+"/accept", "")
	w.wants(t, 200, `"added":1`, "POST", path+"/accept", "")
	w.wants(t, 404, "proposal", "POST", path+"/accept", "")
	w.wants(t, 404, "proposal", "POST", path+"/decline", "")
	w.wants(t, 200, open[0].ID, "GET", "/v1/cases", "")
	w.wants(t, 404, "", "POST", "/v1/cases/nowhere/decline", "")
}

// What would connect splits is refused as a conflict and stays open.
func TestAcceptingMayConflict(t *testing.T) {
	w := newWorld(t, redis, withDesk)
	w.evaluations(t) // a dev case asks who owns Redis
	w.wants(t, 200, "", "POST", "/v1/ask", `{"question":"Who owns Redis?"}`)
	if err := w.db.AddFeedback(t.Context(), "run_1", agent.Feedback{Rating: "down", Correction: "The team called Platform SRE."}); err != nil {
		t.Fatal(err)
	}
	w.wants(t, 200, "Platform", "GET", "/v1/cases/proposed", "")
	open, err := w.db.Proposals(t.Context(), "default")
	if err != nil || len(open) != 1 {
		t.Fatalf("open %+v, %v", open, err)
	}
	w.wants(t, 409, "another split", "POST", "/v1/cases/"+open[0].ID+"/accept", "")
	w.wants(t, 204, "", "POST", "/v1/cases/"+open[0].ID+"/decline", "")
	if _, err := w.db.Proposal(t.Context(), "default", open[0].ID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

// They are guarded as all that writes is.
func TestProposalsNeedAKey(t *testing.T) {
	w := newWorld(t, redis, func(c *server.Config) {
		withDesk(c)
		c.Keys = []string{"0123456789abcdef"}
	})
	for _, path := range []string{"/v1/cases/x/accept", "/v1/cases/x/decline"} {
		w.wants(t, 401, "key", "POST", path, "")
	}
	w.wants(t, 401, "key", "GET", "/v1/cases/proposed", "")
	plain := newWorld(t, redis, nil)
	plain.wants(t, 404, "proposed", "GET", "/v1/cases/proposed", "")
}
