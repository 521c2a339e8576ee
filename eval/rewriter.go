package eval

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"

	"github.com/openai/openai-go/v3"

	"github.com/honehq/hone/prompts"
)

// Rewriter proposes a better prompt. It is safe for concurrent use.
type Rewriter interface {
	Name() string // for certificates
	Rewrite(ctx context.Context, r RewriteRequest) (Rewrite, error)
}

// RewriteRequest is all that a rewriter learns: a prompt and failures of train
// cases, never of dev or sealed ones.
type RewriteRequest struct {
	Prompt    prompts.Prompt
	Failures  []Failure
	MaxLength int    // of the new prompt, in characters
	Seed      uint64 // another seed, another proposal
}

// Failure is an answer to a train case that did not pass every check.
type Failure struct {
	Question string  `json:"question"`
	Answer   string  `json:"answer"`
	Status   string  `json:"status"` // "answered", "not_found", "degraded" or "failed"
	Checks   []Check `json:"checks"` // those that failed
}

// Rewrite is a proposal, not linted yet.
type Rewrite struct {
	Prompt    string `json:"prompt"`
	Rationale string `json:"rationale"`
}

// ReflectConfig configures Reflect.
type ReflectConfig struct {
	Client  openai.Client
	Model   string
	Retries int // after a failure; 0 means 2, below 0 none
}

// Reflect is the rewriter that lets a model reflect on failures, over the
// Responses API.
type Reflect struct {
	model model
}

var _ Rewriter = (*Reflect)(nil)

//go:embed templates/rewrite.md
var rewriteTemplate string

// NewReflect returns a rewriter.
func NewReflect(c ReflectConfig) (*Reflect, error) {
	if c.Model == "" {
		return nil, errors.New("rewriter: no model is set")
	}
	return &Reflect{model{c.Client, c.Model, max(cmp.Or(c.Retries, 2), 0)}}, nil
}

// Name implements Rewriter.
func (r *Reflect) Name() string { return "reflect " + r.model.name + " hone.rewrite/1" }

// rewriteInput is what the model gets.
type rewriteInput struct {
	Prompt    string    `json:"prompt"`
	Variables []string  `json:"variables"`
	MaxLength int       `json:"max_length"`
	Seed      uint64    `json:"seed"`
	Failures  []Failure `json:"failures"`
}

// Rewrite implements Rewriter.
func (r *Reflect) Rewrite(ctx context.Context, q RewriteRequest) (Rewrite, error) {
	d := dialogue{
		format: "hone_rewrite", instructions: rewriteTemplate,
		input:  rewriteInput{q.Prompt.Text, prompts.Variables(q.Prompt.Text), q.MaxLength, q.Seed, q.Failures},
		schema: object(map[string]any{"prompt": ofType("string"), "rationale": ofType("string")}, "prompt", "rationale"),
	}
	var out Rewrite
	err := r.model.ask(ctx, d, func(object json.RawMessage) error {
		out = Rewrite{}
		if err := json.Unmarshal(object, &out); err != nil {
			return err
		}
		if out.Prompt == "" {
			return errors.New("the reply holds no prompt")
		}
		out.Rationale = cut(out.Rationale, 1000)
		return nil
	})
	return out, err
}
