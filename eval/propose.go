package eval

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/honehq/hone/eval/lint"
	"github.com/honehq/hone/prompts"
)

// Bounds of the search.
const (
	// patience is how many proposals in a row may bring nothing before the
	// search ends.
	patience = 6
	// maxAblations is how many guidelines of the best prompt are taken out on
	// trial.
	maxAblations = 2
)

// search is the hunt for candidates: it fills a pool with prompts that did well
// on train.
type search struct {
	*work
	plan     Plan
	rules    *lint.Rules
	pool     pool
	merged   map[[2]int]bool     // pairs that were
	inVain   map[string][]string // by a prompt's text: what was made of it in vain
	outcomes map[outcome]int
	stalled  int   // proposals in a row that brought nothing
	failed   int   // calls of the rewriter in a row that did
	last     error // the rewriter's
}

// outcome is what became of a proposal.
type outcome string

const (
	accepted   outcome = "taken into the pool"
	refused    outcome = "refused by the lint"
	notBetter  outcome = "no better on the cases that they were made from"
	notBest    outcome = "best at nothing on train"
	rewriteBad outcome = "failures of the rewriter"
	// outOfFunds is no proposal's fault: what is left does not cover trying it.
	outOfFunds outcome = "not paid for"
	exhausted  outcome = "nothing left to propose"
)

// propose fills a pool with candidates that are good at something on train. The
// search ends early, and says why, when nothing is left to be gained.
func (w *work) propose(ctx context.Context, train Evaluation) (pool, error) {
	s := &search{
		work: w, plan: planOf(w.cfg.Rewriter), rules: lint.New(w.champion, w.tried, expected(w.train, w.dev)...),
		pool:   pool{{prompt: w.champion, train: train, mean: clusterMean(train)}},
		merged: map[[2]int]bool{}, inVain: map[string][]string{}, outcomes: map[outcome]int{},
	}
	for _, r := range w.returned {
		s.rules.Returned(r.Text)
	}
	if len(failuresOf(train.Results)) == 0 {
		w.cert.Search = "Nothing fails on train, so there is nothing to learn from."
		w.tell(StageCandidates, "%s", w.cert.Search)
		return s.pool, nil
	}
	n, why, err := s.run(ctx)
	if err != nil {
		return nil, err
	}
	if n > 0 && s.outcomes[rewriteBad] == n {
		return nil, fmt.Errorf("no candidate could be made: %w", s.last)
	}
	if err := s.ablate(ctx); err != nil {
		return nil, err
	}
	w.cert.Search = fmt.Sprintf("%d proposals; %d did better on train than the prompt in use. The search ended because %s.", n, s.pool.better(), why)
	w.tell(StageCandidates, "%s", w.cert.Search)
	return s.pool, nil
}

// run makes proposals until it is time to stop, and returns how many were made
// and why it stopped.
func (s *search) run(ctx context.Context) (n int, why string, err error) {
	total := s.cfg.Candidates * s.cfg.Generations
	for n < total {
		s.q.Progress(Progress{Stage: StageCandidates, Done: n, Total: total})
		if why := s.enough(); why != "" {
			return n, why, nil
		}
		o, err := s.step(ctx)
		if err != nil {
			return n, "", err
		}
		switch o {
		case outOfFunds:
			return n, s.poor(), nil
		case exhausted:
			return n, "the rewriter has nothing left that was not tried", nil
		case accepted, refused, notBetter, notBest, rewriteBad:
			s.count(o)
			n++
		}
	}
	return n, fmt.Sprintf("all %d proposals of a round were made", total), nil
}

func (s *search) count(o outcome) {
	s.outcomes[o]++
	s.stalled++
	s.failed++
	if o == accepted {
		s.stalled = 0
	}
	if o != rewriteBad {
		s.failed = 0
	}
}

// enough says why going on is pointless; "" if it is not.
func (s *search) enough() string {
	switch {
	case s.pool[s.pool.top()].mean >= 1:
		return "a candidate passes every check on train, which leaves nothing to learn from"
	case s.failed >= 3:
		return fmt.Sprintf("the rewriter failed %d times in a row: %v", s.failed, s.last)
	case s.stalled >= patience:
		return fmt.Sprintf("the last %d proposals brought nothing; of all, %s", s.stalled, s.tally())
	}
	return ""
}

