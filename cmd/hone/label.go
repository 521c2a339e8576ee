package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/calibrate"
)

type labelCmd struct {
	Pairs   int    `default:"60" help:"How many cases to draw when no answer waits; of each, one answer by the prompt in use and one by a candidate."`
	Fresh   bool   `help:"Answer train, dev and retired cases anew, instead of taking the answers of the last rounds."`
	Against int    `placeholder:"VERSION" help:"With --fresh: the version of the prompt to compare the one in use with. Default: the newest other one."`
	Seed    uint64 `default:"1" help:"Seed of the draw."`
	Export  string `type:"path" placeholder:"FILE" help:"Write the answers that wait as JSON, to be graded elsewhere; - for standard output."`
	Import  string `type:"path" placeholder:"FILE" help:"Read such a file, filled in; - for standard input."`
}

func (c labelCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	switch {
	case c.Pairs < 1:
		return usagef("--pairs is %d; at least one case must be drawn", c.Pairs)
	case c.Against != 0 && !c.Fresh:
		return usagef("--against needs --fresh: the answers of the last rounds are compared as the rounds did")
	}
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	if c.Import != "" {
		return a.importLabels(ctx, term, c.Import)
	}
	items, err := a.itemsToLabel(ctx, term, c)
	if err != nil {
		return err
	}
	if c.Export != "" {
		return exportLabels(term, c.Export, calibrate.NewSheet(s.Agent, items))
	}
	session := labelling{app: a, term: term, items: items, keys: keysOf(term)}
	if s.JSON {
		session.term.out = term.err // the document alone goes to standard output
	}
	if err := session.run(ctx); err != nil {
		return err
	}
	return a.printLabels(ctx, term)
}

// itemsToLabel are the agent's; more are drawn if none waits.
func (a *app) itemsToLabel(ctx context.Context, term terminal, c labelCmd) ([]calibrate.Item, error) {
	items, err := a.store.LabelItems(ctx, a.settings.Agent)
	if err != nil || len(calibrate.Open(items)) > 0 && !c.Fresh {
		return items, err
	}
	var pairs []eval.Pair
	if c.Fresh {
		pairs, err = a.freshPairs(ctx, term, c.Against)
	} else {
		pairs, err = eval.RecordedPairs(ctx, a.store, a.settings.Agent)
	}
	if err != nil {
		return nil, err
	}
	drawn := calibrate.Draw(pairs, c.Pairs, c.Seed)
	if _, err := a.store.AddLabelItems(ctx, a.settings.Agent, drawn); err != nil {
		return nil, err
	}
	if items, err = a.store.LabelItems(ctx, a.settings.Agent); err != nil || len(calibrate.Open(items)) > 0 {
		return items, err
	}
	if c.Fresh {
		return nil, errors.New("no answer is left to label: none has facts to decide, or all are labelled; add cases with vital nuggets")
	}
	return nil, errors.New("no answer is left to label: run a round first (hone improve), or answer anew: hone eval label --fresh")
}

// freshPairs answers all cases that may be seen by the prompt in use and by
// another version.
func (a *app) freshPairs(ctx context.Context, term terminal, against int) ([]eval.Pair, error) {
	champion, err := a.prompts.InUse(ctx, a.promptID)
	if err != nil {
		return nil, err
	}
	if against == 0 {
		versions, err := a.prompts.Versions(ctx, a.promptID)
		if err != nil {
			return nil, err
		}
		for _, p := range slices.Backward(versions) {
			if p.Version != champion.Version {
				against = p.Version
				break
			}
		}
	}
	if against == 0 {
		return nil, usagef("the prompt has only one version, so there is nothing to compare it with")
	}
	candidate, err := a.version(ctx, against)
	if err != nil {
		return nil, err
	}
	cases, err := a.store.Cases(ctx, eval.CaseFilter{Agent: a.settings.Agent, Retired: true})
	if err != nil {
		return nil, err
	}
	cases = slices.DeleteFunc(cases, func(c eval.StoredCase) bool { return c.Split == eval.Sealed && c.Retired.IsZero() })
	bar := newBar(term, a.settings.JSON, false)
	defer bar.end()
	evaluator, err := a.evaluator(ctx, 1, func(done, total int) { bar.show("answers", int64(done), int64(total)) })
	if err != nil {
		return nil, err
	}
	before, err := evaluator.Run(ctx, champion, cases)
	if err != nil {
		return nil, err
	}
	after, err := evaluator.Run(ctx, candidate, cases)
	if err != nil {
		return nil, err
	}
	return eval.PairsOf(before, after), nil
}

