package openresponses

import (
	"context"
	"encoding/json"
	"iter"
)

// Completer is a language model: one turn of a conversation. Implementations
// are safe for concurrent use. Packages chat and offline hold the two that
// exist.
type Completer interface {
	// Complete streams one turn. The sequence ends after a Finish, or with an
	// error; it is single use and stops when ctx ends or the caller breaks off.
	// Errors that the client should see as such are *Error.
	Complete(ctx context.Context, c *Completion) iter.Seq2[Delta, error]
}

// Completion is what a model gets for one turn.
type Completion struct {
	Model           string
	Messages        []Message
	Tools           []FunctionTool
	ToolChoice      string // "auto", "none", "required", or the name of a tool
	ParallelTools   bool
	MaxOutputTokens int      // 0: the model's own limit
	Temperature     *float64 // nil: the model's default
	TopP            *float64
	Format          *Format // nil: text
}

// Role of a message.
type Role string

// The roles. A Prompt and the instructions come as System, developer messages
// as Developer.
const (
	System    Role = "system"
	Developer Role = "developer"
	User      Role = "user"
	Assistant Role = "assistant"
	ToolRole  Role = "tool"
)

// Message is one message of the conversation as a model sees it.
type Message struct {
	Role       Role
	Text       string
	ToolCalls  []ToolCall // of an assistant message
	ToolCallID string     // of a tool message: the call that Text answers
	ToolName   string     // of a tool message
}

// ToolCall is a model's wish to call a function.
type ToolCall struct {
	ID        string
	Name      string
	Arguments string // JSON as the model wrote it; may be broken
}

// FunctionTool is a function that a model may call.
type FunctionTool struct {
	Name        string
	Description string
	Parameters  json.RawMessage // JSON Schema
	Strict      bool
}

// Format asks for JSON of a schema.
type Format struct {
	Name   string
	Schema json.RawMessage // nil: any JSON object
	Strict bool
}

// Delta is a piece of a turn: a closed set of types.
type Delta interface{ delta() }

// TextDelta is a piece of the answer.
type TextDelta struct{ Text string }

// ToolCallDelta is a whole tool call, or a piece of one: pieces of the same
// Index belong together; ID and Name come with the first.
type ToolCallDelta struct {
	Index     int
	ID        string
	Name      string
	Arguments string
}

// Finish ends a turn.
type Finish struct {
	Reason FinishReason
	Usage  Usage
	Model  string // the model that answered, as the provider names it
}

// FinishReason says why a turn ended.
type FinishReason string

// The finish reasons.
const (
	FinishStop   FinishReason = "stop"
	FinishLength FinishReason = "length"
	FinishTools  FinishReason = "tool_calls"
	FinishFilter FinishReason = "content_filter"
)

// Usage counts tokens.
type Usage struct {
	InputTokens  int
	CachedTokens int // of the input tokens
	OutputTokens int
}

func (TextDelta) delta()     {}
func (ToolCallDelta) delta() {}
func (Finish) delta()        {}
