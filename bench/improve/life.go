package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/internal/inprocess"
	"github.com/honehq/hone/prompts"
	"github.com/honehq/hone/store/sqlite"
)

// life is an agent that is improved round by round.
type life struct {
	world
	rewriter string // reflect, rewrite or stock
	gated    bool   // else what does better on dev goes live at once
	rounds   int
	answers  int64 // no round begins after so many; 0: no bound
	fresh    int   // cases before the first round, and after each
}

// lived is how a life went.
type lived struct {
	worth      []float64 // of the prompt in use, at the start and after each round
	promotions int
	worse      int // promotions of a prompt that is worth less
	answers    int64
}

func (l *lived) end() float64 { return l.worth[len(l.worth)-1] }

// live lives it, in a database of its own that is thrown away.
func (l life) live(ctx context.Context) (_ lived, err error) {
	dir, err := os.MkdirTemp("", "hone-improve-")
	if err != nil {
		return lived{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	store, err := sqlite.Open(ctx, filepath.Join(dir, "hone.db"))
	if err != nil {
		return lived{}, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	library := prompts.New(store)
	p, err := library.Create(ctx, prompts.Draft{Text: firstPrompt, Author: "bench"})
	if err != nil {
		return lived{}, err
	}
	im, err := l.improver(store, library)
	if err != nil {
		return lived{}, err
	}
	out := lived{worth: []float64{worth(p.Text)}}
	for round := range l.rounds {
		if l.answers > 0 && l.asked.Load() >= l.answers {
			break
		}
		added := eval.Admission{Agent: "bench", From: "bench", Cases: cases(round*l.fresh, l.fresh), Seed: l.seed}
		if _, err := eval.Enter(ctx, store, added); err != nil {
			return out, err
		}
		r, err := im.Round(ctx, eval.RoundRequest{Agent: "bench", PromptID: p.ID, Cause: "demand", Seed: l.seed*1000 + uint64(round) + 1})
		if err != nil {
			return out, err
		}
		if err := l.settle(ctx, library, r); err != nil {
			return out, err
		}
		if p, err = library.InUse(ctx, p.ID); err != nil {
			return out, err
		}
		out.add(r, p)
	}
	out.answers = l.asked.Load()
	return out, nil
}

func (l life) improver(store *sqlite.DB, library *prompts.Library) (*eval.Improver, error) {
	rewriter, err := rewriterOf(l.rewriter)
	if err != nil {
		return nil, err
	}
	mode := eval.Auto
	if !l.gated {
		mode = eval.Off
	}
	return eval.NewImprover(eval.ImproverConfig{
		Store: store, Prompts: library, Judge: eval.Deterministic{}, Rewriter: rewriter, Mode: mode,
		Logger: slog.New(slog.DiscardHandler),
		Freeze: func(context.Context) (eval.Frozen, error) {
			return eval.Frozen{Runner: l.world, Model: "scripted", Snapshot: "none"}, nil
		},
	})
}

// settle puts the best candidate of an ungated round in use.
func (l life) settle(ctx context.Context, library *prompts.Library, r eval.Round) error {
	report, err := r.Report()
	if err != nil || l.gated || report.After == nil {
		return err
	}
	_, err = library.Update(ctx, r.PromptID, prompts.Draft{Text: report.After.Text, Author: "bench"}, r.Champion, true)
	return err
}

// add takes down a round and the prompt in use after it.
func (l *lived) add(r eval.Round, p prompts.Prompt) {
	was, is := l.end(), worth(p.Text)
	if p.Version != r.Champion {
		l.promotions++
		if is <= was {
			l.worse++
		}
	}
	l.worth = append(l.worth, is)
}

func rewriterOf(name string) (eval.Rewriter, error) {
	client := openai.NewClient(option.WithHTTPClient(&http.Client{Transport: inprocess.Transport{Handler: writer{}}}),
		option.WithBaseURL("http://scripted/v1/"), option.WithAPIKey("none"), option.WithMaxRetries(0))
	config := eval.ReflectConfig{Client: client, Model: "scripted", Retries: -1}
	switch name {
	case "reflect":
		return eval.NewReflect(config)
	case "rewrite":
		return eval.NewOneShot(config)
	case "stock":
		return eval.Stock{}, nil
	}
	return nil, fmt.Errorf("there is no rewriter %q", name)
}
