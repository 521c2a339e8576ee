package agent

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openai/openai-go/v3/responses"

	"github.com/honehq/hone/internal/id"
	"github.com/honehq/hone/knowledge"
)

// asking tells a model how to ask other agents.
//
//go:embed asking.md
var asking string

// askPrefix begins the names of the tools by which agents are asked.
const askPrefix = "ask_"

// errAskTime says that an asked agent left too little time for an answer.
var errAskTime = errors.New("the time for asking another agent was used up")

// AsTool makes the agent a tool of another one: ask_NAME. Its run is part of the
// asking run: in the same trace, with the same access, within its own limits and
// three quarters of the time that is left. It is not kept and counts as nobody's
// question; what it cites, the asking agent may cite.
func (a *Agent) AsTool(description string) Tool { return askTool{a, description} }

type askTool struct {
	asked       *Agent
	description string
}

// Definition implements Tool.
func (t askTool) Definition() ToolDefinition {
	return ToolDefinition{
		Name:        askPrefix + t.asked.cfg.Name,
		Description: "Ask the agent " + t.asked.cfg.Name + ": " + strings.TrimSpace(t.description),
		Parameters: json.RawMessage(`{"type":"object","properties":{"question":{"type":"string",` +
			`"description":"the whole question, understandable by itself"}},"required":["question"],"additionalProperties":false}`),
	}
}

// askedAnswer is what the model reads.
type askedAnswer struct {
	Agent  string `json:"agent"`
	Status Status `json:"status"`
	Answer string `json:"answer"`
	Note   string `json:"note,omitempty"`
}

// Run implements Tool. A run that fails is text for the model, unless the asking
// run has ended, too.
func (t askTool) Run(ctx context.Context, arguments json.RawMessage) (Result, error) {
	var args struct {
		Question string `json:"question"`
	}
	if err := json.Unmarshal(arguments, &args); err != nil || strings.TrimSpace(args.Question) == "" {
		return Result{Text: `The arguments must be {"question": "…"} with a question in it.`, Failed: true, Summary: "no question"}, nil
	}
	name := t.asked.cfg.Name
	limited, cancel := withinTime(ctx)
	defer cancel()
	answer, r, err := t.asked.ask(limited, Question{
		Text: args.Question, Thread: askerOf(ctx).thread, Origin: askerOf(ctx).origin(), Access: knowledge.AccessFrom(ctx),
	}, func(Event) error { return nil })
	switch {
	case ctx.Err() != nil:
		return Result{}, context.Cause(ctx)
	case err != nil:
		t.asked.cfg.Logger.WarnContext(ctx, "an asked agent failed", "agent", name, "error", err)
		return Result{Text: fmt.Sprintf("%s could not answer: it failed. Go on without it.", name), Failed: true, Summary: name + " failed"}, nil
	}
	b, err := json.Marshal(askedAnswer{name, answer.Status, withoutMarks(answer.Answer), answer.Note})
	if err != nil {
		return Result{}, err
	}
	return Result{
		Text: string(b), Summary: fmt.Sprintf("%s, %d citations", answer.Status, len(answer.Citations)),
		asked: &asked{args.Question, r.cites.citedPassages(), r.files(), answer.Usage},
	}, nil
}

// withinTime leaves the asking run a quarter of its time to answer.
func withinTime(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, time.Until(deadline)*3/4, errAskTime)
}

// asked is what an asked agent's run leaves to the asking one.
type asked struct {
	question string
	cited    []passage
	files    []string // whose text the answer may hold
	usage    Usage
}

// adopt makes what an asked agent cited citable here: as the results of a
// search, which every backend can read.
func (r *run) adopt(a *asked) ([]json.RawMessage, error) {
	r.usage.InputTokens += a.usage.InputTokens
	r.usage.OutputTokens += a.usage.OutputTokens
	r.elsewhere.InputTokens += a.usage.InputTokens
	r.elsewhere.OutputTokens += a.usage.OutputTokens
	r.askedFiles = append(r.askedFiles, a.files...)
	if len(a.cited) == 0 {
		return nil, nil
	}
	item := struct {
		Type    string            `json:"type"`
		ID      string            `json:"id"`
		Status  string            `json:"status"`
		Queries []string          `json:"queries"`
		Results []json.RawMessage `json:"results"`
	}{Type: "file_search_call", ID: id.New("fs_"), Status: "completed", Queries: []string{a.question}}
	for _, p := range a.cited {
		item.Results = append(item.Results, p.raw)
	}
	b, err := json.Marshal(item)
	if err != nil {
		return nil, fmt.Errorf("citations of an asked agent: %w", err)
	}
	var call responses.ResponseFileSearchToolCall
	if err := json.Unmarshal(b, &call); err != nil {
		return nil, fmt.Errorf("citations of an asked agent: %w", err)
	}
	r.cites.found(call)
	return []json.RawMessage{b}, nil
}

// citedPassages are those that the answer cites, each once, in its order.
func (c *citations) citedPassages() []passage {
	var list []passage
	for _, p := range c.used {
		if !slices.ContainsFunc(list, func(known passage) bool { return known.key == p.key }) {
			list = append(list, p)
		}
	}
	return list
}

// asker is the run within which another agent is asked.
type asker struct {
	thread string
	eval   bool
}

type askerKey struct{}

// within tells agents that are asked who asks.
func (a asker) within(ctx context.Context) context.Context {
	return context.WithValue(ctx, askerKey{}, a)
}

func askerOf(ctx context.Context) asker {
	a, _ := ctx.Value(askerKey{}).(asker)
	return a
}

// origin of a question that an agent asks: an evaluation's stays one.
func (a asker) origin() Origin {
	if a.eval {
		return FromEval
	}
	return FromAgent
}

// mayAsk tells whether the agent has others to ask.
func (a *Agent) mayAsk() bool {
	return slices.ContainsFunc(a.cfg.Tools, func(t Tool) bool { _, ok := t.(askTool); return ok })
}