func exportLabels(term terminal, path string, sheet calibrate.Sheet) (err error) {
	if path == "-" || strings.HasSuffix(path, "/-") {
		return printJSON(term.out, sheet)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return usageError{err}
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := printJSON(f, sheet); err != nil {
		return err
	}
	fmt.Fprintf(term.out, "%d answers are in %s. Set \"stated\" of each fact to true or false, then: hone eval label --import %s\n", len(sheet.Answers), path, path)
	return nil
}

func (a *app) importLabels(ctx context.Context, term terminal, path string) error {
	var r io.Reader = term.in
	if path != "-" && !strings.HasSuffix(path, "/-") {
		f, err := os.Open(path)
		if err != nil {
			return usageError{err}
		}
		defer f.Close()
		r = f
	}
	sheet, err := calibrate.ReadSheet(r)
	if err != nil {
		return usageError{err}
	}
	items, err := a.store.LabelItems(ctx, a.settings.Agent)
	if err != nil {
		return err
	}
	labels, err := sheet.Labels(items, author(), time.Now().UTC())
	if err != nil {
		return usageError{err}
	}
	for id, l := range labels {
		if err := a.store.PutLabel(ctx, a.settings.Agent, id, l); err != nil {
			return err
		}
	}
	return a.printLabels(ctx, term)
}

// printLabels says how far the labelling is.
func (a *app) printLabels(ctx context.Context, term terminal) error {
	items, err := a.store.LabelItems(ctx, a.settings.Agent)
	if err != nil {
		return err
	}
	var n struct {
		Labelled int `json:"labelled"`
		Skipped  int `json:"skipped"`
		Open     int `json:"open"`
	}
	n.Open = len(calibrate.Open(items))
	for _, i := range items {
		switch {
		case i.Label == nil:
		case i.Label.Skipped:
			n.Skipped++
		default:
			n.Labelled++
		}
	}
	if a.settings.JSON {
		return printJSON(term.out, n)
	}
	_, err = fmt.Fprintf(term.out, "%d answers are labelled, %d skipped, %d wait.\n", n.Labelled, n.Skipped, n.Open)
	if err == nil && n.Labelled > 0 {
		_, err = fmt.Fprintln(term.out, "What they say of the judge: hone eval calibrate")
	}
	return err
}

// labelling is a person who grades answers, one after the other. Each label is
// stored at once.
type labelling struct {
	app   *app
	term  terminal
	items []calibrate.Item
	keys  func() (rune, error)
}

var errQuit = errors.New("quit")

func (l *labelling) run(ctx context.Context) error {
	open := calibrate.Open(l.items)
	done := map[string]bool{} // as twins
	for n, item := range open {
		if done[item.ID] {
			continue
		}
		fmt.Fprintf(l.term.out, "\n── Answer %d of %d ──\n", n+1, len(open))
		label, err := l.ask(ctx, item)
		if errors.Is(err, errQuit) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, i := range append(calibrate.Twins(open, item), item) {
			done[i.ID] = true
			if err := l.app.store.PutLabel(ctx, l.app.settings.Agent, i.ID, label); err != nil {
				return err
			}
		}
	}
	return nil
}

// ask shows an answer and asks which facts it states.
func (l *labelling) ask(ctx context.Context, item calibrate.Item) (calibrate.Label, error) {
	p := newPainter(l.term.out)
	fmt.Fprintf(l.term.out, "%s %s\n\n", p.bold("Question:"), clean(item.Case.Question))
	for line := range strings.SplitSeq(strings.TrimSpace(clean(item.Answer.Answer)), "\n") {
		fmt.Fprintln(l.term.out, "  "+line)
	}
	if item.Case.Answer != "" {
		fmt.Fprintf(l.term.out, "\n%s %s\n", p.dim("Expected:"), clean(item.Case.Answer))
	}
	label := calibrate.Label{Facts: map[string]bool{}, By: author(), At: time.Now().UTC()}
	for _, f := range item.Case.Facts() {
		key, err := l.key(ctx, fmt.Sprintf("\nDoes the answer state: %s? [y/n/s skip/q quit] ", clean(f.Text)))
		switch {
		case err != nil:
			return label, err
		case key == 's':
			label.Skipped, label.Facts = true, map[string]bool{}
			return label, nil
		}
		label.Facts[f.ID] = key == 'y'
	}
	return label, nil
}

// key asks until one of the keys is pressed.
func (l *labelling) key(ctx context.Context, question string) (rune, error) {
	for {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		fmt.Fprint(l.term.out, question)
		key, err := l.keys()
		if errors.Is(err, io.EOF) {
			fmt.Fprintln(l.term.out)
			return 0, errQuit
		}
		if err != nil {
			return 0, err
		}
		fmt.Fprintln(l.term.out, clean(string(key)))
		switch key {
		case 'y', 'n', 's':
			return key, nil
		case 'q', 3, 4: // Ctrl-C and Ctrl-D, which a raw terminal passes on
			return 0, errQuit
		}
		fmt.Fprint(l.term.out, "y: it states this, in these or other words; n: it does not; s: skip this answer; q: quit, all labels so far are kept.")
	}
}

// keysOf reads key by key: on a terminal as they are pressed, else characters
// without white space.
func keysOf(t terminal) func() (rune, error) {
	f, ok := t.in.(*os.File)
	raw := ok && term.IsTerminal(int(f.Fd()))
	return func() (rune, error) {
		for {
			if raw {
				before, err := term.MakeRaw(int(f.Fd()))
				if err != nil {
					raw = false
					continue
				}
				key, err := readKey(t.in)
				return key, errors.Join(err, term.Restore(int(f.Fd()), before))
			}
			key, err := readKey(t.in)
			if err != nil || !strings.ContainsRune(" \t\r\n", key) {
				return key, err
			}
		}
	}
}

func readKey(r io.Reader) (rune, error) {
	var b [1]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, err
	}
	return []rune(strings.ToLower(string(rune(b[0]))))[0], nil
}
