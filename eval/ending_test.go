package eval_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

// A person edits the prompt while sealed cases are answered: the edit wins.
func TestAnEditEndsTheRound(t *testing.T) {
	w := newWorld(t, firstPrompt, 120)
	sealed := map[string]bool{}
	for _, c := range w.cases(eval.Sealed) {
		sealed[c.Question] = true
	}
	edited := false
	w.runner.before = func(ctx context.Context, _ *prompts.Prompt, q string) error {
		w.runner.mu.Lock()
		defer w.runner.mu.Unlock()
		if edited || !sealed[q] {
			return nil
		}
		edited = true
		_, err := w.prompts.Update(context.WithoutCancel(ctx), w.promptID, prompts.Draft{Text: "My own words.", Author: "a person"}, 1, true)
		return err
	}
	r := w.firstEntry()
	if r.State != eval.Stale || r.Won || r.Alpha == 0 {
		t.Errorf("round %+v", r)
	}
	if p := w.inUse(); p.Text != "My own words." {
		t.Errorf("in use: %q", p.Text)
	}
}

func TestARoundThatFailsIsStored(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	w.runner.before = func(context.Context, *prompts.Prompt, string) error { return errors.New("provider down") }
	r, err := w.improver().Round(t.Context(), w.request(1))
	if err == nil || r.State != eval.Failed || !strings.Contains(r.Verdict, "answers failed") {
		t.Errorf("round %+v, %v", r, err)
	}
	w.runner.before = nil
	w.rewriter.guidelines = nil
	r, err = w.improver().Round(t.Context(), w.request(2))
	if err == nil || r.State != eval.Failed || r.Entered {
		t.Errorf("without a rewriter: %+v, %v", r, err)
	}
	stored, err := w.store.Round(t.Context(), r.ID)
	if err != nil || stored.State != eval.Failed {
		t.Errorf("stored: %+v, %v", stored, err)
	}
}

func TestWithoutCasesThereIsNoRound(t *testing.T) {
	w := newWorld(t, firstPrompt, 0)
	if _, err := w.improver().Round(t.Context(), w.request(1)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if rounds, err := w.store.Rounds(t.Context(), agentName, 0); err != nil || len(rounds) != 0 {
		t.Errorf("rounds %v, %v", rounds, err)
	}
}

// Two processes on one store: one round at a time.
func TestOneRoundAtATime(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	running, most := 0, 0
	improver := func() *eval.Improver {
		im, err := eval.NewImprover(eval.ImproverConfig{
			Store: w.store, Prompts: w.prompts, Judge: w.judge, Rewriter: w.rewriter, Logger: w.logger,
			Freeze: func(context.Context) (eval.Frozen, error) {
				w.runner.mu.Lock()
				defer w.runner.mu.Unlock()
				running++
				most = max(most, running)
				return eval.Frozen{Runner: w.runner, Model: "scripted", Close: func() error {
					w.runner.mu.Lock()
					defer w.runner.mu.Unlock()
					running--
					return nil
				}}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		return im
	}
	type outcome struct {
		done, busy int
		err        error
	}
	results := make(chan outcome)
	for range 2 {
		im := improver()
		go func() {
			var o outcome
			for seed := range uint64(6) {
				_, err := im.Round(t.Context(), w.request(seed+1))
				switch {
				case err == nil:
					o.done++
				case errors.Is(err, eval.ErrBusy):
					o.busy++
				default:
					o.err = err
				}
			}
			results <- o
		}()
	}
	done := 0
	for range 2 {
		o := <-results
		if o.err != nil {
			t.Error(o.err)
		}
		done += o.done
	}
	rounds, err := w.store.Rounds(t.Context(), agentName, 0)
	if err != nil {
		t.Fatal(err)
	}
	if most != 1 || len(rounds) != done || done == 0 {
		t.Errorf("at most %d rounds at a time; %d stored, %d done", most, len(rounds), done)
	}
}
