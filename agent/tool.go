package agent

import (
	"context"
	"encoding/json"
)

// Tool is a client tool: a function that the agent runs itself.
type Tool interface {
	// Definition tells the model what the tool does. It does not change.
	Definition() ToolDefinition
	// Run runs the tool. Its text goes to the model. An error is a failure of
	// the infrastructure and ends the run; what the model can mend (a wrong
	// path, bad arguments) is a Result with Failed set.
	Run(ctx context.Context, arguments json.RawMessage) (Result, error)
}

// ToolDefinition is what a model sees of a tool.
type ToolDefinition struct {
	Name        string
	Description string
	Parameters  json.RawMessage // JSON Schema of an object
	Writes      bool            // whether it changes what other calls see
}

// Result is what a tool tells the model.
type Result struct {
	Text    string
	Failed  bool
	Summary string // a line for people

	asked *asked // of a tool that asks another agent
}
