package eval

import (
	"context"
	_ "embed"

	"github.com/honehq/hone/internal/wording"
)

// OneShot is the rewriter that gives a model the prompt, its mean score and what
// the judge said of each train case, and takes the prompt that comes back: the
// baseline that others are measured against.
type OneShot struct {
	model model
}

var _ Rewriter = (*OneShot)(nil)

//go:embed templates/oneshot.md
var oneShotTemplate string

const oneShotVersion = "hone.oneshot/2"

// NewOneShot returns a rewriter.
func NewOneShot(c ReflectConfig) (*OneShot, error) {
	m, err := c.model()
	return &OneShot{m}, err
}

// Name implements Rewriter.
func (r *OneShot) Name() string { return "rewrite " + r.model.name + " " + oneShotVersion }

// Plan implements planner.
func (*OneShot) Plan() Plan { return Plan{Climb: true, Reviews: true} }

// Rewrite implements Rewriter.
func (r *OneShot) Rewrite(ctx context.Context, q RewriteRequest) (Rewrite, error) {
	in := inputOf(q)
	in.Mean, in.PutBack = &q.Mean, q.PutBack
	for _, v := range q.Reviews {
		in.Reviews = append(in.Reviews, Review{wording.Visible(v.Question), v.Status, v.Score, readableChecks(v.Checks)})
	}
	return r.model.rewrite(ctx, oneShotTemplate, in)
}
