package eval

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"strings"

	"github.com/openai/openai-go/v3"

	"github.com/honehq/hone/internal/wording"
	"github.com/honehq/hone/prompts"
)

// ReflectConfig configures Reflect and OneShot.
type ReflectConfig struct {
	Client  openai.Client
	Model   string
	Retries int // after a failure; 0 means 2, below 0 none
}

// Reflect is the rewriter that lets a model reflect on a few failures, over the
// Responses API, and unite two prompts that are good at different things.
type Reflect struct {
	model model
}

var _ Rewriter = (*Reflect)(nil)

//go:embed templates/rewrite.md
var rewriteTemplate string

//go:embed templates/merge.md
var mergeTemplate string

// The names of the templates; a change of the words changes the name.
const (
	rewriteVersion = "hone.rewrite/3"
	mergeVersion   = "hone.merge/1"
)

// rewriteFormat names the schema of all replies of rewriters.
const rewriteFormat = "hone_rewrite"

// NewReflect returns a rewriter.
func NewReflect(c ReflectConfig) (*Reflect, error) {
	m, err := c.model()
	return &Reflect{m}, err
}

func (c ReflectConfig) model() (model, error) {
	if c.Model == "" {
		return model{}, errors.New("rewriter: no model is set")
	}
	return model{c.Client, c.Model, max(cmp.Or(c.Retries, 2), 0)}, nil
}

// Name implements Rewriter.
func (r *Reflect) Name() string {
	return "reflect " + r.model.name + " " + rewriteVersion + " " + mergeVersion
}

// rewriteInput is what the model gets.
type rewriteInput struct {
	Prompt    string      `json:"prompt"`
	Variables []string    `json:"variables"`
	MaxLength int         `json:"max_length"`
	Seed      uint64      `json:"seed"`
	Tried     []string    `json:"tried,omitempty"`
	PutBack   []PutBack   `json:"put_back,omitempty"`
	Failures  []Failure   `json:"failures,omitempty"`
	Merge     *mergeInput `json:"merge,omitempty"`
	Mean      *float64    `json:"mean_score,omitempty"`
	Reviews   []Review    `json:"reviews,omitempty"`
}

type mergeInput struct {
	Other    string `json:"other"`
	Ancestor string `json:"ancestor"`
}

// inputOf is what all requests have.
func inputOf(q RewriteRequest) rewriteInput {
	return rewriteInput{Prompt: q.Prompt.Text, Variables: prompts.Variables(q.Prompt.Text), MaxLength: q.MaxLength, Seed: q.Seed}
}

// Rewrite implements Rewriter.
func (r *Reflect) Rewrite(ctx context.Context, q RewriteRequest) (Rewrite, error) {
	in := inputOf(q)
	if q.Merge != nil {
		in.Merge = &mergeInput{q.Merge.Other.Text, q.Merge.Ancestor.Text}
		return r.model.rewrite(ctx, mergeTemplate, in)
	}
	in.Tried, in.PutBack, in.Failures = q.Tried, q.PutBack, readable(q.Failures)
	return r.model.rewrite(ctx, rewriteTemplate, in)
}

// rewrite asks the model for a prompt.
func (m model) rewrite(ctx context.Context, template string, in rewriteInput) (Rewrite, error) {
	d := dialogue{
		format: rewriteFormat, instructions: template, input: in,
		schema: object(map[string]any{"prompt": ofType("string"), "rationale": ofType("string")}, "prompt", "rationale"),
	}
	var out Rewrite
	err := m.ask(ctx, d, func(object json.RawMessage) error {
		out = Rewrite{}
		if err := json.Unmarshal(object, &out); err != nil {
			return err
		}
		if out.Prompt = unfence(out.Prompt); out.Prompt == "" {
			return errors.New("the reply holds no prompt")
		}
		out.Rationale = cut(out.Rationale, 1000)
		return nil
	})
	return out, err
}

// unfence takes the code fence off that some models put around a whole prompt.
func unfence(s string) string {
	s = strings.TrimSpace(s)
	inner, ok := strings.CutPrefix(s, "```")
	if !ok {
		return s
	}
	if inner, ok = strings.CutSuffix(inner, "```"); !ok {
		return s
	}
	_, inner, ok = strings.Cut(inner, "\n") // the language's name
	if !ok || strings.Contains(inner, "```") {
		return s
	}
	return strings.TrimSpace(inner)
}

// readable takes what nobody sees out of texts that come from documents, so
// that the model reads what a person would.
func readable(failures []Failure) []Failure {
	out := make([]Failure, len(failures))
	for i, f := range failures {
		out[i] = Failure{wording.Visible(f.Question), wording.Visible(f.Answer), f.Status, readableChecks(f.Checks)}
	}
	return out
}

func readableChecks(checks []Check) []Check {
	var out []Check
	for _, c := range checks {
		c.Reason = wording.Visible(c.Reason)
		out = append(out, c)
	}
	return out
}
