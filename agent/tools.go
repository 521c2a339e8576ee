package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/honehq/hone/otel"
)

// maxToolText bounds what one tool call tells the model, in bytes.
const maxToolText = 64 << 10

// callMemory answers a repeated identical call from the first, unless a writing
// tool ran in between.
type callMemory struct {
	results map[string]Result
}

// key is the same for calls that differ in white space only.
func (c call) key() string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(c.Arguments)) != nil {
		return c.Name + " " + c.Arguments
	}
	return c.Name + " " + b.String()
}

// runTools runs the calls of one turn side by side and returns their outputs in
// the order of the calls, then what asked agents cited. A failure ends the calls beside it, as leaving does.
func (r *run) runTools(ctx context.Context, calls []call) ([]json.RawMessage, error) {
	running, stop := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop(nil) // first, so that nobody waits for what nobody wants

	outcomes := make([]Result, len(calls))
	ran := make([]bool, len(calls))
	first := map[string]int{} // key → the call of this turn that runs it
	for i, c := range calls {
		if err := r.emit(ToolEvent{ID: c.ID, Tool: c.Name, Arguments: c.Arguments}); err != nil {
			return nil, err
		}
		if _, repeated := first[c.key()]; repeated {
			continue
		}
		first[c.key()] = i
		if known, ok := r.calls.results[c.key()]; ok {
			outcomes[i] = known
			continue
		}
		if r.usage.ToolCalls-r.spent.ToolCalls >= r.cfg.Limits.ToolCalls {
			outcomes[i] = Result{Text: "The limit of tool calls was reached. Answer from what you have.", Failed: true}
			continue
		}
		r.usage.ToolCalls++
		ran[i] = true
		wg.Go(func() {
			var err error
			if outcomes[i], err = r.timeTool(running, c); err != nil {
				stop(err)
			}
		})
	}
	wg.Wait()
	if err := context.Cause(running); err != nil {
		return nil, err
	}
	outputs, wrote := make([]json.RawMessage, len(calls)), false
	var adopted []json.RawMessage
	for i, c := range calls {
		res := outcomes[first[c.key()]]
		outcomes[i] = res
		outputs[i] = toolOutput(c.ID, res)
		wrote = wrote || ran[i] && r.writes(c) && !res.Failed
		if ran[i] && res.asked != nil {
			items, err := r.adopt(res.asked)
			if err != nil {
				return nil, err
			}
			adopted = append(adopted, items...)
		}
		if err := r.emit(ToolEvent{ID: c.ID, Tool: c.Name, Arguments: c.Arguments, Done: true, Failed: res.Failed, Summary: res.Summary}); err != nil {
			return nil, err
		}
	}
	r.remember(calls, outcomes, wrote)
	if wrote {
		if err := r.readSources(ctx); err != nil {
			return nil, err
		}
	}
	return slices.Concat(outputs, adopted), nil
}

func (r *run) writes(c call) bool {
	t, ok := r.tools[c.Name]
	return ok && t.Definition().Writes
}

func (r *run) remember(calls []call, outcomes []Result, wrote bool) {
	if r.calls.results == nil || wrote {
		r.calls.results = map[string]Result{}
	}
	for i, c := range calls {
		if !wrote || r.writes(c) {
			r.calls.results[c.key()] = outcomes[i]
		}
	}
}

// runTool runs one call in a span of its own.
func (r *run) runTool(ctx context.Context, c call) (_ Result, err error) {
	ctx, span := otel.ExecuteTool.Start(ctx, otel.Operation.String("execute_tool"),
		otel.ToolName.String(r.toolName(c)), otel.ToolType.String("function"), otel.ToolCallID.String(shorten(c.ID, 80)))
	defer func() { end(span, err) }()
	tool, ok := r.tools[c.Name]
	if !ok {
		otel.Fail(span, errUnknownTool)
		return Result{Failed: true, Text: fmt.Sprintf("There is no tool %q. Tools: %s.",
			shorten(c.Name, 80), strings.Join(slices.Sorted(maps.Keys(r.tools)), ", "))}, nil
	}
	arguments := json.RawMessage(c.Arguments)
	if strings.TrimSpace(c.Arguments) == "" {
		arguments = json.RawMessage("{}")
	}
	if !json.Valid(arguments) {
		otel.Fail(span, errArguments)
		return Result{Failed: true, Text: "The arguments are not valid JSON. Call the tool again with a JSON object."}, nil
	}
	res, err := tool.Run(ctx, arguments)
	if err != nil {
		return Result{}, fmt.Errorf("tool %s: %w", c.Name, err)
	}
	if res.Failed {
		otel.Fail(span, errRefused)
	}
	res.Text = shorten(res.Text, maxToolText)
	return res, nil
}

// toolName keeps names that a model made up out of span names.
func (r *run) toolName(c call) string {
	if _, ok := r.tools[c.Name]; ok {
		return c.Name
	}
	return "unknown"
}

// toolOutput is the item that answers a call.
func toolOutput(callID string, res Result) json.RawMessage {
	b, err := json.Marshal(struct {
		Type   string `json:"type"`
		CallID string `json:"call_id"`
		Output string `json:"output"`
	}{"function_call_output", callID, res.Text})
	if err != nil { // strings always marshal
		panic(err)
	}
	return b
}

func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + " … (cut)"
}