// poor says that the budget ends the search.
func (s *search) poor() string {
	return fmt.Sprintf("of the budget %s are left, which the rest of the round needs", s.funds.left())
}

// tally says what became of the proposals.
func (s *search) tally() string {
	var parts []string
	for _, o := range []outcome{accepted, refused, notBetter, notBest, rewriteBad} {
		if n := s.outcomes[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d were %s", n, o))
		}
	}
	return strings.Join(parts, ", ")
}

// expected lists what must not be copied into a prompt.
func expected(splits ...[]StoredCase) []string {
	var out []string
	for _, cases := range splits {
		for _, c := range cases {
			out = append(out, c.Question, c.Answer)
			for _, n := range c.Nuggets {
				out = append(out, n.Text)
				out = append(out, n.AnyOf...)
			}
			for _, e := range c.Evidence {
				out = append(out, e.Quote)
			}
		}
	}
	return out
}

// step makes one proposal and finds out what it is worth. An error means that
// the round cannot go on.
func (s *search) step(ctx context.Context) (outcome, error) {
	if i, j, ok := s.pair(); ok {
		return s.merge(ctx, i, j)
	}
	parent := s.pool.parent(s.random)
	if s.plan.Climb {
		parent = s.pool.top()
	}
	from := s.pool[parent]
	d := draft{kind: "reflection", parents: []int{parent}}
	if s.plan.Climb {
		d.kind = "change"
	} else {
		d.first = from.minibatch(s.random)
	}
	q := RewriteRequest{
		Prompt: from.prompt, Tried: lastOf(s.inVain[from.prompt.Text], 64), PutBack: s.putBack(), Mean: from.mean,
		MaxLength: s.rules.Limit(), Seed: s.random.Uint64() >> 11,
	}
	results := from.train.Results
	if !s.plan.Climb {
		results = at(results, d.first)
	}
	if q.Failures = failuresOf(results); s.plan.Reviews {
		q.Failures, q.Reviews = nil, reviewsOf(results)
	}
	s.show(ctx, results)
	o, err := s.try(ctx, q, &d)
	switch {
	case d.text == "":
	case o == accepted:
		s.inVain[d.text] = append(s.inVain[d.text], from.prompt.Text) // no way back
	default:
		s.inVain[from.prompt.Text] = append(s.inVain[from.prompt.Text], d.text)
	}
	return o, err
}

// show tells the lint what the rewriter is about to see.
func (s *search) show(ctx context.Context, results []Result) {
	for _, r := range results {
		s.rules.Show(r.Case.Question)
		for _, a := range r.Answers {
			s.rules.Show(a.Answer.Answer)
			for _, c := range a.Grade.Checks {
				s.rules.Show(c.Reason)
			}
			for _, c := range a.Answer.Citations {
				s.rules.Show(c.Path, c.Title, c.Section, c.Quote)
				if text := s.document(ctx, c); text != "" {
					s.rules.Show(text)
				}
			}
		}
	}
}

// draft is a proposal in the making.
type draft struct {
	kind    string
	parents []int
	first   []int // train cases that must get better before all of train is answered
	text    string
}

// try has a prompt made, lints and evaluates it, and takes it into the pool if
// it is worth it.
func (s *search) try(ctx context.Context, q RewriteRequest, d *draft) (outcome, error) {
	line := CandidateRecord{Kind: d.kind, Parent: hash(s.pool[d.parents[0]].prompt.Text)}
	if len(d.parents) > 1 {
		line.Other = hash(s.pool[d.parents[1]].prompt.Text)
	}
	if !s.funds.affords(max(len(d.first), 1)) {
		return outOfFunds, nil
	}
	proposal, err := s.rewrite(ctx, q)
	_, failed := errors.AsType[rewriterError](err)
	switch {
	case errors.Is(err, ErrExhausted):
		return exhausted, nil
	case errors.Is(err, errBudget):
		return outOfFunds, nil
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err != nil && !failed:
		return "", err
	}
	defer func() { s.cert.Candidates = append(s.cert.Candidates, line) }()
	if failed {
		s.last = fmt.Errorf("rewrite: %w", err)
		line.Refused = "the rewriter failed"
		return rewriteBad, nil
	}
	prompt := s.successor(proposal.Prompt)
	d.text = prompt.Text
	line.PromptRecord, line.Rationale = record(prompt), proposal.Rationale
	if line.Refused = s.rules.Check(prompt.Text); line.Refused != "" {
		return refused, nil
	}
	s.rules.Tried(prompt.Text)
	return s.measure(ctx, prompt, d, proposal.Rationale, &line)
}

