package harvest

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"strings"

	"github.com/openai/openai-go/v3"

	"github.com/honehq/hone/eval"
)

// Format names the structured output by which a model writes cases.
const Format = "hone_case"

// Version names the template: cases say by which they were written.
const Version = "hone.case/1"

//go:embed templates/case.md
var template string

// Writer lets a language model write cases. What it says is checked before it is
// used. It is safe for concurrent use.
type Writer struct {
	asker eval.Asker
	// Exact says that the model is none, but the offline rules, which cut no
	// prose into facts.
	Exact bool
}

// NewWriter returns a writer that asks a model over the Responses API.
func NewWriter(client openai.Client, model string, exact bool) *Writer {
	return &Writer{asker: eval.NewAsker(client, model, 1), Exact: exact}
}

// task says what the model is to do.
type task struct {
	Task       string    `json:"task"` // "ask", "answer" or "cut"
	Document   string    `json:"document,omitempty"`
	Title      string    `json:"title,omitempty"`
	Section    string    `json:"section,omitempty"`
	Text       string    `json:"text,omitempty"`
	Question   string    `json:"question,omitempty"`
	Correction string    `json:"correction,omitempty"`
	Passages   []passage `json:"passages,omitempty"`
}

type passage struct {
	Document string `json:"document"`
	Title    string `json:"title,omitempty"`
	Section  string `json:"section,omitempty"`
	Text     string `json:"text"`
}

// draft is what it says.
type draft struct {
	Answerable bool      `json:"answerable"`
	Question   string    `json:"question"`
	Answer     string    `json:"answer"`
	Evidence   []excerpt `json:"evidence"`
	Facts      []fact    `json:"facts"`
}

type excerpt struct {
	Document string `json:"document"`
	Quote    string `json:"quote"`
}

type fact struct {
	Text  string   `json:"text"`
	AnyOf []string `json:"any_of"`
}

func text() map[string]any { return map[string]any{"type": "string"} }

func list(items map[string]any) map[string]any {
	return map[string]any{"type": "array", "items": items}
}

func schema() map[string]any {
	return eval.SchemaObject(map[string]any{
		"answerable": map[string]any{"type": "boolean"}, "question": text(), "answer": text(),
		"evidence": list(eval.SchemaObject(map[string]any{"document": text(), "quote": text()}, "document", "quote")),
		"facts":    list(eval.SchemaObject(map[string]any{"text": text(), "any_of": list(text())}, "text", "any_of")),
	}, "answerable", "question", "answer", "evidence", "facts")
}

var errUnfit = errors.New("the reply is not a case")

// write asks for one task.
func (w *Writer) write(ctx context.Context, t task) (d draft, err error) {
	err = w.asker.Ask(ctx, Format, template, t, schema(), func(object json.RawMessage) error {
		var read struct {
			Answerable *bool `json:"answerable"`
			draft
		}
		if err := json.Unmarshal(object, &read); err != nil {
			return err
		}
		if read.Answerable == nil {
			return errUnfit
		}
		d = read.draft
		d.Answerable = *read.Answerable
		return nil
	})
	return d, err
}

// nuggets are the draft's facts, all of them vital.
func (d draft) nuggets() []eval.Nugget {
	var out []eval.Nugget
	for _, f := range d.Facts {
		n := eval.Nugget{Text: strings.TrimSpace(f.Text), Vital: true}
		for _, s := range f.AnyOf {
			if s = strings.TrimSpace(s); s != "" {
				n.AnyOf = append(n.AnyOf, s)
			}
		}
		if n.Text != "" && len(n.AnyOf) > 0 {
			out = append(out, n)
		}
	}
	return out
}
