package agent

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/honehq/hone/prompts"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixedPrompt is a PromptSource of one prompt.
type fixedPrompt struct{ p prompts.Prompt }

func (f fixedPrompt) InUse(context.Context, string) (prompts.Prompt, error) { return f.p, nil }

var storedPrompt = fixedPrompt{prompts.Prompt{ID: "pmpt_1", Version: 3, Text: "Search, then answer."}}

// newAgent makes an agent that keeps its runs in the returned store.
func newAgent(t *testing.T, s *scripted, change func(*Config)) (*Agent, *memory) {
	t.Helper()
	runs := &memory{}
	cfg := Config{
		Backend: s.backend(), Prompts: storedPrompt, PromptID: "pmpt_1", Store: runs,
	}
	cfg.Sources = func(context.Context) ([]string, error) { return []string{"vs_1"}, nil }
	if change != nil {
		change(&cfg)
	}
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.server.Client().CloseIdleConnections)
	return a, runs
}

// memory keeps runs as the stores do, which run their own conformance suite.
type memory struct {
	mu   sync.Mutex
	kept []Run
}

func (m *memory) PutRun(_ context.Context, r Run) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = append(m.kept, r)
	return nil
}

func (m *memory) ThreadRuns(_ context.Context, thread string, limit int) ([]Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var runs []Run
	for _, r := range m.kept {
		if r.Thread == thread {
			runs = append(runs, r)
		}
	}
	if len(runs) == 0 {
		return nil, fs.ErrNotExist
	}
	return runs[max(0, len(runs)-limit):], nil
}

func (m *memory) Run(context.Context, string) (Run, error)            { return Run{}, errors.ErrUnsupported }
func (m *memory) Runs(context.Context, RunFilter) ([]Run, error)      { return nil, errors.ErrUnsupported }
func (m *memory) AddFeedback(context.Context, string, Feedback) error { return errors.ErrUnsupported }

