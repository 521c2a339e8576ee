// Package offline is a rule-based stand-in for a language model, for where no
// model is configured or its provider is down. It speaks the same protocol as
// a model and keeps no state: what it does follows from one Completion alone,
// and the same Completion gives the same turn.
//
// As the agent it searches, reads the passages and answers by quoting the
// sentences, steps, table rows and commands that answer best, each with its
// citation, or says that nothing answers. As the judge it grades by
// deterministic metrics, and as the rewriter it edits a prompt from a stock of
// guidelines. It stores nothing.
package offline

import (
	"context"
	"iter"

	"github.com/honehq/hone/openresponses"
)

// Name is the model's name in requests and in Finish.Model.
const Name = "offline"

// Formats by which a request asks for the judge or the rewriter.
const (
	GradeFormat   = "hone_grade"
	RewriteFormat = "hone_rewrite"
	LiveFormat    = "hone_live" // the judge, of answers that nobody wrote a right one for
)

// Model is the stand-in, an openresponses.Completer.
type Model struct{}

var _ openresponses.Completer = (*Model)(nil)

// New returns a Model.
func New() *Model { return &Model{} }

// turn is what one completion comes to: text or calls.
type turn struct {
	text  string
	calls []openresponses.ToolCall
}

// Complete streams one turn, a few words at a time.
func (*Model) Complete(ctx context.Context, c *openresponses.Completion) iter.Seq2[openresponses.Delta, error] {
	return func(yield func(openresponses.Delta, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(nil, err)
			return
		}
		stream(ctx, c, decide(c), yield)
	}
}

// decide picks the role that the request asks for.
func decide(c *openresponses.Completion) turn {
	conv := readConversation(c)
	if c.Format != nil {
		switch c.Format.Name {
		case GradeFormat:
			return turn{text: grade(conv.question)}
		case CaseFormat:
			return turn{text: writeCase(conv.question)}
		case RewriteFormat:
			return turn{text: rewrite(conv.question)}
		case LiveFormat:
			return turn{text: gradeLive(conv.question)}
		}
	}
	t := conv.next()
	if c.Format != nil && len(t.calls) == 0 && len(c.Format.Schema) > 0 {
		t.text = fillSchema(c.Format.Schema, t.text)
	}
	return t
}
