package main

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/store/sqlite"
)

// A round that a request begins has a trace of its own, which is linked to the
// request's; nothing of it is in the request's. Its evaluations say which round,
// case and run they are, and sealed cases leave no trace.
func TestTraceOfARound(t *testing.T) {
	clearTelemetry(t)
	db := filepath.Join(t.TempDir(), "hone.db")
	t.Setenv("HONE_DATABASE_URL", "sqlite:"+db)
	t.Setenv("HONE_SPLIT_SEED", "1")
	hone(t, exitDone, "ingest", "--source=docs", "testdata/docs")
	hone(t, exitDone, "eval", "cases", "add", firstCases(t, 24))
	h := startServing(t, func(ctx context.Context, term terminal) int {
		return run(ctx, []string{"serve", "--addr=127.0.0.1:0", "--every=-1", "--mode=off"}, term)
	})
	const caller = "0af7651916cd43dd8448eb211c80319d"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/v1/rounds", strings.NewReader("{}"))
	noError(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Traceparent", "00-"+caller+"-b7ad6b7169203331-01")
	resp, err := h.http.Do(r)
	noError(t, err)
	noError(t, resp.Body.Close())
	if resp.StatusCode != http.StatusAccepted {
		t.Fatalf("status %d", resp.StatusCode)
	}
	var round eval.Round
	for round.ID == "" || round.State == eval.Running {
		time.Sleep(50 * time.Millisecond)
		round = decode[struct{ Data []eval.Round }](t, h.get("/v1/rounds")).Data[0]
	}
	h.stop()

	kept, err := openTraces(t.Context(), settings{DB: "sqlite:" + db})
	noError(t, err)
	defer kept.Close()
	request, err := kept.Trace(t.Context(), caller)
	noError(t, err)
	for _, s := range request {
		if strings.HasPrefix(s.Scope, "github.com/honehq/hone/eval") || s.Name == "invoke_agent default" {
			t.Errorf("%s is in the request's trace", s.Name)
		}
	}
	spans := traceNamed(t, kept, "improve default")
	root := spans[0]
	if len(root.Links) != 1 || root.Links[0].TraceID != caller || root.ParentID != "" {
		t.Errorf("the round's span has the links %+v and the parent %q", root.Links, root.ParentID)
	}
	checkRound(t, spans, round.ID, sealedCases(t, db))
}

// checkRound looks at the spans of a round's evaluations.
func checkRound(t *testing.T, spans []otel.Span, round string, sealed map[string]bool) {
	t.Helper()
	byID, runs := map[string]otel.Span{}, 0
	for _, s := range spans {
		byID[s.SpanID] = s
		checkListed(t, s)
	}
	for _, s := range spans {
		text := func(key string) string { v, _ := s.Attributes[key].(string); return v }
		if sealed[text("hone.case.id")] {
			t.Errorf("%s is of the sealed case %s", s.Name, text("hone.case.id"))
		}
		if s.Name != "invoke_agent default" {
			continue
		}
		runs++
		of := byID[s.ParentID]
		if text("hone.round.id") != round || text("hone.case.id") == "" || !strings.HasPrefix(text("hone.run.id"), "run_") ||
			of.Name != "evaluate_case" || of.Attributes["hone.case.id"] != s.Attributes["hone.case.id"] || of.Attributes["hone.round.id"] != round {
			t.Errorf("%s below %s has the attributes %v", s.Name, of.Name, s.Attributes)
		}
	}
	if runs == 0 {
		t.Error("no case was answered")
	}
}

func traceNamed(t *testing.T, kept *sqlite.Traces, name string) []otel.Span {
	t.Helper()
	list, err := kept.Traces(t.Context(), otel.TraceFilter{Limit: 1000})
	noError(t, err)
	for _, tr := range list {
		if tr.Name == name {
			spans, err := kept.Trace(t.Context(), tr.TraceID)
			noError(t, err)
			return spans
		}
	}
	t.Fatalf("no trace %s in %+v", name, list)
	return nil
}

func sealedCases(t *testing.T, path string) map[string]bool {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path)
	noError(t, err)
	defer db.Close()
	cases, err := db.Cases(t.Context(), eval.CaseFilter{Agent: "default", Split: eval.Sealed})
	noError(t, err)
	out := map[string]bool{}
	for _, c := range cases {
		out[c.ID] = true
	}
	if len(out) == 0 {
		t.Fatal("no case is sealed")
	}
	return out
}