func ask(t *testing.T, a *Agent, text string) Answer {
	t.Helper()
	answer, err := a.Answer(t.Context(), Question{Text: text, Origin: FromHTTP})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

const rollback = "## Undo\n\nRun the undo command first. It takes a minute.\n\n```\nkubectl rollout undo deployment/checkout\n```\n\nThen watch the error rate."

func TestAnswerWithCitations(t *testing.T) {
	s := script(t, replies(
		found("fs_1", result("rollback.md", rollback), result("other.md", "Nothing of the kind.")),
		says("Undo the rollout with `kubectl rollout undo deployment/checkout`【rollback.md】. Then watch the error rate【rollback.md】. The [7] is literal. Nobody said this【missing.md】.")))
	a, runs := newAgent(t, s, nil)
	answer := ask(t, a, "how do I roll back?")
	want := "Undo the rollout with `kubectl rollout undo deployment/checkout`[1]. Then watch the error rate[2]. The (7) is literal. Nobody said this."
	if diff := cmp.Diff(want, answer.Answer); diff != "" {
		t.Error(diff)
	}
	wantCitations := []Citation{
		{N: 1, FileID: "file-rollback.md", Path: "rollback.md", Title: "T", Section: "Top › Part", Lines: [2]int{15, 15}, Quote: "kubectl rollout undo deployment/checkout", Score: 0.5},
		{N: 2, FileID: "file-rollback.md", Path: "rollback.md", Title: "T", Section: "Top › Part", Lines: [2]int{18, 18}, Quote: "Then watch the error rate.", Score: 0.5},
	}
	if diff := cmp.Diff(wantCitations, answer.Citations); diff != "" {
		t.Error(diff)
	}
	if answer.Status != Answered || answer.Prompt != (PromptRef{"pmpt_1", 3}) || answer.Usage.Searches != 1 || answer.Usage.InputTokens != 10 {
		t.Errorf("got %+v", answer)
	}
	if len(runs.kept) != 1 || runs.kept[0].Question != "how do I roll back?" || !slices.Equal(runs.kept[0].Files, []string{"file-other.md", "file-rollback.md"}) {
		t.Errorf("kept %+v", runs.kept)
	}
}

// What is streamed is what the answer says in the end.
func TestStreamEqualsAnswer(t *testing.T) {
	s := script(t, replies(found("fs_1", result("a.md", "Ünder 30 seconds.\nOr so.")),
		says("It takes ünder 30 seconds【a.md】. Or so【a.md】, they say【a.md】.")))
	a, _ := newAgent(t, s, nil)
	var text strings.Builder
	var cited []Citation
	for e, err := range a.Ask(t.Context(), Question{Text: "how long?"}) {
		if err != nil {
			t.Fatal(err)
		}
		switch e := e.(type) {
		case TextEvent:
			text.WriteString(e.Text)
		case CitationEvent:
			cited = append(cited, e.Citation)
		case Done:
			if diff := cmp.Diff(e.Answer.Answer, text.String()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(e.Answer.Citations, cited); diff != "" {
				t.Error(diff)
			}
		}
	}
	if len(cited) != 2 {
		t.Errorf("%d citations", len(cited))
	}
}

func TestNotFound(t *testing.T) {
	for _, said := range []string{
		"NOT FOUND\nI looked for the port.", "NOT_FOUND\n\nI looked for the port.", "**NOT FOUND**\nI looked for the port.",
		"NOT FOUND. I looked for the port.", "not found:\nI looked for the port.",
	} {
		s := script(t, replies(found("fs_1"), says(said)))
		a, _ := newAgent(t, s, nil)
		var streamed strings.Builder
		for e, err := range a.Ask(t.Context(), Question{Text: "which port?"}) {
			if err != nil {
				t.Fatal(err)
			}
			switch e := e.(type) {
			case TextEvent:
				streamed.WriteString(e.Text)
			case Done:
				if e.Status != NotFound || e.Answer.Answer != "I looked for the port." || streamed.String() != e.Answer.Answer {
					t.Errorf("%q: %s %q, streamed %q", said, e.Status, e.Answer.Answer, streamed.String())
				}
			}
		}
	}
}

func TestFoundAfterAll(t *testing.T) {
	for _, said := range []string{"NOT FOUNDED on fact.", "Not foundational.", "No", "NOT",
		"NOT FOUND is what the gateway answers.", "`NOT FOUND` means that the route is gone.",
	} {
		s := script(t, replies(says(said)))
		a, _ := newAgent(t, s, nil)
		if answer := ask(t, a, "q"); answer.Status != Answered || answer.Answer != said {
			t.Errorf("%q: %s %q", said, answer.Status, answer.Answer)
		}
	}
}

// echo is a tool that answers its arguments, late ones first.
type echo struct {
	name   string
	writes bool
	mu     sync.Mutex
	ran    []string
}

func (e *echo) Definition() ToolDefinition {
	return ToolDefinition{Name: e.name, Parameters: json.RawMessage(`{"type":"object"}`), Writes: e.writes}
}

func (e *echo) Run(ctx context.Context, arguments json.RawMessage) (Result, error) {
	e.mu.Lock()
	e.ran = append(e.ran, string(arguments))
	n := len(e.ran)
	e.mu.Unlock()
	return Result{Text: e.name + " " + string(arguments) + " #" + strconv.Itoa(n)}, nil
}

func TestToolsRunSideBySideAndAnswerInOrder(t *testing.T) {
	s := script(t,
		replies(calls("c1", "wait", `{}`), calls("c2", "go", `{}`), calls("c3", "go", `{ }`)),
		replies(says("Done.")))
	gate := make(chan struct{})
	wait := tool("wait", func() string { <-gate; return "waited" })
	goes := tool("go", func() string { close(gate); return "went" })
	a, _ := newAgent(t, s, func(c *Config) { c.Tools = []Tool{wait, goes} })
	ask(t, a, "q")
	var outputs []string
	for _, it := range s.all()[1].Input {
		if it.Type == "function_call_output" {
			outputs = append(outputs, it.CallID+" "+it.Output)
		}
	}
	if diff := cmp.Diff([]string{"c1 waited", "c2 went", "c3 went"}, outputs); diff != "" {
		t.Error(diff)
	}
}

// funcTool is a tool without arguments.
type funcTool struct {
	name string
	f    func() string
}

func tool(name string, f func() string) Tool { return funcTool{name, f} }

func (f funcTool) Definition() ToolDefinition {
	return ToolDefinition{Name: f.name, Parameters: json.RawMessage(`{"type":"object"}`)}
}
func (f funcTool) Run(context.Context, json.RawMessage) (Result, error) {
	return Result{Text: f.f()}, nil
}

func TestRepeatedCallsAreAnsweredFromTheFirst(t *testing.T) {
	read, write := &echo{name: "read"}, &echo{name: "write", writes: true}
	s := script(t,
		replies(calls("c1", "read", `{"a":1}`)),
		replies(calls("c2", "read", `{"a": 1}`)),
		replies(calls("c3", "write", `{}`)),
		replies(calls("c4", "read", `{"a":1}`), calls("c5", "write", `{}`)),
		replies(says("Done.")))
	a, _ := newAgent(t, s, func(c *Config) { c.Tools = []Tool{read, write} })
	ask(t, a, "q")
	if len(read.ran) != 2 || len(write.ran) != 1 {
		t.Errorf("read ran %d times, write %d", len(read.ran), len(write.ran))
	}
}

// What a writing tool added can be searched in the same run, even where it is
// the first of its source.
func TestSourcesAreReadAgainAfterWriting(t *testing.T) {
	write := &echo{name: "write", writes: true}
	s := script(t, replies(calls("c1", "write", `{}`)), replies(says("Done.")))
	a, _ := newAgent(t, s, func(c *Config) {
		c.Tools = []Tool{write}
		c.Sources = func(context.Context) ([]string, error) {
			write.mu.Lock()
			defer write.mu.Unlock()
			if len(write.ran) == 0 {
				return nil, nil
			}
			return []string{"vs_new"}, nil
		}
	})
	ask(t, a, "q")
	var offered []int
	for _, r := range s.all() {
		n := 0
		for _, tool := range r.Tools {
			if tool.Type == "file_search" {
				n++
			}
		}
		offered = append(offered, n)
	}
	if diff := cmp.Diff([]int{0, 1}, offered); diff != "" {
		t.Error("file_search offered per turn", diff)
	}
}

func TestUnknownToolsAndBrokenArguments(t *testing.T) {
	s := script(t,
		replies(calls("c1", "rm", `{}`), calls("c2", "read", `{broken`), calls("c3", "read", ``)),
		replies(says("Done.")))
	read := &echo{name: "read"}
	a, _ := newAgent(t, s, func(c *Config) { c.Tools = []Tool{read} })
	ask(t, a, "q")
	var outputs []string
	for _, it := range s.all()[1].Input {
		if it.Type == "function_call_output" {
			outputs = append(outputs, it.Output)
		}
	}
	if len(outputs) != 3 || !strings.Contains(outputs[0], `no tool "rm"`) || !strings.Contains(outputs[1], "not valid JSON") || outputs[2] != "read {} #1" {
		t.Errorf("got %q", outputs)
	}
}

// A model that never stops calling tools is asked once more without them.
func TestEndlessToolCalls(t *testing.T) {
	n := 0
	s := script(t, func(w http.ResponseWriter, r *http.Request) {
		n++
		stream(w, []item{calls("c"+strconv.Itoa(n), "read", `{"n":`+strconv.Itoa(n)+`}`)}, item{"status": "completed"})
	})
	fallback := script(t, replies(says("From the fallback.")))
	read := &echo{name: "read"}
	a, _ := newAgent(t, s, func(c *Config) {
		b := fallback.backend()
		c.Tools, c.Limits, c.Fallback = []Tool{read}, Limits{Turns: 4}, &b
	})
	answer := ask(t, a, "q")
	requests := s.all()
	if len(requests) != 4 || string(requests[3].ToolChoice) != `"none"` || len(read.ran) != 3 {
		t.Errorf("%d requests, last tool choice %s, %d tool runs", len(requests), requests[len(requests)-1].ToolChoice, len(read.ran))
	}
	if answer.Status != Degraded || answer.Answer != "From the fallback." {
		t.Errorf("got %+v", answer)
	}
}

func TestLimitsAreNamed(t *testing.T) {
	for name, limits := range map[string]Limits{
		"2 turns": {Turns: 2}, "1 tool calls": {ToolCalls: 1}, "12 tokens": {Tokens: 12},
	} {
		s := script(t, replies(calls("c1", "read", `{}`)), replies(says("What I have.")))
		a, _ := newAgent(t, s, func(c *Config) { c.Tools, c.Limits = []Tool{&echo{name: "read"}}, limits })
		answer := ask(t, a, "q")
		if answer.Status != Degraded || answer.Answer != "What I have." || !strings.Contains(answer.Note, "limit of "+name) {
			t.Errorf("%s: got %+v", name, answer)
		}
	}
}

func TestIncompleteAnswersSaySo(t *testing.T) {
	s := script(t, func(w http.ResponseWriter, r *http.Request) {
		stream(w, []item{says("Half an ans")}, item{"status": "incomplete", "incomplete_details": item{"reason": "max_output_tokens"}})
	})
	a, _ := newAgent(t, s, nil)
	if answer := ask(t, a, "q"); answer.Status != Degraded || !strings.Contains(answer.Note, "max output tokens") {
		t.Errorf("got %+v", answer)
	}
}

// Each fault ends in the fallback's answer, or in an error without one.
func TestBackendFaults(t *testing.T) {
	faults := map[string]reply{
		"429":      fails(http.StatusTooManyRequests),
		"500":      fails(http.StatusInternalServerError),
		"401":      fails(http.StatusUnauthorized),
		"not JSON": func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("<html>busy</html>")) },
		"broken JSON": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.Write([]byte("event: response.output_text.delta\ndata: {\"type\":\"resp\n\n"))
		},
		"cut stream": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			event(w, "response.created", item{"response": item{"id": "resp_1"}})
			event(w, "response.output_text.delta", item{"delta": "Half an "})
			panic(http.ErrAbortHandler)
		},
		"ends early": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			event(w, "response.output_text.delta", item{"delta": "Half an "})
		},
		"failed": func(w http.ResponseWriter, r *http.Request) {
			stream(w, nil, item{"status": "failed", "error": item{"code": "server_error", "message": "it broke"}})
		},
		"error event": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			event(w, "error", item{"message": "it broke", "code": "server_error"})
		},
		"empty answer": replies(says("")),
		"no output":    replies(),
		"never":        func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"huge answer": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for r.Context().Err() == nil {
				event(w, "response.output_text.delta", item{"delta": strings.Repeat("words ", 1000)})
			}
		},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			limits := Limits{}
			if name == "never" {
				limits.Time = 50 * time.Millisecond
			}
			s := script(t, fault)
			a, runs := newAgent(t, s, func(c *Config) { c.Limits = limits })
			if answer, err := a.Answer(t.Context(), Question{Text: "q"}); err == nil {
				t.Errorf("without a fallback: %+v", answer)
			}
			if len(runs.kept) != 1 || runs.kept[0].Error == "" {
				t.Errorf("kept %+v", runs.kept)
			}
			fallback := script(t, replies(found("fs_1", result("a.md", "The passage.")), says("The passage【a.md】.")))
			a, _ = newAgent(t, s, func(c *Config) { b := fallback.backend(); c.Fallback, c.Limits = &b, limits })
			answer := ask(t, a, "q")
			if answer.Status != Degraded || answer.Answer != "The passage[1]." || answer.Note == "" || len(answer.Citations) != 1 {
				t.Errorf("with a fallback: %+v", answer)
			}
		})
	}
}

