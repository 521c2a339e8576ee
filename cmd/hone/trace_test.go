package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/server"
)

// What must not get into traces.
const (
	questionCanary = "quokka-question"
	documentCanary = "numbat-document"
	answerCanary   = "potoroo-answer"
	keyCanary      = "sk-bilby-key-0123456789"
)

// tracedProvider speaks chat completions: it searches, lists the local files, and
// then answers.
type tracedProvider struct {
	t *testing.T

	mu      sync.Mutex
	parents []string // traceparent of each request
}

func (p *tracedProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.URL.Path != "/v1/chat/completions" {
		p.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	p.mu.Lock()
	p.parents = append(p.parents, r.Header.Get("Traceparent"))
	n := len(p.parents)
	p.mu.Unlock()
	if !bytes.Contains(body, []byte(questionCanary)) {
		p.t.Errorf("request %d lacks the question: %s", n, body)
	}
	delta, reason := `{"role":"assistant","content":"Drain it first, `+answerCanary+`【1】."}`, "stop"
	switch n {
	case 1:
		delta, reason = call("file_search", `{"queries":["`+questionCanary+` drain a node"]}`), "tool_calls"
	case 2:
		delta, reason = call("list_local_files", `{"directory":"notes"}`), "tool_calls"
	}
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprintf(w, `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"small-2026","choices":[{"index":0,"delta":%s,"finish_reason":null}]}`+"\n\n", delta)
	fmt.Fprintf(w, `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"small-2026","choices":[{"index":0,"delta":{},"finish_reason":%q}]}`+"\n\n", reason)
	fmt.Fprint(w, `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"small-2026","choices":[],"usage":{"prompt_tokens":70,"completion_tokens":7,"total_tokens":77}}`+"\n\n")
	fmt.Fprint(w, "data: [DONE]\n\n")
}

func call(tool, arguments string) string {
	quoted, err := json.Marshal(arguments)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"role":"assistant","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":%q,"arguments":%s}}]}`, tool, quoted)
}

// One question is one trace, from the caller's traceparent to the last
// statement and to the provider, and says nothing of what was asked and answered.
func TestTraceOfAQuestion(t *testing.T) {
	clearTelemetry(t)
	scripted := &tracedProvider{t: t}
	models := httptest.NewServer(scripted)
	defer models.Close()
	a := openTraced(t, models.URL)
	s, err := server.New(server.Config{Agents: []server.Asker{a.agent}, Runs: a.store, Sources: a.base, Eval: a.store, OpenAI: a.engine})
	if err != nil {
		t.Fatal(err)
	}
	hone := httptest.NewServer(s)
	defer hone.Close()

	const caller = "0af7651916cd43dd8448eb211c80319c"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, hone.URL+"/v1/ask",
		strings.NewReader(`{"question":"`+questionCanary+`: how do I drain a node?"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Traceparent", "00-"+caller+"-b7ad6b7169203331-00") // recorded although it says not to
	resp, err := hone.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer agent.Answer
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if answer.Status != agent.Answered || !strings.Contains(answer.Answer, answerCanary) || answer.TraceID != caller || len(answer.Citations) != 1 {
		t.Fatalf("answer %+v", answer)
	}
	hone.Close() // the server's span ends after the answer is sent
	a.telemetry.flush(t.Context())
	spans, err := a.telemetry.spans.Trace(t.Context(), caller)
	if err != nil {
		t.Fatal(err)
	}

	want := strings.TrimSpace(`
POST /v1/ask
  check request
  invoke_agent default
    check question
    sql
    fetch_prompt
      sql
    sql
    turn 1
      create_response
        fetch_prompt
          sql
        chat small
          HTTP POST
        execute_tool file_search
          search_knowledge
            sql
        chat small
          HTTP POST
    execute_tool list_local_files
    turn 2
      create_response
        fetch_prompt
          sql
        chat small
          HTTP POST
    check citations
    check answer
    sql
`)
	if diff := cmp.Diff(want, outline(spans)); diff != "" {
		t.Errorf("trace (-want +got):\n%s", diff)
	}
	if spans[0].ParentID != "b7ad6b7169203331" {
		t.Errorf("the parent of %s is %q, want the caller's span", spans[0].Name, spans[0].ParentID)
	}
	checkCallsOut(t, scripted, spans)
	checkSecrets(t, spans)
	checkMetrics(t, a)
}

