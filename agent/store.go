package agent

import (
	"context"
	"encoding/json"
	"time"

	"github.com/honehq/hone/prompts"
)

// PromptSource gives the prompt in use; *prompts.Library is one.
type PromptSource interface {
	InUse(ctx context.Context, id string) (prompts.Prompt, error)
}

// ThreadPrompts is a PromptSource that gives threads different versions while a
// new one is on trial. It is not asked for evaluations.
type ThreadPrompts interface {
	PromptSource
	PromptFor(ctx context.Context, promptID, thread string) (prompts.Prompt, error)
}

// Run is a kept run: the answer, and what a follow-up needs.
type Run struct {
	Answer
	Question string
	Origin   Origin
	Error    string          // in words, if the run failed; Answer is then partial
	Items    json.RawMessage // the turn's input and output items, for the thread
	Files    []string        // file IDs whose text it holds
	Feedback []Feedback      // filled in by reads
}

// Feedback is what a person said of an answer.
type Feedback struct {
	Rating     string    `json:"rating"` // "up" or "down"
	Comment    string    `json:"comment,omitempty"`
	Correction string    `json:"correction,omitempty"`
	At         time.Time `json:"at"`
}

// RunFilter selects runs, newest first.
type RunFilter struct {
	Agent  string
	Thread string
	Status Status
	Origin Origin
	Before time.Time
	Limit  int // 0 means 20
}

// Store keeps runs.
type Store interface {
	// PutRun stores a finished run. In the same transaction it counts the
	// question towards the agent's next round if a person asked it and it was
	// answered or not found.
	PutRun(ctx context.Context, r Run) error
	Run(ctx context.Context, id string) (Run, error)
	Runs(ctx context.Context, f RunFilter) ([]Run, error)
	// ThreadRuns returns the last limit finished runs of a thread, oldest first;
	// fs.ErrNotExist for an unknown thread.
	ThreadRuns(ctx context.Context, thread string, limit int) ([]Run, error)
	AddFeedback(ctx context.Context, run string, f Feedback) error
}
