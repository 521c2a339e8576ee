package eval

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/internal/wording"
	"github.com/honehq/hone/prompts"
)

// Runner answers questions by a prompt, under frozen conditions: each answer
// sees the same snapshot and an overlay of its own, is not kept, and comes from
// no fallback. It is safe for concurrent use.
type Runner interface {
	// Answer runs the agent. The prompt's Version is 0 if no store knows it.
	// An error means that the agent failed; unless ctx has ended, it counts as
	// an answer that is worth nothing.
	Answer(ctx context.Context, prompt *prompts.Prompt, question string, seed uint64) (agent.Answer, error)
}

// Frozen is what stays the same while prompts are compared.
type Frozen struct {
	Runner Runner
	Model  string // the agent's
	// Provider says who serves the model: which kind of backend, at which
	// address. No keys: it is shown to people. Empty: not known.
	Provider string
	Snapshot string // fingerprint of the documents
	// Text returns the text of a cited document, to find the quote in. Nil: it
	// is not known. A missing document wraps fs.ErrNotExist.
	Text  func(ctx context.Context, c agent.Citation) (string, error)
	Close func() error // may be nil
}

// Conditions are what scores must share to be compared.
type Conditions struct {
	Model    string    `json:"model"`
	Provider string    `json:"provider,omitempty"` // of the agent's model; empty in older certificates
	Judge    JudgeInfo `json:"judge"`
	Rubric   string    `json:"rubric"`
	Snapshot string    `json:"snapshot"`
	Repeats  int       `json:"repeats"`
	Seed     uint64    `json:"seed"`
}

// Evaluator answers and grades cases.
type Evaluator struct {
	Frozen   Frozen
	Judge    Judge
	Repeats  int                   // answers per case; 0 means 1
	Parallel int                   // answers at a time; 0 means 2
	Seed     uint64                // of the answers
	Progress func(done, total int) // answers; may be nil; called from several goroutines
	// Yield, if not nil, is called before each answer is made, which waits for
	// it. Its error is that of the context.
	Yield func(ctx context.Context) error

	replay *replay // of the round; nil: there is none
}

// Evaluation is how a prompt did on cases.
type Evaluation struct {
	Prompt     agent.PromptRef
	Conditions Conditions
	Results    []Result // in the order of the cases
}

// Result is how a prompt did on one case.
type Result struct {
	Case    StoredCase
	Answers []Graded // one per repeat
}

// Graded is an answer with its grade.
type Graded struct {
	Answer      agent.Answer
	Failed      bool // the agent failed; the grade is 0
	JudgeFailed bool // there is no grade
	Grade       Grade
	Measures    Measures
	Spend       Spend

	hash string // SHA-256 of the answer's text
}

// Conditions returns what the scores of this evaluator depend on, besides the
// prompt and the cases.
func (e *Evaluator) Conditions() Conditions {
	return Conditions{
		Model: e.Frozen.Model, Provider: e.Frozen.Provider, Judge: e.Judge.Describe(), Rubric: Rubric,
		Snapshot: e.Frozen.Snapshot, Repeats: cmp.Or(e.Repeats, 1), Seed: e.Seed,
	}
}

// Run evaluates a prompt. The order of answers does not matter to the scores.
// An agent's failure is a score of 0, not an error.
func (e *Evaluator) Run(ctx context.Context, prompt prompts.Prompt, cases []StoredCase) (Evaluation, error) {
	out := Evaluation{
		Prompt: agent.PromptRef{ID: prompt.ID, Version: prompt.Version}, Conditions: e.Conditions(),
		Results: make([]Result, len(cases)),
	}
	var jobs []job
	for i, c := range cases {
		out.Results[i] = Result{Case: c, Answers: make([]Graded, out.Conditions.Repeats)}
		for r := range out.Results[i].Answers {
			jobs = append(jobs, job{&prompt, c, r, &out.Results[i].Answers[r]})
		}
	}
	return out, e.work(ctx, jobs, e.Progress)
}

// job is an answer to be made.
type job struct {
	prompt *prompts.Prompt
	c      StoredCase
	repeat int
	into   *Graded
}

// work does all jobs, some at a time.
func (e *Evaluator) work(ctx context.Context, jobs []job, progress func(done, total int)) error {
	ctx, stop := endedByBudget(ctx)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(cmp.Or(e.Parallel, 2))
	var done atomic.Int64
	for _, j := range jobs {
		group.Go(func() (err error) {
			if *j.into, err = e.answer(ctx, j); err != nil {
				return err
			}
			if n := done.Add(1); progress != nil {
				progress(int(n), len(jobs))
			}
			return nil
		})
	}
	return group.Wait()
}

