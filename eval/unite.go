package eval

import (
	"context"
	"fmt"

	"github.com/honehq/hone/eval/lint"
	"github.com/honehq/hone/internal/wording"
)

// pair returns two members to be merged: both are best somewhere, and each does
// better than the other on some train cases; an ancestor in common they have,
// for the champion is one of all. Of several pairs it is the one whose weaker
// side has most to add.
func (s *search) pair() (i, j int, ok bool) {
	if s.plan.Climb {
		return 0, 0, false
	}
	fronts := s.pool.fronts()
	most := 0
	for x := 1; x < len(s.pool); x++ {
		for y := x + 1; y < len(s.pool); y++ {
			if fronts[x] == 0 || fronts[y] == 0 || s.merged[[2]int{x, y}] {
				continue
			}
			better, worse := compareOn(s.pool[x].train, s.pool[y].train)
			if n := min(better, worse); n > most {
				i, j, ok, most = x, y, true, n
			}
		}
	}
	return i, j, ok
}

// merge has two members united.
func (s *search) merge(ctx context.Context, i, j int) (outcome, error) {
	s.merged[[2]int{i, j}] = true
	if s.pool[j].mean > s.pool[i].mean {
		i, j = j, i // the better one is the prompt that the other is merged into
	}
	d := draft{kind: "merge", parents: []int{i, j}, first: s.differing(i, j)}
	return s.try(ctx, RewriteRequest{
		Prompt: s.pool[i].prompt, Mean: s.pool[i].mean, MaxLength: s.rules.Limit(), Seed: s.random.Uint64() >> 11,
		Merge: &Merge{Other: s.pool[j].prompt, Ancestor: s.pool[s.pool.common(i, j)].prompt},
	}, &d)
}

// common is the youngest ancestor of two members, neither of them.
func (p pool) common(i, j int) int {
	a, b := p.lineage(i), p.lineage(j)
	for k := min(i, j) - 1; k > 0; k-- {
		if a[k] && b[k] {
			return k
		}
	}
	return 0
}

// differing draws train cases on which two members differ, as many that the one
// does better as that the other does.
func (s *search) differing(i, j int) []int {
	var out []int
	n := [2]int{}
	for _, k := range s.random.Perm(len(s.train)) {
		x, y := s.pool[i].train.Results[k].orZero(), s.pool[j].train.Results[k].orZero()
		side := int(yes(x < y))
		if x != y && n[side] < batch/2 {
			n[side]++
			out = append(out, k)
		}
	}
	return out
}

// ablate takes guidelines out of the best prompt on trial: one that does as well
// without it is shorter, and so is preferred.
func (s *search) ablate(ctx context.Context) error {
	if s.plan.Climb {
		return nil
	}
	tried := map[string]bool{}
	for range maxAblations {
		k := s.pool.top()
		if k == 0 {
			return nil
		}
		text, without := s.dropOne(s.pool[k], tried)
		if text == "" {
			return nil
		}
		tried[without] = true
		o, err := s.tryWithout(ctx, k, text, without)
		if err != nil || o == outOfFunds {
			return err
		}
	}
	return nil
}

// dropOne draws a sentence of a prompt that may be missing, and returns the text
// without it; "" if there is none. What was added in this round comes first.
func (s *search) dropOne(m member, tried map[string]bool) (text, without string) {
	old := map[string]bool{}
	for _, sentence := range lint.Sentences(s.champion.Text) {
		old[wording.Fold(sentence)] = true
	}
	list := lint.Sentences(m.prompt.Text)
	for _, fresh := range []bool{true, false} {
		for _, i := range s.random.Perm(len(list)) {
			if old[wording.Fold(list[i])] == fresh || tried[list[i]] || i == 0 {
				continue // the first sentence says who the assistant is
			}
			if text := lint.WithoutSentence(m.prompt.Text, list[i]); s.rules.Check(text) == "" {
				return text, list[i]
			}
			tried[list[i]] = true
		}
	}
	return "", ""
}

// tryWithout measures a prompt without one of its sentences, first on the cases
// that the prompt had gained.
func (s *search) tryWithout(ctx context.Context, k int, text, without string) (outcome, error) {
	d := &draft{kind: "ablation", parents: []int{k}}
	for i := range s.train {
		if s.pool[k].train.Results[i].orZero() > s.pool[0].train.Results[i].orZero() && len(d.first) < batch {
			d.first = append(d.first, i)
		}
	}
	if !s.funds.affords(len(s.train) * s.cfg.Repeats) {
		return outOfFunds, nil
	}
	p := s.successor(text)
	s.rules.Tried(p.Text)
	line := CandidateRecord{Kind: d.kind, Parent: hash(s.pool[k].prompt.Text), PromptRecord: record(p)}
	line.Rationale = fmt.Sprintf("Without: %s", cut(without, 200))
	o, err := s.measure(ctx, p, d, line.Rationale, &line)
	s.cert.Candidates = append(s.cert.Candidates, line)
	return o, err
}
