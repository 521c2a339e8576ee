package eval

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/honehq/hone/prompts"
)

// propose fills a pool with candidates that did better on train than the
// prompt in use.
func (w *work) propose(ctx context.Context, train Evaluation) (pool, error) {
	p := pool{{prompt: w.champion, parent: -1, train: train, mean: clusterMean(train)}}
	if len(failuresOf(train)) == 0 {
		w.tell(StageCandidates, "Nothing fails on train, so there is nothing to learn from.")
		return p, nil
	}
	rules := newLint(w.champion, w.tried, expected(w.train, w.dev)...)
	failed := 0
	var last error
	total := w.cfg.Candidates * w.cfg.Generations
	for i := range total {
		w.q.Progress(Progress{Stage: StageCandidates, Done: i, Total: total})
		parent := 0
		if i >= w.cfg.Candidates {
			parent = p.parent(w.random)
		}
		m, err := w.candidate(ctx, p, parent, rules)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			failed, last = failed+1, err
			continue
		}
		if m != nil {
			p = append(p, *m)
		}
	}
	if failed == total {
		return nil, fmt.Errorf("no candidate could be made: %w", last)
	}
	w.tell(StageCandidates, "%d proposals; %d did better on train than the prompt in use.", total, len(p)-1)
	return p, nil
}

// expected lists what must not be copied into a prompt.
func expected(splits ...[]StoredCase) []string {
	var out []string
	for _, c := range slices.Concat(splits...) {
		out = append(out, c.Question, c.Answer)
		for _, n := range c.Nuggets {
			out = append(out, n.Text)
			out = append(out, n.AnyOf...)
		}
		for _, e := range c.Evidence {
			out = append(out, e.Quote)
		}
	}
	return out
}

// candidate makes one proposal and evaluates it on train. It returns nil for
// one that is out.
func (w *work) candidate(ctx context.Context, p pool, parent int, rules *lint) (*member, error) {
	from := p[parent]
	failures := from.minibatch(batch, w.random)
	for _, f := range failures {
		rules.forbid(f.Answer)
	}
	proposal, err := w.rewrite(ctx, RewriteRequest{
		Prompt: from.prompt, Failures: failures, MaxLength: MaxPrompt, Seed: w.random.Uint64() >> 11,
	})
	line := CandidateRecord{Parent: hash(from.prompt.Text)}
	defer func() { w.cert.Candidates = append(w.cert.Candidates, line) }()
	if err != nil {
		line.Refused = "the rewriter failed"
		return nil, fmt.Errorf("rewrite: %w", err)
	}
	prompt := prompts.Prompt{ID: w.champion.ID, Text: strings.TrimSpace(proposal.Prompt), Variables: w.champion.Variables}
	line.PromptRecord, line.Rationale = record(prompt), proposal.Rationale
	if line.Refused = rules.check(prompt.Text); line.Refused != "" {
		return nil, nil
	}
	rules.tried[fold(prompt.Text)] = true
	e, err := w.evaluate(ctx, StageCandidates, prompt, w.train)
	if err != nil {
		return nil, err
	}
	m := member{prompt: prompt, parent: parent, rationale: proposal.Rationale, train: e, mean: clusterMean(e)}
	line.Train = &m.mean
	if m.mean <= p[0].mean {
		return nil, nil
	}
	return &m, nil
}
