package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/honehq/hone/eval/gate"
	"github.com/honehq/hone/prices"
	"github.com/honehq/hone/prompts"
)

// ErrPaused says that a person holds the agent's rounds.
var ErrPaused = errors.New("rounds of this agent are paused; let them go on first")

// ErrWaiting says that a round waits for a person, who must approve or decline
// it before another one runs.
var ErrWaiting = errors.New("a round waits for approval; approve or decline it first")

// PromptSource tells which prompt is in use.
type PromptSource interface {
	InUse(ctx context.Context, promptID string) (prompts.Prompt, error)
}

// ImproverConfig configures an Improver.
type ImproverConfig struct {
	Store   Store
	Prompts PromptSource
	// Freeze makes the conditions of a round. It is called once a round, which
	// closes them.
	Freeze   func(ctx context.Context) (Frozen, error)
	Judge    Judge
	Trust    Trust // how far the judge is trusted; nil: as far as it says itself
	Rewriter Rewriter
	// Mode is Auto by default. Auto acts as Approve while the judge is a model
	// that was not calibrated.
	Mode Mode
	// ModeNow, if not nil, is the agent's mode as people have it at this moment,
	// "" if they say none. It is asked while a round runs, up to its end: where
	// it is stricter than the mode that the round began with, it wins.
	ModeNow     func(ctx context.Context) (Mode, error)
	Candidates  int // proposals a generation: 4
	Generations int // 2: later ones build on candidates that did well on train
	Repeats     int // answers per case and prompt: 1
	Parallel    int // answers at a time: 2
	// Guardrails hold promotions back that make something else worse; nil means
	// DefaultGuardrails. Their names are those of gate.Guardrails.
	Guardrails []gate.Guardrail
	// TurnTTL is how long after a process was killed another one may go on with
	// its round: 10 s. A fifth of it is how long a running round takes to notice
	// that it is cancelled or paused.
	TurnTTL time.Duration
	// Yield, if not nil, is called before each answer is made, which waits for
	// it. Its error is that of the context.
	Yield func(ctx context.Context) error
	// Canary is the share of threads that get a promoted prompt while it is on
	// trial; 0 or 1: there is no trial.
	Canary float64
	// Returned, if not nil, lists what trials put back, the oldest first: it is
	// not proposed again, in other words neither, and rewriters are told of it.
	Returned func(ctx context.Context, promptID string) ([]Returned, error)
	// Budget bounds what a round may spend, unless its request does; Prices are
	// what models cost, and Models all that a round may call: a budget in US
	// dollars needs the price of each.
	Budget Budget
	Prices *prices.List
	Models []string
	Logger *slog.Logger
}

// Improver runs rounds. It is safe for concurrent use; rounds of one agent run
// one at a time, over all processes on the same store.
type Improver struct {
	cfg ImproverConfig
}

// NewImprover checks the configuration and returns an improver.
func NewImprover(c ImproverConfig) (*Improver, error) {
	if c.Store == nil || c.Prompts == nil || c.Freeze == nil || c.Judge == nil || c.Rewriter == nil {
		return nil, errors.New("improver: Store, Prompts, Freeze, Judge and Rewriter are wanted")
	}
	switch c.Mode = cmp.Or(c.Mode, Auto); c.Mode {
	case Auto, Approve, Off:
	default:
		return nil, fmt.Errorf("improver: unknown mode %q: it is auto, approve or off", c.Mode)
	}
	if err := c.Budget.Check(c.Prices, c.Models); err != nil {
		return nil, fmt.Errorf("improver: %w", err)
	}
	c.Candidates = cmp.Or(c.Candidates, 4)
	c.Generations = cmp.Or(c.Generations, 2)
	c.Repeats = cmp.Or(c.Repeats, 1)
	c.Parallel = cmp.Or(c.Parallel, 2)
	c.TurnTTL = cmp.Or(c.TurnTTL, 10*time.Second)
	if c.Guardrails == nil {
		c.Guardrails = DefaultGuardrails()
	}
	c.Logger = cmp.Or(c.Logger, slog.Default())
	return &Improver{c}, nil
}

// mode is the mode that is acted on, as far as is known before Trust is asked.
func (im *Improver) mode() Mode {
	if im.cfg.Mode == Auto && im.cfg.Trust == nil && !im.cfg.Judge.Describe().trusted() {
		return Approve
	}
	return im.cfg.Mode
}
