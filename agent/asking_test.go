package agent

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/knowledge"
)

// asks makes an agent that may ask another one, named payments.
func asks(t *testing.T, caller, asked *scripted, change func(*Config)) (*Agent, *memory, *memory) {
	t.Helper()
	other, otherRuns := newAgent(t, asked, func(c *Config) {
		c.Name = "payments"
		if change != nil {
			change(c)
		}
	})
	a, runs := newAgent(t, caller, func(c *Config) {
		c.Tools = []Tool{other.AsTool("Knows payments.")}
		c.Sources = nil // it has no documents of its own
	})
	return a, runs, otherRuns
}

const refunds = "# Refunds\n\nA refund takes 5 days.\nRun `refund --force` only with a lead."

func TestAskedAgentIsCited(t *testing.T) {
	asked := script(t, replies(found("fs_9", result("other.md", "Nothing."), result("refunds.md", refunds)), says("It takes 5 days【refunds.md】.")))
	caller := script(t,
		replies(calls("c1", "ask_payments", `{"question":"How long does a refund take?"}`)),
		replies(says("A refund takes 5 days【refunds.md】.")))
	var access knowledge.Access
	a, runs, otherRuns := asks(t, caller, asked, func(c *Config) {
		c.Sources = func(ctx context.Context) ([]string, error) {
			access = knowledge.AccessFrom(ctx)
			return []string{"vs_payments"}, nil
		}
	})
	var events []Event
	var answer Answer
	for e, err := range a.Ask(t.Context(), Question{Text: "refund?", Origin: FromHTTP, Access: knowledge.Access{Groups: []string{"sre"}}}) {
		if err != nil {
			t.Fatal(err)
		}
		if d, ok := e.(Done); ok {
			answer = d.Answer
		}
		events = append(events, e)
	}
	want := []Citation{{N: 1, FileID: "file-refunds.md", Path: "refunds.md", Title: "T", Section: "Top › Part", Lines: [2]int{12, 12}, Quote: "A refund takes 5 days.", Score: 0.5}}
	if diff := cmp.Diff(want, answer.Citations); diff != "" || answer.Answer != "A refund takes 5 days[1]." || answer.Status != Answered {
		t.Errorf("%+v\n%s", answer, diff)
	}
	if answer.Usage.InputTokens != 30 || answer.Usage.ToolCalls != 1 || answer.Usage.Searches != 0 {
		t.Errorf("usage %+v: three model calls were made", answer.Usage)
	}
	if !slices.Equal(access.Groups, []string{"sre"}) || access.All {
		t.Errorf("the asked agent had the access %+v", access)
	}
	if len(otherRuns.kept) != 0 || len(runs.kept) != 1 {
		t.Fatalf("kept %d runs of the asked agent and %d of the asking one", len(otherRuns.kept), len(runs.kept))
	}
	if got := runs.kept[0].Files; !slices.Equal(got, []string{"file-other.md", "file-refunds.md"}) {
		t.Errorf("files %v", got)
	}
	shown := []ToolEvent{}
	for _, e := range events {
		if e, ok := e.(ToolEvent); ok {
			shown = append(shown, e)
		}
	}
	if len(shown) != 2 || shown[1].Tool != "ask_payments" || !shown[1].Done || shown[1].Summary != "answered, 1 citations" {
		t.Errorf("events %+v", shown)
	}

	// What the model saw: the answer without its marks, then its passages.
	input := caller.all()[1].Input
	last := input[len(input)-2:]
	var said askedAnswer
	if err := json.Unmarshal([]byte(last[0].Output), &said); err != nil || said != (askedAnswer{Agent: "payments", Status: Answered, Answer: "It takes 5 days."}) {
		t.Errorf("%s %v", last[0].Output, err)
	}
	if last[1].Type != "file_search_call" {
		t.Errorf("last item %+v", last[1])
	}
	if first := asked.all()[0].Input; !strings.Contains(string(first[len(first)-1].Content), "How long does a refund take?") || strings.Contains(string(first[len(first)-1].Content), "refund?\"") {
		t.Errorf("the asked agent saw %+v", first)
	}

	// The thread goes on with what was cited.
	caller.replies = append(caller.replies, replies(says("5 days, as said【refunds.md】.")))
	again, err := a.Answer(t.Context(), Question{Text: "sure?", Thread: answer.Thread, Origin: FromHTTP})
	if err != nil || len(again.Citations) != 1 {
		t.Errorf("%+v %v", again, err)
	}
}

func TestAskedAgentFindsNothing(t *testing.T) {
	asked := script(t, replies(found("fs_9", result("a.md", "Nothing.")), says("NOT FOUND\nI looked for refunds.")))
	caller := script(t, replies(calls("c1", "ask_payments", `{"question":"q"}`)), replies(says("NOT FOUND\nNobody knows.")))
	a, _, _ := asks(t, caller, asked, nil)
	if answer := ask(t, a, "refund?"); answer.Status != NotFound {
		t.Errorf("%+v", answer)
	}
	input := caller.all()[1].Input
	if out := input[len(input)-1]; out.Type != "function_call_output" || !strings.Contains(out.Output, `"status":"not_found"`) {
		t.Errorf("%+v", out)
	}
}

// A failed agent, bad arguments and too little time are text for the model.
func TestAskedAgentFails(t *testing.T) {
	hangs := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, c := range map[string]struct {
		asked     reply
		arguments string
		limits    Limits
		want      string
	}{
		"failure":     {fails(http.StatusBadRequest), `{"question":"q"}`, Limits{}, "payments could not answer"},
		"no time":     {hangs, `{"question":"q"}`, Limits{Time: 50 * time.Millisecond}, "payments could not answer"},
		"no question": {fails(http.StatusBadRequest), `{"question":" "}`, Limits{}, "with a question in it"},
		"a list":      {fails(http.StatusBadRequest), `[]`, Limits{}, "with a question in it"},
	} {
		t.Run(name, func(t *testing.T) {
			caller := script(t, replies(calls("c1", "ask_payments", c.arguments)), replies(says("I could not find out.")))
			a, _, _ := asks(t, caller, script(t, c.asked), func(cfg *Config) { cfg.Limits = c.limits })
			if answer := ask(t, a, "refund?"); answer.Status != Answered {
				t.Errorf("%+v", answer)
			}
			input := caller.all()[1].Input
			if out := input[len(input)-1].Output; !strings.Contains(out, c.want) || strings.Contains(out, "scripted failure") {
				t.Errorf("the model read %q", out)
			}
		})
	}
}

// A caller who leaves ends the asked agent's run, too.
func TestAskedAgentIsStopped(t *testing.T) {
	started := make(chan struct{})
	ended := make(chan struct{})
	asked := script(t, func(_ http.ResponseWriter, r *http.Request) {
		close(started)
		<-r.Context().Done()
		close(ended)
	})
	a, _, _ := asks(t, script(t, replies(calls("c1", "ask_payments", `{"question":"q"}`))), asked, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-started; cancel() }()
	if _, err := a.Answer(ctx, Question{Text: "q"}); err == nil {
		t.Error("no error")
	}
	<-ended
}

func TestOthersThread(t *testing.T) {
	s := script(t, replies(says("Yes.")))
	a, runs := newAgent(t, s, nil)
	answer := ask(t, a, "q")
	b, _ := newAgent(t, s, func(c *Config) { c.Name, c.Store = "payments", runs })
	if _, err := b.Answer(t.Context(), Question{Text: "q", Thread: answer.Thread}); err == nil || !strings.Contains(err.Error(), "is one of the agent default") {
		t.Error(err)
	}
}
