package agent

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

// ctxTool is a tool that sees its context.
type ctxTool struct {
	name string
	f    func(context.Context) (Result, error)
}

func (c ctxTool) Definition() ToolDefinition {
	return ToolDefinition{Name: c.name, Parameters: json.RawMessage(`{"type":"object"}`)}
}

func (c ctxTool) Run(ctx context.Context, _ json.RawMessage) (Result, error) { return c.f(ctx) }

// hanging is a tool that ends when it is told to, and says so.
func hanging(ended *bool) Tool {
	return ctxTool{"hang", func(ctx context.Context) (Result, error) {
		<-ctx.Done()
		time.Sleep(10 * time.Millisecond)
		*ended = true
		return Result{}, ctx.Err()
	}}
}

// A caller who stops listening while a tool runs does not have to wait for it.
func TestStopsListeningWhileAToolRuns(t *testing.T) {
	s := script(t, replies(calls("c1", "hang", `{}`), calls("c2", "go", `{}`)))
	ended := false
	a, _ := newAgent(t, s, func(c *Config) {
		c.Tools = []Tool{hanging(&ended), tool("go", func() string { return "went" })}
		c.Limits.Time = time.Hour
	})
	events := 0
	for range a.Ask(t.Context(), Question{Text: "q"}) {
		if events++; events == 2 {
			break
		}
	}
	if !ended {
		t.Error("the tool was not waited for")
	}
}

// The failure of one tool ends the others, and the run waits for them.
func TestAFailingToolStopsTheOthers(t *testing.T) {
	s := script(t, replies(calls("c1", "hang", `{}`), calls("c2", "break", `{}`)))
	broken := errors.New("the disk is gone")
	ended := false
	a, _ := newAgent(t, s, func(c *Config) {
		c.Tools = []Tool{hanging(&ended), ctxTool{"break", func(context.Context) (Result, error) { return Result{}, broken }}}
		c.Limits.Time = time.Hour
	})
	if _, err := a.Answer(t.Context(), Question{Text: "q"}); !errors.Is(err, broken) || strings.Contains(err.Error(), "canceled") {
		t.Errorf("got %v", err)
	}
	if !ended {
		t.Error("the other tool was not waited for")
	}
}

// A writing call that is answered from memory wrote nothing: what was read
// since stays remembered.
func TestARepeatedWriteForgetsNothing(t *testing.T) {
	read, write := &echo{name: "read"}, &echo{name: "write", writes: true}
	both := func(a, b string) reply { return replies(calls(a, "write", `{}`), calls(b, "read", `{}`)) }
	s := script(t, both("c1", "c2"), both("c3", "c4"), both("c5", "c6"), both("c7", "c8"), replies(says("Done.")))
	a, _ := newAgent(t, s, func(c *Config) { c.Tools = []Tool{read, write} })
	ask(t, a, "q")
	if len(write.ran) != 1 || len(read.ran) != 2 { // the first read may have been before the write
		t.Errorf("write ran %d times, read %d", len(write.ran), len(read.ran))
	}
}