// A provider's refusal may quote what it was sent, and stays out of the trace.
func TestTraceOfARefusal(t *testing.T) {
	clearTelemetry(t)
	models := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"error":{"message":"can't take %s nor %s","type":"invalid_request_error","code":null,"param":null}}`,
			questionCanary, documentCanary)
	}))
	defer models.Close()
	a := openTraced(t, models.URL)
	answer, err := a.agent.Answer(t.Context(), agent.Question{
		Text: questionCanary + ": how do I drain a node?", Origin: agent.FromHTTP, Access: knowledge.Access{All: true},
	})
	if err != nil || answer.Status != agent.Degraded || !strings.Contains(answer.Note, questionCanary) {
		t.Fatalf("answer %+v, error %v", answer, err)
	}
	a.telemetry.flush(t.Context())
	spans, err := a.telemetry.spans.Trace(t.Context(), answer.TraceID)
	if err != nil {
		t.Fatal(err)
	}
	failed := map[string]bool{}
	for _, s := range spans {
		failed[s.Name] = failed[s.Name] || s.Status == "error"
	}
	want := map[string]bool{"chat small": true, "HTTP POST": true, "chat offline": false, "search_knowledge": false}
	for name, want := range want {
		if got, there := failed[name]; !there || got != want {
			t.Errorf("span %s is there %t, failed %t; want failed %t", name, there, got, want)
		}
	}
	checkSecrets(t, spans)
}

// openTraced is a Hone with a document and a provider.
func openTraced(t *testing.T, models string) *app {
	t.Helper()
	return openTracedOn(t, "sqlite:"+filepath.Join(t.TempDir(), "hone.db"), models)
}

// openTracedOn is openTraced on a database.
func openTracedOn(t *testing.T, db, models string) *app {
	t.Helper()
	dir := t.TempDir()
	docs, notes := filepath.Join(dir, "docs"), filepath.Join(dir, "notes")
	for _, d := range []string{docs, notes} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d, "drain.md"), []byte("# Drain a node\n\nDrain a node first, "+documentCanary+".\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, err := openApp(t.Context(), settings{
		DB: db, Agent: "default", Backend: "embedded", Log: "warn",
		Model: "small", BaseURL: models + "/v1", APIKey: keyCanary, Local: map[string]string{"notes": notes},
	}, terminal{out: t.Output(), err: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := a.base.Sync(t.Context(), knowledge.SyncConfig{Source: "docs", Root: docs}); err != nil {
		t.Fatal(err)
	}
	return a
}

// outline is the tree of names in the order in which spans started. Statements
// in a row are one line: which they are is the store's business.
func outline(spans []otel.Span) string {
	var lines []string
	for _, r := range otel.Waterfall(spans, 0) {
		label := r.Label
		if strings.HasPrefix(label, "sql ") {
			label = "sql"
		}
		line := strings.Repeat("  ", len([]rune(r.Tree))/3) + label
		if len(lines) == 0 || lines[len(lines)-1] != line || label != "sql" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// checkCallsOut tells whether each request to the provider bears the trace and
// the span that it was made in.
func checkCallsOut(t *testing.T, p *tracedProvider, spans []otel.Span) {
	t.Helper()
	var want []string
	for _, s := range spans {
		if s.Name == "HTTP POST" {
			want = append(want, "00-"+s.TraceID+"-"+s.SpanID+"-01")
		}
	}
	if diff := cmp.Diff(want, p.parents); diff != "" {
		t.Errorf("traceparents at the provider (-want +got):\n%s", diff)
	}
}

func checkSecrets(t *testing.T, spans []otel.Span) {
	t.Helper()
	for _, s := range spans {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, canary := range []string{questionCanary, documentCanary, answerCanary, keyCanary} {
			if bytes.Contains(b, []byte(canary)) {
				t.Errorf("span %s holds %s: %s", s.Name, canary, b)
			}
		}
	}
}

func checkMetrics(t *testing.T, a *app) {
	t.Helper()
	w := httptest.NewRecorder()
	a.telemetry.metrics.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	provider := `gen_ai_provider_name="` + strings.TrimSuffix(strings.TrimPrefix(a.settings.BaseURL, "http://"), "/v1") + `"`
	for _, want := range []string{
		`hone_answers_total{gen_ai_agent_name="default",` + provider + `,gen_ai_request_model="small",hone_origin="http",hone_status="answered"} 1`,
		`hone_tool_calls_total{gen_ai_tool_name="file_search",hone_origin="http",hone_status="done"} 1`,
		`hone_tool_calls_total{gen_ai_tool_name="list_local_files",hone_origin="http",hone_status="done"} 1`,
		`hone_searches_total{hone_origin="http",hone_search_outcome="found"} 1`,
		`hone_checks_total{hone_check="citations",hone_check_outcome="passed"} 1`,
		`gen_ai_client_token_usage_sum{gen_ai_operation_name="chat",` + provider + `,gen_ai_request_model="small",gen_ai_token_type="output",hone_origin="http",hone_role="agent"} 21`,
	} {
		if !strings.Contains(w.Body.String(), want+"\n") {
			t.Errorf("no metric %s", want)
		}
	}
	if t.Failed() {
		t.Logf("metrics:\n%s", w.Body)
	}
}

// clearTelemetry takes away what the machine exports, and lets no test read a
// person's own data folder.
func clearTelemetry(t *testing.T) {
	t.Helper()
	for _, setting := range os.Environ() {
		name, _, _ := strings.Cut(setting, "=")
		if strings.HasPrefix(name, "OTEL_") || strings.HasPrefix(name, "HONE_") && name != "HONE_SHARED" && name != "HONE_TEST_POSTGRES" {
			t.Setenv(name, "") // so that it comes back
			os.Unsetenv(name)
		}
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_DATA_HOME", filepath.Join(home, "data"))
}