// answer answers and grades once, unless a round has that on record.
func (e *Evaluator) answer(ctx context.Context, j job) (Graded, error) {
	if ctx.Err() != nil {
		return Graded{}, context.Cause(ctx)
	}
	if e.replay == nil {
		return e.live(ctx, j)
	}
	var out RecordedAnswer
	ok, err := e.replay.find(j.key(e.key()), &out)
	if ok {
		charge(ctx, out.Spend)
	}
	if err == nil && !ok {
		var g Graded
		if g, err = e.live(ctx, j); err != nil {
			return Graded{}, err
		}
		err = e.replay.keep(ctx, j.key(e.key()), cited(j.c.Split, g.Answer), g.recorded(j.c.Split), &out)
	}
	return out.graded(), err
}

// cited are the files whose text an answer holds that is kept.
func cited(split Split, a agent.Answer) []string {
	files := []string{}
	if split == Sealed {
		return files
	}
	for _, c := range a.Citations {
		files = append(files, c.FileID)
	}
	return files
}

// key tells answers under these conditions from those under others.
func (e *Evaluator) key() string {
	return hash(strings.Join([]string{e.Frozen.Model, e.Frozen.Provider, e.Judge.Describe().Name, Rubric, e.Frozen.Snapshot, fmt.Sprint(e.Seed)}, "\x00"))
}

// live answers and grades once. Its only error is that ctx has ended: what else
// goes wrong may quote the case and is no news to anyone but the score.
func (e *Evaluator) live(ctx context.Context, j job) (Graded, error) {
	if e.Yield != nil {
		if err := e.Yield(ctx); err != nil {
			return Graded{}, err
		}
	}
	ctx, span := startCase(ctx, j)
	defer span.End()
	ctx, tab := openTab(ctx)
	a, err := e.Frozen.Runner.Answer(ctx, j.prompt, j.c.Question, e.seed(j.c.ID, j.repeat))
	if ctx.Err() != nil {
		return Graded{}, context.Cause(ctx)
	}
	chargeAnswer(ctx, tab, e.Frozen.Model, a.Usage)
	if err != nil {
		return Graded{Answer: a, hash: hash(a.Answer), Spend: tab.spend(), Failed: true, Grade: failedGrade(), Measures: Measures{MetricScore: 0, RefusalRight: 0, CitationsValid: 0}}, nil
	}
	found := e.find(ctx, a)
	g, err := e.grade(withRole(ctx, roleJudge), j.c.Case, a)
	if ctx.Err() != nil {
		return Graded{}, context.Cause(ctx)
	}
	out := Graded{Answer: a, hash: hash(a.Answer), JudgeFailed: err != nil, Grade: g, Measures: measure(j.c.Case, a, found)}
	out.Spend = tab.spend()
	if err == nil {
		out.Measures[MetricScore] = g.Score
	}
	return out, nil
}

// seed is the same for all prompts, so that chance strikes them alike.
func (e *Evaluator) seed(caseID string, repeat int) uint64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\x00%s\x00%d", e.Seed, caseID, repeat))
	return binary.BigEndian.Uint64(sum[:])
}

// find tells which citations' quotes occur in their documents; nil where the
// documents are not at hand.
func (e *Evaluator) find(ctx context.Context, a agent.Answer) []bool {
	if e.Frozen.Text == nil {
		return nil
	}
	found := make([]bool, len(a.Citations))
	for i, c := range a.Citations {
		text, err := e.Frozen.Text(ctx, c)
		quote := wording.Fold(c.Quote)
		found[i] = err == nil && quote != "" && strings.Contains(wording.Fold(text), quote)
	}
	return found
}

// score is the mean over repeats; ok is false if the judge failed on one.
func (r Result) score() (mean float64, ok bool) {
	for _, a := range r.Answers {
		if a.JudgeFailed {
			return 0, false
		}
		mean += a.Grade.Score / float64(len(r.Answers))
	}
	return mean, true
}

// scores are the scores of all repeats.
func (r Result) scores() []float64 {
	var out []float64
	for _, a := range r.Answers {
		out = append(out, a.Grade.Score)
	}
	return out
}

// mean is a metric's mean over the repeats to which it applies.
func (r Result) mean(m Metric) (float64, bool) {
	sum, n := 0.0, 0
	for _, a := range r.Answers {
		if v, ok := a.Measures[m]; ok {
			sum += v
			n++
		}
	}
	if n == 0 {
		return 0, false
	}
	return sum / float64(n), true
}

// refused is the share of repeats that said that nothing was found.
func (r Result) refused() float64 {
	n := 0
	for _, a := range r.Answers {
		if !a.Failed && a.Answer.Status == agent.NotFound {
			n++
		}
	}
	return float64(n) / float64(len(r.Answers))
}
