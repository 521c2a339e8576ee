package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/knowledge"
)

type askCmd struct {
	Question []string `arg:"" help:"The question."`
	Thread   string   `help:"Follow up in this thread." placeholder:"ID"`
}

func (c askCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	at := *s
	at.MustExist = at.MustExist && at.Backend != "remote" // whose documents are elsewhere: nothing is ingested first
	a, err := openApp(ctx, at, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	ctx, end := commandSpan(ctx, "ask")
	defer end(&err)
	if err := a.warnIfEmpty(ctx, term); err != nil {
		return err
	}
	q := agent.Question{
		Text: strings.Join(c.Question, " "), Thread: c.Thread,
		Origin: agent.FromCLI, Access: knowledge.Access{All: true},
	}
	answer, err := printAnswer(term, s.JSON, a.agent.Ask(ctx, q))
	switch {
	case errors.Is(err, agent.ErrEmpty):
		return usageError{err}
	case errors.Is(err, fs.ErrNotExist) && c.Thread != "":
		return fmt.Errorf("there is no thread %s: leave --thread out to start one", c.Thread)
	case err != nil:
		return err
	}
	if s.JSON {
		return nil
	}
	trial, err := a.trialOf(ctx, answer.Prompt)
	if err != nil {
		return err
	}
	p := newPainter(term.out)
	fmt.Fprintln(term.out, p.dim(fmt.Sprintf("%s · %s · prompt v%d%s · %s · follow up: hone ask --thread %s …",
		answer.Status, answer.Model, answer.Prompt.Version, trial, seconds(answer.Duration), answer.Thread)))
	return nil
}

// closeInto closes the app at the end of a command.
func (a *app) closeInto(err *error) { *err = errors.Join(*err, a.Close()) }

func (a *app) warnIfEmpty(ctx context.Context, term terminal) error {
	sources, err := a.base.Sources(ctx)
	if err != nil {
		return err
	}
	for _, s := range sources {
		if s.Documents > 0 {
			return nil
		}
	}
	fmt.Fprintln(term.err, "hone: there are no documents yet; add some: hone ingest DIR")
	return nil
}

// printAnswer prints a run as it happens and returns its answer.
func printAnswer(term terminal, asJSON bool, events func(func(agent.Event, error) bool)) (agent.Answer, error) {
	p := newPainter(term.out)
	spoken, fresh := false, true
	for e, err := range events {
		if err != nil {
			return agent.Answer{}, err
		}
		if d, ok := e.(agent.Done); ok {
			if asJSON {
				return d.Answer, printJSON(term.out, d.Answer)
			}
			if !fresh {
				fmt.Fprintln(term.out)
			}
			if !spoken {
				fmt.Fprintln(term.out, clean(d.Answer.Answer))
			}
			printCitations(term, p, d.Answer)
			return d.Answer, nil
		}
		if asJSON {
			continue
		}
		switch e := e.(type) {
		case agent.TextEvent:
			spoken, fresh = true, false
			fmt.Fprint(term.out, clean(e.Text))
		case agent.ToolEvent:
			if !e.Done {
				continue
			}
			if !fresh {
				fmt.Fprintln(term.out)
			}
			spoken, fresh = false, true // text before a tool call was thinking aloud
			fmt.Fprintln(term.out, p.dim("· "+clean(toolLine(e))))
		}
	}
	return agent.Answer{}, errors.New("the run ended without an answer")
}

// toolLine says in a line what a tool did.
func toolLine(e agent.ToolEvent) string {
	var args struct {
		Queries   []string `json:"queries"`
		Path      string   `json:"path"`
		Directory string   `json:"directory"`
	}
	_ = json.Unmarshal([]byte(e.Arguments), &args) // a line for people: what can't be read is left out
	what := strings.Join(args.Queries, " | ") + args.Path + args.Directory
	line := e.Tool
	if what != "" {
		line += " " + shorten(what, 100)
	}
	if e.Summary != "" {
		line += " → " + shorten(e.Summary, 100)
	}
	if e.Failed {
		line += " (failed)"
	}
	return line
}

func printCitations(term terminal, p painter, a agent.Answer) {
	if a.Note != "" {
		fmt.Fprintln(term.out, p.yellow("Note: "+a.Note))
	}
	for _, c := range a.Citations {
		fmt.Fprintf(term.out, "%s %s%s  %s\n    %s\n", p.bold(fmt.Sprintf("[%d]", c.N)), p.cyan(clean(c.Path)),
			lineRange(c.Lines), clean(c.Section), p.dim("“"+shorten(strings.Join(strings.Fields(clean(c.Quote)), " "), 120)+"”"))
	}
}

func lineRange(l [2]int) string {
	switch {
	case l[0] == 0:
		return ""
	case l[0] == l[1]:
		return fmt.Sprintf(":%d", l[0])
	}
	return fmt.Sprintf(":%d-%d", l[0], l[1])
}

func seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(time.Millisecond).String()
}

// shorten cuts a line for people at n characters.
func shorten(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
