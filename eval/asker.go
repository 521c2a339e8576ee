package eval

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/openai/openai-go/v3"

	"github.com/honehq/hone/prices"
)

// Asker asks a language model for JSON over the Responses API, for packages that
// do so beside judge and rewriter. It is safe for concurrent use.
type Asker struct{ model model }

// NewAsker returns an Asker of a model, which is asked again so many times when
// its reply can't be read.
func NewAsker(client openai.Client, name string, retries int) Asker {
	return Asker{model{client: client, name: name, retries: retries}}
}

// Model names the model.
func (a Asker) Model() string { return a.model.name }

// Ask sends instructions and an input, which is marshalled, and gives read each
// JSON object of the reply until it takes one. format names the schema. Errors
// quote neither the request nor the reply.
func (a Asker) Ask(ctx context.Context, format, instructions string, input any, schema map[string]any, read func(json.RawMessage) error) error {
	return a.model.ask(ctx, dialogue{format: format, instructions: instructions, input: input, schema: schema}, read)
}

// WithBudget makes a context whose calls of models are held to a budget of
// their own, and tells what they have spent so far.
func WithBudget(ctx context.Context, b Budget, list *prices.List) (context.Context, func() Spend) {
	p := newPurse(b, list)
	return withPurse(ctx, p), p.total
}

// IsBudget tells whether an error is that what is left of a budget does not
// cover the next call of a model.
func IsBudget(err error) bool { return errors.Is(err, errBudget) }

// SchemaObject is the schema of a JSON object with these properties, all of them
// required and no others allowed, as strict schemas want it.
func SchemaObject(properties map[string]any, required ...string) map[string]any {
	return object(properties, required...)
}
