package main

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// all lives lives side by side, one for each seed from 1 on.
func all(ctx context.Context, n int, with func(seed uint64) life) ([]lived, error) {
	out := make([]lived, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range out {
		group.Go(func() (err error) {
			l := with(uint64(i + 1))
			l.seed, l.asked = uint64(i+1), &atomic.Int64{}
			out[i], err = l.live(ctx)
			return err
		})
	}
	return out, group.Wait()
}

// near is how near to the best prompt is near enough.
const near = 0.03

// climb: an agent whose guidelines interact, with a prompt to be found that no
// stock holds.
func (b bench) climb(ctx context.Context) error {
	n := b.lives(10)
	found, err := all(ctx, n, func(uint64) life {
		return life{world: world{luck: byQuestion, answer: quality}, rewriter: "reflect", gated: true, rounds: 12, fresh: 300}
	})
	if err != nil {
		return err
	}
	top, there, worse := best(), 0, 0
	for _, l := range found {
		worse += l.worse
		if l.end() >= top-near {
			there++
		}
	}
	b.say("\nclimb: guidelines that interact, from a prompt worth %.3f; the best is worth %.3f", worth(firstPrompt), top)
	b.say("  within %.0f points of the best after at most 12 rounds: %d seeds of %d; promotions of a worse prompt: %d", 100*near, there, n, worse)
	for i, l := range found {
		b.say("  seed %2d: %s", i+1, path(l.worth))
	}
	return nil
}

// noise: no prompt helps. Scores differ by chance, or tie exactly.
func (b bench) noise(ctx context.Context) error {
	for _, c := range []struct {
		luck luck
		n    int
		most string
	}{{byAnswer, b.lives(100), "at most 9 of 100 may be"}, {byQuestion, b.lives(20), "none may be"}} {
		found, err := all(ctx, c.n, func(uint64) life {
			flat := func(string, int) float64 { return 0.6 }
			return life{world: world{luck: c.luck, answer: flat}, rewriter: "reflect", gated: true, rounds: 6, fresh: 120}
		})
		if err != nil {
			return err
		}
		promoted := 0
		for _, l := range found {
			promoted += min(l.promotions, 1)
		}
		b.say("\nnoise, drawn by %s: no prompt helps; 6 rounds each", c.luck)
		b.say("  seeds with any promotion: %d of %d (%s)", promoted, c.n, c.most)
	}
	return nil
}

// table compares rewriters at the same number of answers, with the gate and
// without: what does better on dev is then put in use at once.
func (b bench) table(ctx context.Context) error {
	const answers = 12000
	n := b.lives(20)
	b.say("\ntable: guidelines that interact, each answer a draw of its own; %d lives of at most %d answers", n, answers)
	b.say("  the first prompt is worth %.3f, the best %.3f", worth(firstPrompt), best())
	b.say("  %-8s  %-7s  %18s  %6s  %10s  %16s", "rewriter", "", "worth at the end", "lowest", "promotions", "of which worse")
	for _, name := range []string{"reflect", "rewrite", "stock"} {
		for _, gated := range []bool{true, false} {
			found, err := all(ctx, n, func(uint64) life {
				return life{world: world{luck: byAnswer, answer: quality}, rewriter: name, gated: gated, rounds: 40, answers: answers, fresh: 150}
			})
			if err != nil {
				return err
			}
			label := "gated"
			if !gated {
				label = "ungated"
			}
			s := summary(found)
			b.say("  %-8s  %-7s  %10.3f ± %.3f  %6.3f  %10.1f  %10d (%.0f %%)", name, label, s.mean, s.error, s.lowest, s.promotions, s.worse, s.worseShare)
		}
	}
	return nil
}

// totals are several lives.
type totals struct {
	mean, error float64 // worth at the end, with 1.96 standard errors
	lowest      float64 // of all prompts that were in use
	promotions  float64 // a life
	worse       int
	worseShare  float64 // of all promotions, in per cent
}

func summary(lives []lived) totals {
	t := totals{lowest: math.Inf(1)}
	n := float64(len(lives))
	promotions := 0
	for _, l := range lives {
		t.mean += l.end() / n
		t.lowest = min(t.lowest, slices.Min(l.worth))
		promotions += l.promotions
		t.worse += l.worse
	}
	for _, l := range lives {
		t.error += (l.end() - t.mean) * (l.end() - t.mean)
	}
	t.error = 1.96 * math.Sqrt(t.error/max(n-1, 1)/n)
	t.promotions = float64(promotions) / n
	if promotions > 0 {
		t.worseShare = 100 * float64(t.worse) / float64(promotions)
	}
	return t
}
