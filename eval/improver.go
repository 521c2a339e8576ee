package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/honehq/hone/eval/gate"
	"github.com/honehq/hone/internal/id"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/prompts"
)

// ErrWaiting says that a round waits for a person, who must approve or decline
// it before another one runs.
var ErrWaiting = errors.New("a round waits for approval; approve or decline it first")

var tracer = otel.Tracer("eval")

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
	Rewriter Rewriter
	// Mode is Auto by default. Auto acts as Approve while the judge is a model
	// that was not calibrated.
	Mode        Mode
	Candidates  int // proposals a generation: 4
	Generations int // 2: later ones build on candidates that did well on train
	Repeats     int // answers per case and prompt: 1
	Parallel    int // answers at a time: 2
	// Guardrails hold promotions back that make something else worse; nil means
	// DefaultGuardrails. Their names are those of gate.Guardrails.
	Guardrails []gate.Guardrail
	Logger     *slog.Logger
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
	c.Candidates = cmp.Or(c.Candidates, 4)
	c.Generations = cmp.Or(c.Generations, 2)
	c.Repeats = cmp.Or(c.Repeats, 1)
	c.Parallel = cmp.Or(c.Parallel, 2)
	if c.Guardrails == nil {
		c.Guardrails = DefaultGuardrails()
	}
	c.Logger = cmp.Or(c.Logger, slog.Default())
	return &Improver{c}, nil
}

// RoundRequest asks for a round.
type RoundRequest struct {
	Agent    string
	PromptID string
	Cause    string         // "demand", "questions", "cron"
	Seed     uint64         // of answers and proposals; 0: drawn
	Progress func(Progress) // may be nil; calls may come from several goroutines
}

// Progress tells where a round is.
type Progress struct {
	Stage Stage  `json:"stage"`
	Done  int    `json:"done"`           // answers or proposals
	Total int    `json:"total"`          // 0: not told
	Text  string `json:"text,omitempty"` // what was found, in words, at the end of a stage
}

// Stage is a part of a round.
type Stage string

// The stages of a round.
const (
	StageChampion   Stage = "champion"   // the prompt in use answers train and dev
	StageCandidates Stage = "candidates" // proposals answer train
	StageScreen     Stage = "screen"     // the best ones answer dev
	StagePower      Stage = "power"      // what the gate could find
	StageGate       Stage = "gate"       // sealed cases; how far it is stays closed
	StageDone       Stage = "done"
)

// work is a round in progress.
type work struct {
	*Improver
	q        RoundRequest
	turn     *turn
	round    Round
	cert     Certificate
	champion prompts.Prompt
	ledger   *gate.Ledger
	tried    []string // texts that entered the gate in vain
	touched  []string // sealed cases used since the last win
	train    []StoredCase
	dev      []StoredCase
	sealed   [][]StoredCase // by cluster, in the order of use
	eval     Evaluator
	random   *rand.Rand
}

// Round runs a round: it evaluates the prompt in use, has candidates proposed
// from failures on train, screens them on dev, and lets the best one, if it
// looks better there, enter the gate. It returns when the round has ended and
// is stored; a round that failed comes with its error. It returns ErrBusy if
// another one runs, ErrWaiting if one waits for approval, and an error wrapping
// fs.ErrNotExist if the agent has no cases.
func (im *Improver) Round(ctx context.Context, q RoundRequest) (r Round, err error) {
	ctx, span := tracer.Start(ctx, "improve "+q.Agent, trace.WithAttributes(
		attribute.String("gen_ai.agent.name", q.Agent), attribute.String("hone.round.cause", q.Cause)))
	defer span.End()
	t, turnCtx, err := takeTurn(ctx, im.cfg.Store, q.Agent)
	if err != nil {
		return Round{}, err
	}
	defer func() {
		if failed := t.end(ctx); failed != nil {
			im.cfg.Logger.WarnContext(ctx, "the turn could not be given back; it expires", "agent", q.Agent, "error", failed)
		}
	}()
	w, err := im.begin(turnCtx, q, t)
	if err != nil {
		return Round{}, err
	}
	span.SetAttributes(attribute.String("hone.round.id", w.round.ID))
	e, err := w.play(turnCtx)
	r, err = w.end(ctx, e, err)
	span.SetAttributes(attribute.String("hone.round.state", string(r.State)))
	im.cfg.Logger.InfoContext(ctx, "round ended", "agent", q.Agent, "round", r.ID, "state", string(r.State))
	return r, err
}