// successor is the champion with another text.
func (w *work) successor(text string) prompts.Prompt {
	return prompts.Prompt{ID: w.champion.ID, Text: strings.TrimSpace(text), Variables: w.champion.Variables}
}

// measure answers train by a prompt: first the cases that it was made for, then,
// if it did better there, the others.
func (s *search) measure(ctx context.Context, p prompts.Prompt, d *draft, rationale string, line *CandidateRecord) (outcome, error) {
	m := member{prompt: p, parents: d.parents, rationale: rationale}
	done := map[int]Result{}
	if len(d.first) > 0 {
		e, err := s.evaluate(ctx, StageCandidates, p, at(s.train, d.first))
		if errors.Is(err, errBudget) {
			return outOfFunds, nil
		}
		if err != nil {
			return "", err
		}
		for k, i := range d.first {
			done[i] = e.Results[k]
		}
		line.Trial = s.trial(d, e)
		if !line.Trial.passed(s.shorter(m, d.parents)) {
			return notBetter, nil
		}
	}
	var err error
	if m.train, err = s.answerRest(ctx, p, done); errors.Is(err, errBudget) {
		return outOfFunds, nil
	} else if err != nil {
		return "", err
	}
	m.mean = clusterMean(m.train)
	line.Train = &m.mean
	if !s.joins(m) {
		return notBest, nil
	}
	s.pool = append(s.pool, m)
	return accepted, nil
}

// trial compares a proposal with its parents on the cases it was made from: it
// must beat the best of them there.
func (s *search) trial(d *draft, e Evaluation) *Trial {
	t := &Trial{Cases: len(d.first)}
	for _, r := range e.Results {
		t.After += r.orZero()
	}
	for _, parent := range d.parents {
		sum := 0.0
		for _, i := range d.first {
			sum += s.pool[parent].train.Results[i].orZero()
		}
		t.Before = max(t.Before, sum)
	}
	t.Before, t.After = t.Before/float64(t.Cases), t.After/float64(t.Cases)
	t.Equal = len(d.parents) > 1
	return t
}

// passed tells whether a proposal may answer all of train: it did better, or as
// well while it is shorter or unites two prompts.
func (t *Trial) passed(shorter bool) bool {
	return t.After > t.Before || t.After == t.Before && (shorter || t.Equal)
}

// shorter tells whether m is shorter than what it was made of.
func (s *search) shorter(m member, parents []int) bool {
	for _, k := range parents {
		if m.length() >= s.pool[k].length() {
			return false
		}
	}
	return true
}

// joins tells whether a member is worth keeping: for climbing, if it is the
// best; else if it is the best at something.
func (s *search) joins(m member) bool {
	if s.plan.Climb {
		best := s.pool[s.pool.top()]
		return m.mean > best.mean || m.mean == best.mean && m.length() < best.length()
	}
	return !s.pool.dominated(m, len(s.pool))
}

// answerRest answers the train cases that a prompt has not answered yet.
func (s *search) answerRest(ctx context.Context, p prompts.Prompt, done map[int]Result) (Evaluation, error) {
	var rest []int
	for i := range s.train {
		if _, ok := done[i]; !ok {
			rest = append(rest, i)
		}
	}
	if !s.funds.affords(len(rest) * s.cfg.Repeats) {
		return Evaluation{}, errBudget
	}
	e, err := s.evaluate(ctx, StageCandidates, p, at(s.train, rest))
	if err != nil {
		return Evaluation{}, err
	}
	for k, i := range rest {
		done[i] = e.Results[k]
	}
	e.Results = nil
	for i := range s.train {
		e.Results = append(e.Results, done[i])
	}
	return e, nil
}

// at picks elements by their indexes.
func at[T any](list []T, indexes []int) []T {
	out := make([]T, 0, len(indexes))
	for _, i := range indexes {
		out = append(out, list[i])
	}
	return out
}

// lastOf returns the last n elements.
func lastOf(list []string, n int) []string { return list[max(0, len(list)-n):] }
