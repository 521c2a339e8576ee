// Package agent answers questions: one loop over the OpenAI Responses API with
// file_search and client tools, whatever serves that API. It stores runs, which
// also carry the turns of a thread.
package agent

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/openai/openai-go/v3"

	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/prompts"
)

// Config configures an Agent.
type Config struct {
	Name string // "default"; the agent's name in runs and spans
	Backend

	// Fallback answers when the backend fails: the offline model, whose answers
	// are marked degraded. Nil: the run fails.
	Fallback *Backend

	Prompts  PromptSource // where the prompt in use comes from; may be ThreadPrompts
	PromptID string
	Tools    []Tool // client tools
	Store    Store  // nil: runs are not kept (evaluation)
	Limits   Limits
	Logger   *slog.Logger
}

// Backend is a Responses API, our engine in process or any base URL, with the
// model to use there.
type Backend struct {
	Client   openai.Client
	Model    string
	Provider string // who serves the model, for telemetry
	Remote   bool   // the API is another process, which makes no spans in this one

	// PromptText sends the prompt's text rather than its ID, where the backend
	// does not share our prompts.
	PromptText bool

	// Sources gives the IDs of the vector stores there that file_search may
	// use. Nil: none.
	Sources func(ctx context.Context) ([]string, error)
}

// Limits bound a run. Zero fields mean the default named.
type Limits struct {
	Turns        int           // model turns: 12
	ToolCalls    int           // client tool calls: 24
	OutputTokens int           // per model turn: 4096
	Tokens       int           // input and output of all turns: 400,000
	Time         time.Duration // 2 minutes
	ThreadTurns  int           // earlier questions that a thread carries: 8
	AnswerBytes  int           // of one answer: 64 KiB
}

// Question is what a caller asks.
type Question struct {
	Text   string
	Thread string // continues a thread; empty starts one
	Origin Origin
	// Prompt, if not nil, is used instead of the prompt in use (evaluation,
	// canaries). Its text is sent; the store need not know it.
	Prompt *prompts.Prompt
	Access knowledge.Access // what the caller may see
}

// Origin says where a question came from; people's questions count towards the
// next improvement round.
type Origin string

// The origins.
const (
	FromHTTP  Origin = "http"
	FromCLI   Origin = "cli"
	FromSlack Origin = "slack"
	FromDemo  Origin = "demo"
	FromEval  Origin = "eval"
	FromAgent Origin = "agent" // another agent asks; such runs are part of that one's
)

// People returns the origins of questions that people asked.
func People() []Origin { return []Origin{FromHTTP, FromCLI, FromSlack, FromDemo} }

// Agent answers questions. It is safe for concurrent use.
type Agent struct {
	cfg   Config
	tools map[string]Tool
}

// New checks the configuration and returns an agent.
func New(cfg Config) (*Agent, error) {
	switch {
	case cfg.Model == "":
		return nil, errors.New("agent: no model is set")
	case cfg.Prompts == nil || cfg.PromptID == "":
		return nil, errors.New("agent: no prompt is set")
	}
	if cfg.Name == "" {
		cfg.Name = "default"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	cfg.Limits = cfg.Limits.withDefaults()
	a := &Agent{cfg: cfg, tools: map[string]Tool{}}
	for _, t := range cfg.Tools {
		a.tools[t.Definition().Name] = t
	}
	if len(a.tools) != len(cfg.Tools) {
		return nil, errors.New("agent: two tools have the same name")
	}
	return a, nil
}

// Name returns the agent's name.
func (a *Agent) Name() string { return a.cfg.Name }

// Tools returns the definitions of its client tools, in their order.
func (a *Agent) Tools() []ToolDefinition {
	list := make([]ToolDefinition, len(a.cfg.Tools))
	for i, t := range a.cfg.Tools {
		list[i] = t.Definition()
	}
	return list
}

func (l Limits) withDefaults() Limits {
	l.Turns = cmp.Or(l.Turns, 12)
	l.ToolCalls = cmp.Or(l.ToolCalls, 24)
	l.OutputTokens = cmp.Or(l.OutputTokens, 4096)
	l.Tokens = cmp.Or(l.Tokens, 400_000)
	l.Time = cmp.Or(l.Time, 2*time.Minute)
	l.ThreadTurns = cmp.Or(l.ThreadTurns, 8)
	l.AnswerBytes = cmp.Or(l.AnswerBytes, 64<<10)
	return l
}