// begin gathers what a round starts from and stores it as running.
func (im *Improver) begin(ctx context.Context, q RoundRequest, t *turn) (*work, error) {
	history, err := im.history(ctx, q.Agent)
	if err != nil {
		return nil, err
	}
	w := &work{Improver: im, q: q, turn: t}
	if w.q.Progress == nil {
		w.q.Progress = func(Progress) {}
	}
	if w.q.Seed == 0 {
		w.q.Seed = rand.Uint64()
	}
	w.random = rand.New(rand.NewPCG(w.q.Seed, 0))
	if w.ledger, err = history.ledger(); err != nil {
		return nil, fmt.Errorf("agent %s: the error budget does not add up: %w", q.Agent, err)
	}
	w.tried, w.touched = history.sinceWin()
	if err := w.gather(ctx, history.spent()); err != nil {
		return nil, err
	}
	if w.champion, err = im.cfg.Prompts.InUse(ctx, q.PromptID); err != nil {
		return nil, err
	}
	last, err := history.last()
	if err != nil {
		return nil, err
	}
	w.round = Round{
		ID: id.New("rnd_"), Agent: q.Agent, Cause: q.Cause, State: Running, PromptID: q.PromptID,
		Champion: w.champion.Version, Started: time.Now().UTC(),
	}
	w.cert = Certificate{
		Format: certificateFormat, Round: w.round.ID, Agent: q.Agent, Cause: q.Cause, Mode: im.mode(), Started: w.round.Started,
		State: Running, Rewriter: im.cfg.Rewriter.Name(), Champion: record(w.champion), Previous: last, Ledger: w.ledger.Charges(),
	}
	return w, w.checkpoint(ctx)
}

// mode is the mode that is acted on.
func (im *Improver) mode() Mode {
	if im.cfg.Mode == Auto && !im.cfg.Judge.Describe().trusted() {
		return Approve
	}
	return im.cfg.Mode
}

// gather reads the cases. Sealed ones that a won entry used are left out, also
// where no promotion retired them.
func (w *work) gather(ctx context.Context, spent map[string]bool) error {
	cases, err := w.cfg.Store.Cases(ctx, CaseFilter{Agent: w.q.Agent})
	if err != nil {
		return fmt.Errorf("cases of agent %s: %w", w.q.Agent, err)
	}
	at := map[string]int{}
	for _, c := range cases {
		switch c.Split {
		case Train:
			w.train = append(w.train, c)
		case Dev:
			w.dev = append(w.dev, c)
		case Sealed:
			if spent[c.Cluster] {
				continue
			}
			i, ok := at[c.Cluster]
			if !ok {
				i, at[c.Cluster] = len(w.sealed), len(w.sealed)
				w.sealed = append(w.sealed, nil)
			}
			w.sealed[i] = append(w.sealed[i], c)
		}
	}
	slices.SortStableFunc(w.sealed, func(x, y []StoredCase) int {
		return cmp.Or(cmp.Compare(x[0].Order, y[0].Order), cmp.Compare(x[0].Cluster, y[0].Cluster))
	})
	if len(w.train) == 0 || len(w.dev) == 0 {
		return fmt.Errorf("agent %s has %d train and %d dev cases; a round needs both: %w", w.q.Agent, len(w.train), len(w.dev), fs.ErrNotExist)
	}
	return nil
}

// checkpoint stores the round as far as it is.
func (w *work) checkpoint(ctx context.Context) (err error) {
	if w.round.Certificate, err = w.cert.encode(); err != nil {
		return err
	}
	if err := w.cfg.Store.PutRound(ctx, w.round); err != nil {
		return fmt.Errorf("round %s: %w", w.round.ID, err)
	}
	return nil
}

// tell reports what a stage found.
func (w *work) tell(s Stage, format string, args ...any) {
	w.q.Progress(Progress{Stage: s, Text: fmt.Sprintf(format, args...)})
}

// counting reports how far a stage is.
func (w *work) counting(s Stage) func(done, total int) {
	return func(done, total int) { w.q.Progress(Progress{Stage: s, Done: done, Total: total}) }
}