func TestCancellationEndsEverything(t *testing.T) {
	reached := make(chan struct{})
	s := script(t, func(w http.ResponseWriter, r *http.Request) {
		close(reached)
		<-r.Context().Done()
	})
	fallback := script(t, replies(says("never")))
	a, runs := newAgent(t, s, func(c *Config) { b := fallback.backend(); c.Fallback = &b })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-reached; cancel() }()
	if _, err := a.Answer(ctx, Question{Text: "q"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if len(fallback.all()) != 0 {
		t.Error("the fallback was asked for a caller who had gone")
	}
	if len(runs.kept) != 1 || runs.kept[0].Error == "" {
		t.Errorf("kept %+v", runs.kept)
	}
}

func TestTheCallerStopsListening(t *testing.T) {
	s := script(t, replies(found("fs_1"), says("A long answer.")))
	a, runs := newAgent(t, s, nil)
	for range a.Ask(t.Context(), Question{Text: "q"}) {
		break
	}
	if len(runs.kept) != 1 {
		t.Errorf("kept %d runs", len(runs.kept))
	}
}

func TestThreads(t *testing.T) {
	s := script(t,
		replies(found("fs_1", result("a.md", "Port 8080 in production.")), says("Port 8080【a.md】.")),
		replies(says("As I said, 8080【a.md】.")),
		replies(says("Third.")))
	a, _ := newAgent(t, s, nil)
	first := ask(t, a, "which port?")
	second, err := a.Answer(t.Context(), Question{Text: "sure?", Thread: first.Thread})
	if err != nil {
		t.Fatal(err)
	}
	if second.Thread != first.Thread || len(second.Citations) != 1 || second.Citations[0].Path != "a.md" {
		t.Errorf("got %+v", second)
	}
	if _, err := a.Answer(t.Context(), Question{Text: "and?", Thread: first.Thread}); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, it := range s.all()[2].Input {
		kinds = append(kinds, it.Type+" "+it.Role)
	}
	want := []string{"message developer", "message user", "message assistant", "message user", "message assistant", "message user"}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Error(diff)
	}
	if _, err := a.Answer(t.Context(), Question{Text: "q", Thread: "thr_unknown"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unknown thread: %v", err)
	}
}

func TestPrompts(t *testing.T) {
	s := script(t, replies(says("A.")))
	a, _ := newAgent(t, s, func(c *Config) {
		c.Prompts = fixedPrompt{prompts.Prompt{ID: "pmpt_1", Version: 2, Text: "Today is {{ today }}.", Variables: []string{"today"}}}
	})
	ask(t, a, "q")
	var p struct {
		ID, Version string
		Variables   map[string]string
	}
	if err := json.Unmarshal(s.all()[0].Prompt, &p); err != nil || p.ID != "pmpt_1" || p.Version != "2" || p.Variables["today"] == "" {
		t.Errorf("got %s, %v", s.all()[0].Prompt, err)
	}
	given := &prompts.Prompt{Text: "Candidate for {{ agent }}.", Variables: []string{"agent"}}
	if _, err := a.Answer(t.Context(), Question{Text: "q", Prompt: given}); err != nil {
		t.Fatal(err)
	}
	if r := s.all()[1]; r.Instructions != "Candidate for default." || len(r.Prompt) != 0 {
		t.Errorf("instructions %q, prompt %s", r.Instructions, r.Prompt)
	}
	remote, _ := newAgent(t, s, func(c *Config) { c.PromptText = true })
	ask(t, remote, "q")
	if r := s.all()[2]; r.Instructions != storedPrompt.p.Text || len(r.Prompt) != 0 {
		t.Errorf("to a backend without our prompts: instructions %q, prompt %s", r.Instructions, r.Prompt)
	}
	given = &prompts.Prompt{Text: "{{ secret }}", Variables: []string{"secret"}}
	if _, err := a.Answer(t.Context(), Question{Text: "q", Prompt: given}); !errors.Is(err, prompts.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestEmptyQuestion(t *testing.T) {
	s := script(t, replies(says("A.")))
	a, runs := newAgent(t, s, nil)
	if _, err := a.Answer(t.Context(), Question{Text: " \n"}); !errors.Is(err, ErrEmpty) || len(runs.kept) != 0 {
		t.Errorf("got %v", err)
	}
}
