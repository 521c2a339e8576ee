package agent

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
