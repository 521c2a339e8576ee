package eval

import (
	"context"
	"errors"

	"github.com/honehq/hone/prompts"
)

// Rewriter proposes a better prompt. It is safe for concurrent use.
type Rewriter interface {
	// Name says what it is and which template or list it goes by, for
	// certificates.
	Name() string
	// Rewrite proposes a prompt. It is a function of the request as far as the
	// model behind it is one. ErrExhausted says that there is nothing left to
	// propose.
	Rewrite(ctx context.Context, r RewriteRequest) (Rewrite, error)
}

// ErrExhausted says that a rewriter has nothing left to propose for a prompt.
var ErrExhausted = errors.New("the rewriter has nothing left to propose")

// RewriteRequest is all that a rewriter learns: a prompt and how it did on
// train cases, never on dev or sealed ones.
type RewriteRequest struct {
	Prompt   prompts.Prompt
	Failures []Failure
	// Reviews are all train cases, for a rewriter whose plan asks for them, and
	// Mean is the score over them.
	Reviews []Review
	Mean    float64
	// Merge, if not nil, asks for a prompt that unites Prompt and another one.
	Merge     *Merge
	Tried     []string  // prompts that were made of this one in vain
	PutBack   []PutBack // what trials put back, the oldest first
	MaxLength int       // of the new prompt, in characters
	Seed      uint64    // another seed, another proposal
}

// Merge is a prompt that is good at other things than the one in the request,
// and what both were made of.
type Merge struct {
	Other    prompts.Prompt
	Ancestor prompts.Prompt
}

// Failure is an answer to a train case that did not pass every check.
type Failure struct {
	Question string  `json:"question"`
	Answer   string  `json:"answer"`
	Status   string  `json:"status"` // "answered", "not_found", "degraded" or "failed"
	Checks   []Check `json:"checks"` // those that failed
}

// Review is what the judge said of the answer to a train case.
type Review struct {
	Question string  `json:"question"`
	Status   string  `json:"status"`
	Score    float64 `json:"score"`
	Checks   []Check `json:"checks"` // all
}

// Rewrite is a proposal, not linted yet.
type Rewrite struct {
	Prompt    string `json:"prompt"`
	Rationale string `json:"rationale"`
}

// Plan says how a round searches with a rewriter.
type Plan struct {
	// Climb goes on from the best prompt so far, one change at a time, each
	// measured on all of train. Otherwise a proposal must first do better on
	// the few cases that it was made from, prompts that are best at something
	// stay in a pool, and two of them may be merged.
	Climb bool
	// Reviews asks for what the judge said of each train case.
	Reviews bool
}

// planner is a Rewriter with a plan of its own; the zero Plan is the default.
type planner interface{ Plan() Plan }

func planOf(r Rewriter) Plan {
	if p, ok := r.(planner); ok {
		return p.Plan()
	}
	return Plan{}
}
