package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/baggage"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/knowledge"
)

// remoteProvider embeds, and refuses to respond; it keeps what came with each
// request.
type remoteProvider struct {
	mu   sync.Mutex
	came []string // path, traceparent, baggage
}

func (p *remoteProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.came = append(p.came, fmt.Sprintf("%s %s %s", r.URL.Path, r.Header.Get("Traceparent"), r.Header.Get("Baggage")))
	p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	var q struct {
		Input []string `json:"input"`
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/embeddings") || json.Unmarshal(body, &q) != nil {
		w.Header().Set("X-Should-Retry", "false")
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, `{"error":{"message":"down","type":"server_error"}}`)
		return
	}
	var data []string
	for i := range q.Input {
		data = append(data, fmt.Sprintf(`{"object":"embedding","index":%d,"embedding":[1,0.5]}`, i))
	}
	fmt.Fprintf(w, `{"object":"list","model":"embedder-1","data":[%s],"usage":{"prompt_tokens":7,"total_tokens":7}}`, strings.Join(data, ","))
}

// Calls of a Responses API elsewhere and of an embedder are spans, which carry
// the trace and the caller's baggage.
func TestTraceGoesToARemoteBackend(t *testing.T) {
	clearTelemetry(t)
	p := &remoteProvider{}
	models := httptest.NewServer(p)
	defer models.Close()
	a, err := openApp(t.Context(), settings{
		DB: "sqlite:" + filepath.Join(t.TempDir(), "hone.db"), Agent: "default", Backend: "remote", Log: "error",
		Model: "small", EmbedModel: "embedder", BaseURL: models.URL + "/v1", APIKey: keyCanary,
	}, terminal{out: t.Output(), err: t.Output()})
	noError(t, err)
	defer func() { noError(t, a.Close()) }()
	if _, err := a.base.Sync(t.Context(), knowledge.SyncConfig{Source: "docs", Root: "testdata/docs"}); err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	p.came = nil
	p.mu.Unlock()
	tenant, err := baggage.Parse("tenant=acme")
	noError(t, err)
	answer, err := a.agent.Answer(baggage.ContextWithBaggage(t.Context(), tenant), agent.Question{
		Text: "How do I roll back checkout?", Origin: agent.FromHTTP, Access: knowledge.Access{All: true},
	})
	noError(t, err)
	if answer.Status != agent.Degraded {
		t.Errorf("answer %+v", answer)
	}
	a.telemetry.flush(t.Context())
	spans, err := a.telemetry.spans.Trace(t.Context(), answer.TraceID)
	noError(t, err)
	var want []string
	parents := map[string]string{}
	for _, s := range spans {
		parents[s.SpanID] = s.Name
		checkListed(t, s)
		if s.Name == "HTTP POST" {
			path := map[string]string{"chat small": "/v1/responses", "embeddings embedder": "/v1/embeddings"}[parents[s.ParentID]]
			want = append(want, fmt.Sprintf("%s 00-%s-%s-01 tenant=acme", path, s.TraceID, s.SpanID))
		}
	}
	slices.Sort(want)
	slices.Sort(p.came)
	if !slices.Equal(want, p.came) || len(want) < 2 || !strings.HasPrefix(want[len(want)-1], "/v1/responses") || !strings.HasPrefix(want[0], "/v1/embeddings") {
		t.Errorf("what came to the provider: %q, want %q", p.came, want)
	}
}
