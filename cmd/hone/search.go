package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/otel"
)

type searchCmd struct {
	Query  []string `arg:"" help:"What to look for."`
	Limit  int      `short:"n" default:"10" help:"Passages to show, at most 50."`
	Source []string `help:"Only these sources, by name or ID."`
	Kind   string   `help:"Only documents of this kind: runbook, postmortem, design, handbook."`
}

func (c searchCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	ctx, end := commandSpan(ctx, "search")
	defer end(&err)
	q := knowledge.Query{
		Texts: []string{strings.Join(c.Query, " ")}, Limit: c.Limit, Access: knowledge.Access{All: true},
	}
	for _, name := range c.Source {
		src, err := a.base.Source(ctx, name)
		if err != nil {
			return fmt.Errorf("source %q: %w", name, err)
		}
		q.Sources = append(q.Sources, src.ID)
	}
	if c.Kind != "" {
		q.Filter = &knowledge.Filter{Type: knowledge.Eq, Key: "kind", Value: c.Kind}
	}
	passages, err := a.base.Search(otel.WithCaller(ctx, otel.Caller{Origin: string(agent.FromCLI)}), q)
	if errors.Is(err, knowledge.ErrInvalid) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	return printPassages(term, s.JSON, passages)
}

// passageJSON is a passage for machines.
type passageJSON struct {
	Source     string               `json:"source"`
	FileID     string               `json:"file_id"`
	Path       string               `json:"path"`
	Title      string               `json:"title"`
	Section    string               `json:"section"`
	Lines      [2]int               `json:"lines"`
	URL        string               `json:"url,omitempty"`
	Score      float64              `json:"score"`
	Attributes knowledge.Attributes `json:"attributes"`
	Text       string               `json:"text"`
}

func printPassages(term terminal, asJSON bool, passages []knowledge.Passage) error {
	if asJSON {
		out := []passageJSON{}
		for _, p := range passages {
			out = append(out, passageJSON{
				p.Source, p.FileID, p.Path, p.Title, strings.Join(p.Section, " › "),
				[2]int{p.FirstLine, p.LastLine}, p.URL, p.Score, p.Attributes, p.Text,
			})
		}
		return printJSON(term.out, out)
	}
	if len(passages) == 0 {
		fmt.Fprintln(term.out, "Nothing found.")
	}
	paint := newPainter(term.out)
	for i, p := range passages {
		fmt.Fprintf(term.out, "%s %s%s  %s  %s\n", paint.bold(fmt.Sprintf("%2d.", i+1)), paint.cyan(clean(p.Path)),
			lineRange([2]int{p.FirstLine, p.LastLine}), clean(strings.Join(p.Section, " › ")), paint.dim(fmt.Sprintf("%.2f", p.Score)))
		fmt.Fprintf(term.out, "    %s\n", shorten(strings.Join(strings.Fields(clean(p.Text)), " "), 200))
	}
	return nil
}
