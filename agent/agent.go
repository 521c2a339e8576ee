// Package agent answers questions: one loop over the OpenAI Responses API with
// file_search and client tools, whatever serves that API. It stores runs, which
// also carry the turns of a thread.
package agent

import (
	"log/slog"
	"time"

	"github.com/openai/openai-go/v3"

	"github.com/honehq/hone/prompts"
)

// Config configures an Agent.
type Config struct {
	Name   string        // "default"; the agent's name in runs and spans
	Client openai.Client // a Responses API: our engine in process, or any base URL
	Model  string

	// Fallback answers when Client's provider fails: the offline model, whose
	// answers are marked degraded. Nil Client: no fallback.
	Fallback *Backend

	Prompts  PromptSource // where the prompt in use comes from
	PromptID string

	Sources func() []string // vector store IDs that file_search may use
	Tools   []Tool          // client tools
	Store   Store           // nil: runs are not kept (evaluation)
	Limits  Limits
	Logger  *slog.Logger
}

// Backend is a Responses API with the model to use there.
type Backend struct {
	Client openai.Client
	Model  string
}

// Limits bound a run. Zero fields mean the default named.
type Limits struct {
	Turns        int           // model turns: 12
	ToolCalls    int           // client tool calls: 24
	OutputTokens int           // per model turn: 4096
	Tokens       int           // input and output of all turns: 400,000
	Time         time.Duration // 2 minutes
	ThreadTurns  int           // earlier questions that a thread carries: 8
}

// Question is what a caller asks.
type Question struct {
	Text   string
	Thread string // continues a thread; empty starts one
	Origin Origin
	// Prompt, if not nil, is used instead of the prompt in use (evaluation,
	// canaries). Its text is sent; the store need not know it.
	Prompt *prompts.Prompt
	Groups []string // access groups of the caller; with AllGroups false
	All    bool     // the caller may see everything
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
)
