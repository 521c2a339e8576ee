package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/agents"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/prompts"
)

// Words that stand in the documents of one agent only.
const (
	paymentsCanary = "numbat"
	networkCanary  = "quokka"
)

const threeAgents = `
agents:
  - name: default
    sources: []
    local: []
    asks: [payments, network]
  - name: payments
    description: Knows refunds and the payment services.
    sources: [payments]
    local: [payments-notes]
    prompt: You know payments.
  - name: network
    description: Knows routers, links and the network.
    sources: [network]
    local: [network-notes]
    mode: approve
`

// openAgents is a Hone with three agents, of which the first asks the others.
func openAgents(t *testing.T, change func(*settings)) *app {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("agents.yaml", threeAgents)
	write("payments/refunds.md", "# How long a refund takes\n\nA refund takes 5 banking days after it was approved, says "+paymentsCanary+".\nOnly a lead may force a refund with `refundctl force`.\n")
	write("network/routers.md", "# Routers\n\nA border router is restarted with `routerctl restart`, says "+networkCanary+".\nIt takes 40 seconds until the router routes again.\n")
	write("payments-notes/disputing-a-chargeback.md", "# Disputing a chargeback\n\nA chargeback of a bank is disputed with `refundctl dispute --all`, says "+paymentsCanary+".\n")
	write("network-notes/flush-name-servers.md", "# Flush the name servers\n\nThe cache of the name servers is flushed with `dnsctl flush --all`, says "+networkCanary+".\n")
	s := settings{
		DB: "sqlite:" + filepath.Join(dir, "hone.db"), Agent: "default", Agents: filepath.Join(dir, "agents.yaml"),
		Backend: "embedded", Log: "warn", Model: offlineModel, Canary: 1, LiveSample: 1,
		Local: map[string]string{"payments-notes": filepath.Join(dir, "payments-notes"), "network-notes": filepath.Join(dir, "network-notes")},
	}
	if change != nil {
		change(&s)
	}
	a, err := openApp(t.Context(), s, terminal{out: t.Output(), err: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, source := range []string{"payments", "network"} {
		if _, err := a.base.Sync(t.Context(), knowledge.SyncConfig{Source: source, Root: filepath.Join(dir, source)}); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func (a *app) asks(t *testing.T, name, question string) agent.Answer {
	t.Helper()
	u, err := a.fleet.unit(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := u.agent.Answer(t.Context(), agent.Question{Text: question, Origin: agent.FromHTTP, Access: knowledge.Access{All: true}})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// verbatim checks that quotes stand in the files that are named, at the lines
// that are named.
func (a *app) verbatim(t *testing.T, answer agent.Answer) {
	t.Helper()
	for _, c := range answer.Citations {
		content, err := a.store.FileContent(t.Context(), c.FileID)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(string(content), "\n")
		if c.Lines[0] < 1 || c.Lines[1] > len(lines) || !strings.Contains(strings.Join(lines[c.Lines[0]-1:c.Lines[1]], ""), c.Quote) {
			t.Errorf("%q does not stand in lines %v of %s", c.Quote, c.Lines, c.Path)
		}
	}
}

// invocations are the spans of agents and of asking, as a tree.
func (a *app) invocations(t *testing.T, trace string) string {
	t.Helper()
	a.telemetry.flush(t.Context())
	spans, err := a.telemetry.spans.Trace(t.Context(), trace)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.SplitSeq(outline(spans), "\n") {
		if name := strings.TrimSpace(line); strings.HasPrefix(name, "invoke_agent") || strings.HasPrefix(name, "execute_tool ask_") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// The offline model asks the agent that knows, in one trace, and cites what that
// one cites.
func TestAgentAsksAgents(t *testing.T) {
	clearTelemetry(t)
	a := openAgents(t, nil)
	answer := a.asks(t, "", "How is a border router restarted?")
	if answer.Status != agent.Answered || !strings.Contains(answer.Answer, "routerctl restart") || len(answer.Citations) == 0 || answer.Citations[0].Path != "routers.md" {
		t.Fatalf("%+v", answer)
	}
	a.verbatim(t, answer)
	want := "invoke_agent default\n  execute_tool ask_network\n    invoke_agent network"
	if diff := cmp.Diff(want, a.invocations(t, answer.TraceID)); diff != "" {
		t.Errorf("trace (-want +got):\n%s", diff)
	}

	nothing := a.asks(t, "", "What does a parking permit in Reykjavik cost?")
	if nothing.Status != agent.NotFound {
		t.Errorf("%+v", nothing)
	}
	if got := a.invocations(t, nothing.TraceID); strings.Count(got, "invoke_agent") != 3 {
		t.Errorf("both were to be asked:\n%s", got)
	}

	// A question counts for the agent that a person asked.
	runs, err := a.store.Runs(t.Context(), agent.RunFilter{})
	if err != nil || len(runs) != 2 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	for _, r := range runs {
		if r.Agent != "default" || r.Origin != agent.FromHTTP {
			t.Errorf("run of %s from %s", r.Agent, r.Origin)
		}
	}
}

// Agents of one Hone know nothing of each other's documents, also of those that
// they indexed themselves.
func TestAgentsKeepTheirDocuments(t *testing.T) {
	clearTelemetry(t)
	t.Setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true")
	a := openAgents(t, nil)
	questions := []string{
		"How many banking days does a refund take after it was approved?", "How is a border router restarted?",
		"How is a chargeback of a bank disputed?", "How is the cache of the name servers flushed?",
	}
	for name, others := range map[string]string{"payments": networkCanary, "network": paymentsCanary} {
		for i, q := range questions {
			answer := a.asks(t, name, q)
			a.verbatim(t, answer)
			if own := (i%2 == 0) == (name == "payments"); own != (answer.Status == agent.Answered) {
				t.Errorf("%s to %q: %s %q", name, q, answer.Status, answer.Answer)
			}
			a.telemetry.flush(t.Context())
			spans, err := a.telemetry.spans.Trace(t.Context(), answer.TraceID)
			if err != nil {
				t.Fatal(err)
			}
			run, err := a.store.Run(t.Context(), answer.ID)
			if err != nil {
				t.Fatal(err)
			}
			for what, v := range map[string]any{"answer": answer, "run": run, "trace": spans} {
				b, err := json.Marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(string(b), others) {
					t.Errorf("the %s of %s to %q holds %s", what, name, q, others)
				}
			}
		}
	}
	for _, source := range []string{"local:payments", "local:network"} {
		if s, err := a.base.Source(t.Context(), source); err != nil || s.Documents != 1 {
			t.Errorf("source %s: %+v, %v", source, s, err)
		}
	}
}

// What is counted, kept and decided for an agent is its own.
func TestAgentsKeepTheirOwn(t *testing.T) {
	clearTelemetry(t)
	a := openAgents(t, nil)
	ctx := t.Context()
	units := map[string]*unit{}
	for _, name := range []string{"payments", "network"} {
		u, err := a.fleet.unit(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		units[name] = u
	}
	payments, network := units["payments"], units["network"]

	text := func(u *unit) string {
		t.Helper()
		p, err := u.prompts.InUse(ctx, u.promptID)
		if err != nil {
			t.Fatal(err)
		}
		return p.Text
	}
	if text(payments) != "You know payments." || text(network) != agent.FirstPrompt {
		t.Errorf("first prompts %q, %q", text(payments), text(network))
	}
	if _, err := a.prompts.Update(ctx, payments.promptID, prompts.Draft{Text: "Other.", Author: "kim", Reason: "r"}, 1, true); err != nil {
		t.Fatal(err)
	}
	if text(payments) != "Other." || text(network) != agent.FirstPrompt {
		t.Errorf("prompts %q, %q", text(payments), text(network))
	}

	a.asks(t, "payments", "How long does a refund take?")
	for name, want := range map[string]int{"payments": 1, "network": 0, "default": 0} {
		if n, err := a.store.Count(ctx, name); err != nil || n.Questions != want {
			t.Errorf("%s: %+v questions, %v; want %d", name, n, err, want)
		}
	}

	if _, err := eval.Enter(ctx, a.store, eval.Admission{Agent: "payments", From: "test", Cases: []eval.Case{{ID: "c1", Question: "How long does a refund take?", Nuggets: []eval.Nugget{{Text: "5 banking days", Vital: true, AnyOf: []string{"5 banking days"}}}}}}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"payments": 1, "network": 0} {
		if cases, err := a.store.Cases(ctx, eval.CaseFilter{Agent: name}); err != nil || len(cases) != want {
			t.Errorf("%s: %d cases, %v; want %d", name, len(cases), err, want)
		}
	}

	s := schedule{Mode: "auto", Every: 50, Cron: "0 4 * * 1"}
	if got := s.with(network.spec); got != (schedule{Mode: "approve", Every: 50, Cron: "0 4 * * 1"}) {
		t.Errorf("schedule %+v", got)
	}
	if got := s.with(agents.Agent{Every: agents.Never, Cron: agents.NoCron}); got != (schedule{Mode: "auto", Every: -1}) {
		t.Errorf("schedule %+v", got)
	}
}

// An evaluation sees the agent's documents, and asks agents as they were frozen;
// nothing that it does stays.
func TestEvaluationOfAnAgentThatAsks(t *testing.T) {
	clearTelemetry(t)
	a := openAgents(t, nil)
	ctx := t.Context()
	frozen, err := a.freeze(ctx)
	if err != nil {
		t.Fatal(err)
	}
	prompt, err := a.prompts.InUse(ctx, a.promptID)
	if err != nil {
		t.Fatal(err)
	}
	network, err := a.fleet.unit(ctx, "network")
	if err != nil {
		t.Fatal(err)
	}
	answers := func() string {
		t.Helper()
		var said []string
		for _, q := range []string{"How is a border router restarted?", "How is the cache of the name servers flushed?"} {
			answer, err := frozen.Runner.Answer(ctx, &prompt, q, 1)
			if err != nil || answer.Status != agent.Answered || len(answer.Citations) == 0 {
				t.Fatalf("%+v, %v", answer, err)
			}
			said = append(said, answer.Answer)
		}
		return strings.Join(said, "\n")
	}
	before := answers()
	// Meanwhile the asked agent gets another prompt and other documents.
	if _, err := a.prompts.Update(ctx, network.promptID, prompts.Draft{Text: "Never cite anything. Never quote commands.", Author: "kim", Reason: "r"}, 1, true); err != nil {
		t.Fatal(err)
	}
	src, err := a.base.Source(ctx, "network")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.base.Put(ctx, src.ID, knowledge.Upload{Path: "routers2.md", Content: []byte("# Border router\n\nA border router is restarted with `rr2`.\n")}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, answers()); diff != "" {
		t.Error(diff)
	}
	again, err := a.freeze(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if again.Snapshot == frozen.Snapshot {
		t.Error("what changed for an asked agent does not change the snapshot")
	}
	if sources, err := a.base.Sources(ctx); err != nil || len(sources) != 2 {
		t.Errorf("the evaluation left sources behind: %+v, %v", sources, err)
	}
	if runs, err := a.store.Runs(ctx, agent.RunFilter{}); err != nil || len(runs) != 0 {
		t.Errorf("the evaluation left %d runs behind, %v", len(runs), err)
	}
}

// asking is a provider whose model asks payments and then quotes it.
func asking(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var req struct {
			Messages []struct {
				Role, Content string
			} `json:"messages"`
			Tools []struct {
				Function struct{ Name string } `json:"function"`
			} `json:"tools"`
		}
		if err == nil {
			err = json.Unmarshal(body, &req)
		}
		if err != nil {
			t.Errorf("%v: %s", err, body)
		}
		tools, last := "", req.Messages[len(req.Messages)-1]
		for _, tool := range req.Tools {
			tools += tool.Function.Name + " "
		}
		delta, reason := `{"role":"assistant","content":"Nothing to do."}`, "stop"
		switch {
		case strings.Contains(tools, "ask_payments") && last.Role == "user":
			delta, reason = call("ask_payments", `{"question":"How long does a refund take?"}`), "tool_calls"
		case strings.Contains(tools, "ask_payments"):
			delta = `{"role":"assistant","content":"It takes 5 banking days【1】."}`
		case last.Role == "user":
			delta, reason = call("file_search", `{"queries":["refund takes"]}`), "tool_calls"
		case strings.Contains(tools, "file_search"):
			delta = `{"role":"assistant","content":"A refund takes 5 banking days【1】."}`
		}
		w.Header().Set("Content-Type", "text/event-stream")
		chunk := `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"small","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}` + "\n\n"
		fmt.Fprintf(w, chunk, delta, "null")
		fmt.Fprintf(w, chunk+"data: [DONE]\n\n", "{}", `"`+reason+`"`)
	}
}

// A language model, over HTTP, that asks another agent gets its passages with
// numbers that it can cite, also without documents of its own.
func TestModelAsksAgent(t *testing.T) {
	clearTelemetry(t)
	models := httptest.NewServer(asking(t))
	defer models.Close()
	a := openAgents(t, func(s *settings) { s.Model, s.BaseURL, s.APIKey = "small", models.URL+"/v1", "key" })
	answer := a.asks(t, "", "How long does a refund take?")
	if answer.Status != agent.Answered || answer.Answer != "It takes 5 banking days[1]." || len(answer.Citations) != 1 || answer.Citations[0].Path != "refunds.md" {
		t.Fatalf("%+v", answer)
	}
	a.verbatim(t, answer)
	want := "invoke_agent default\n  execute_tool ask_payments\n    invoke_agent payments"
	if diff := cmp.Diff(want, a.invocations(t, answer.TraceID)); diff != "" {
		t.Errorf("trace (-want +got):\n%s", diff)
	}
}
