package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"

	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/prices"
)

func TestProviderName(t *testing.T) {
	for url, want := range map[string]string{
		"https://api.openai.com/v1":                    "openai",
		"https://eu.api.openai.com/v1":                 "openai",
		"https://ours.openai.azure.com/openai/v1":      "azure.ai.openai",
		"https://openai.com.evil.example/v1":           "openai.com.evil.example",
		"https://ada:secret@LLM.example:8443/v1?key=k": "llm.example:8443",
		"http://127.0.0.1:11434/v1":                    "127.0.0.1:11434",
		"https://notx.ai/v1":                           "notx.ai",
		"":                                             "other",
		"://":                                          "other",
	} {
		if got := providerName(url); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

// Calls of models elsewhere are measured like those that our engine makes: each
// attempt, streamed or not, by how it ended.
func TestMeasureCalls(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	tel, err := otel.Setup(t.Context(), otel.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	list, err := prices.Parse([]byte(`{"m": {"input": 1000, "output": 0}}`))
	if err != nil {
		t.Fatal(err)
	}
	const usage = `"usage":{"input_tokens":100,"output_tokens":20,"total_tokens":120}`
	answers := []func(w http.ResponseWriter){
		func(w http.ResponseWriter) { say(w, "application/json", `{"id":"resp_1","output":[],`+usage+`}`) },
		func(w http.ResponseWriter) {
			say(w, "text/event-stream", "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"resp_2\","+usage+"}}\n\n")
		},
		func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) },
		func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) },
		func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		func(w http.ResponseWriter) {
			say(w, "application/json", `{"data":[{"index":0,"embedding":[1]}],"usage":{"prompt_tokens":7,"total_tokens":7}}`)
		},
	}
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
		answer := answers[0]
		answers = answers[1:]
		answer(w)
	}))
	defer provider.Close()
	client := openai.NewClient(option.WithBaseURL(provider.URL), option.WithAPIKey("k"), option.WithMaxRetries(0),
		option.WithMiddleware(measureCalls("openai", list)))
	ctx := otel.WithCaller(t.Context(), otel.Caller{Agent: "default", Origin: "http", Role: "agent"})
	params := responses.ResponseNewParams{Model: "m"}
	if _, err := client.Responses.New(ctx, params); err != nil {
		t.Error(err)
	}
	stream := client.Responses.NewStreaming(ctx, params)
	for stream.Next() { // to its end
	}
	if err := stream.Err(); err != nil {
		t.Error(err)
	}
	for range 3 {
		if _, err := client.Responses.New(ctx, params); err == nil {
			t.Error("a refusal is no error")
		}
	}
	embed := otel.WithCaller(ctx, otel.Caller{Role: "search"})
	if _, err := knowledge.NewEmbedder(client, "e").Embed(embed, []string{"text"}); err != nil {
		t.Error(err)
	}

	const chat, embedding = `gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="m"`,
		`gen_ai_operation_name="embeddings",gen_ai_provider_name="openai",gen_ai_request_model="e"`
	want := []string{
		`gen_ai_client_operation_duration_seconds_count{` + chat + `,hone_role="agent"} 2`,
		`gen_ai_client_operation_duration_seconds_count{` + embedding + `,hone_role="search"} 1`,
		`gen_ai_client_token_usage_sum{` + chat + `,gen_ai_token_type="input",hone_origin="http",hone_role="agent"} 200`,
		`gen_ai_client_token_usage_sum{` + chat + `,gen_ai_token_type="output",hone_origin="http",hone_role="agent"} 40`,
		`gen_ai_client_token_usage_sum{` + embedding + `,gen_ai_token_type="input",hone_origin="http",hone_role="search"} 7`,
		`hone_cost_total{gen_ai_agent_name="default",gen_ai_provider_name="openai",gen_ai_request_model="m",hone_origin="http",hone_role="agent"} 0.2`,
		`hone_model_active{gen_ai_provider_name="openai",gen_ai_request_model="e"} 0`,
		`hone_model_active{gen_ai_provider_name="openai",gen_ai_request_model="m"} 0`,
	}
	for failure, n := range map[string]int{"rate_limit_exceeded": 1, "provider_unavailable": 2} {
		want = append(want, fmt.Sprintf(`gen_ai_client_operation_duration_seconds_count{error_type=%q,`+chat+`,hone_role="agent"} %d`, failure, n))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, scraped(t, tel.Metrics, "gen_ai_client_operation_duration_seconds_count", "gen_ai_client_token_usage_sum", "hone_cost", "hone_model_active")); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

func say(w http.ResponseWriter, kind, body string) {
	w.Header().Set("Content-Type", kind)
	_, _ = io.WriteString(w, body) // a client that has gone is none of the test's
}

// scraped are the lines of /metrics that begin so, sorted.
func scraped(t *testing.T, metrics http.Handler, prefixes ...string) (lines []string) {
	t.Helper()
	w := httptest.NewRecorder()
	metrics.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(line, p) }) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	slices.Sort(lines)
	return lines
}
