package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/honehq/hone/prompts"
)

type promptsCmd struct {
	Ls       promptsLsCmd       `cmd:"" help:"List the versions of the agent's prompt."`
	Show     promptsShowCmd     `cmd:"" help:"Print a version's text."`
	Diff     promptsDiffCmd     `cmd:"" help:"Compare two versions."`
	Edit     promptsEditCmd     `cmd:"" help:"Store a new version and put it in use."`
	Activate promptsActivateCmd `cmd:"" help:"Put a version in use."`
	Rollback promptsRollbackCmd `cmd:"" help:"Put the version in use before this one in use again."`
	Log      promptsLogCmd      `cmd:"" help:"Who changed the prompt, when and why."`
}

// promptJSON is a version for machines.
type promptJSON struct {
	ID        string    `json:"id"`
	Version   int       `json:"version"`
	InUse     bool      `json:"in_use"`
	Text      string    `json:"text"`
	Variables []string  `json:"variables"`
	Author    string    `json:"author"`
	Reason    string    `json:"reason"`
	CreatedAt time.Time `json:"created_at"`
}

func toPromptJSON(p prompts.Prompt) promptJSON {
	if p.Variables == nil {
		p.Variables = []string{}
	}
	return promptJSON{p.ID, p.Version, p.InUse, p.Text, p.Variables, p.Author, p.Reason, p.CreatedAt}
}

// withPrompts runs f on an app and the ID of the agent's prompt.
func withPrompts(ctx context.Context, s *settings, term terminal, f func(a *app, id string) error) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	err = f(a, a.promptID)
	if errors.Is(err, prompts.ErrInvalid) {
		return usageError{err}
	}
	return err
}

const versions, seeVersions = "version of the prompt", "hone prompts ls"

// version is a version of the agent's prompt; 0: the one in use.
func (u *unit) version(ctx context.Context, version int) (prompts.Prompt, error) {
	p, err := u.prompts.Get(ctx, u.promptID, version)
	return p, missing(err, versions, strconv.Itoa(version), seeVersions)
}

type promptsLsCmd struct{}

func (promptsLsCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return withPrompts(ctx, s, term, func(a *app, id string) error {
		versions, err := a.prompts.Versions(ctx, id)
		if err != nil {
			return err
		}
		if s.JSON {
			out := []promptJSON{}
			for _, v := range versions {
				out = append(out, toPromptJSON(v))
			}
			return printJSON(term.out, out)
		}
		fmt.Fprintf(term.out, "Prompt of agent %s: %s\n", a.agent.Name(), id)
		w := tabwriter.NewWriter(term.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "VERSION\tIN USE\tCREATED\tBY\tWHY\tTEXT")
		for _, v := range versions {
			mark := ""
			if v.InUse {
				mark = "✓"
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", v.Version, mark, v.CreatedAt.Local().Format(time.DateTime),
				clean(v.Author), shorten(clean(v.Reason), 40), shorten(strings.Join(strings.Fields(clean(v.Text)), " "), 60))
		}
		return w.Flush()
	})
}

type promptsShowCmd struct {
	Version int `arg:"" optional:"" help:"Default: the version in use."`
}

func (c promptsShowCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return withPrompts(ctx, s, term, func(a *app, id string) error {
		p, err := a.version(ctx, c.Version)
		if err != nil {
			return err
		}
		if s.JSON {
			return printJSON(term.out, toPromptJSON(p))
		}
		fmt.Fprintln(term.out, strings.TrimRight(clean(p.Text), "\n"))
		return nil
	})
}

type promptsDiffCmd struct {
	Old int `arg:"" help:"Version."`
	New int `arg:"" optional:"" help:"Version. Default: the one in use."`
}

func (c promptsDiffCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return withPrompts(ctx, s, term, func(a *app, id string) error {
		before, err := a.version(ctx, c.Old)
		if err != nil {
			return err
		}
		after, err := a.version(ctx, c.New)
		if err != nil {
			return err
		}
		if s.JSON {
			return printJSON(term.out, diffJSON{toPromptJSON(before), toPromptJSON(after), diffOf(before, after)})
		}
		printDiff(term.out, before, after)
		return nil
	})
}

// diffJSON is a comparison for machines.
type diffJSON struct {
	Old  promptJSON `json:"old"`
	New  promptJSON `json:"new"`
	Diff string     `json:"diff"` // unified; empty: the texts are the same
}

// diffOf says line by line what changed between two versions; nothing, if the
// texts are the same.
func diffOf(before, after prompts.Prompt) string {
	name := func(p prompts.Prompt) string {
		if p.Version == 0 {
			return "candidate" // of a round that did not put it in use
		}
		return "version " + strconv.Itoa(p.Version)
	}
	text := func(p prompts.Prompt) []byte { return []byte(strings.TrimRight(clean(p.Text), "\n") + "\n") }
	d := string(diff.Diff(name(before), text(before), name(after), text(after)))
	_, d, _ = strings.Cut(d, "\n") // the command line of a diff, which nobody ran
	return strings.TrimRight(d, "\n")
}

// printDiff prints what changed between two versions.
func printDiff(w io.Writer, before, after prompts.Prompt) {
	d := diffOf(before, after)
	if d == "" {
		fmt.Fprintln(w, "The texts are the same.")
		return
	}
	p := newPainter(w)
	for l := range strings.SplitSeq(d, "\n") {
		switch {
		case strings.HasPrefix(l, "+"):
			fmt.Fprintln(w, p.green(l))
		case strings.HasPrefix(l, "-"):
			fmt.Fprintln(w, p.red(l))
		default:
			fmt.Fprintln(w, p.dim(l))
		}
	}
}

type promptsEditCmd struct {
	File   string `arg:"" help:"File with the new text; - for standard input." type:"path"`
	Reason string `help:"Why, for the log."`
}

func (c promptsEditCmd) Run(ctx context.Context, s *settings, term terminal) error {
	var text []byte
	var err error
	if c.File == "-" {
		text, err = io.ReadAll(io.LimitReader(term.in, prompts.MaxText+1))
	} else {
		text, err = os.ReadFile(c.File)
	}
	if err != nil {
		return usageError{err}
	}
	return withPrompts(ctx, s, term, func(a *app, id string) error {
		now, err := a.prompts.InUse(ctx, id)
		if err != nil {
			return err
		}
		p, err := a.prompts.Update(ctx, id, prompts.Draft{
			Text: string(text), Author: author(), Reason: cmp.Or(c.Reason, "edited"),
		}, now.Version, true)
		if err != nil {
			return err
		}
		return printInUse(term, s, p)
	})
}

type promptsActivateCmd struct {
	Version int    `arg:"" help:"Version to put in use."`
	Reason  string `help:"Why, for the log."`
}

func (c promptsActivateCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return withPrompts(ctx, s, term, func(a *app, id string) error {
		p, err := a.prompts.Use(ctx, id, c.Version, 0, author(), cmp.Or(c.Reason, "activated by hand"))
		if err != nil {
			return missing(err, versions, strconv.Itoa(c.Version), seeVersions)
		}
		return printInUse(term, s, p)
	})
}

type promptsRollbackCmd struct {
	Reason string `help:"Why, for the log."`
}

func (c promptsRollbackCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return withPrompts(ctx, s, term, func(a *app, id string) error {
		log, err := a.prompts.Log(ctx, id)
		if err != nil {
			return err
		}
		last := lastActivation(log)
		if last.Previous == 0 {
			return usagef("only one version was ever in use: there is nothing to roll back to")
		}
		p, err := a.prompts.Use(ctx, id, last.Previous, last.Version, author(), cmp.Or(c.Reason, "rolled back"))
		if err != nil {
			return err
		}
		return printInUse(term, s, p)
	})
}

func lastActivation(log []prompts.Change) prompts.Change {
	for _, c := range slices.Backward(log) {
		if c.Action == prompts.Activated {
			return c
		}
	}
	return prompts.Change{}
}

type promptsLogCmd struct{}

func (promptsLogCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return withPrompts(ctx, s, term, func(a *app, id string) error {
		log, err := a.prompts.Log(ctx, id)
		if err != nil {
			return err
		}
		if s.JSON {
			return printJSON(term.out, log)
		}
		w := tabwriter.NewWriter(term.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "AT\tWHAT\tVERSION\tBEFORE\tBY\tWHY")
		for _, c := range log {
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\n", c.At.Local().Format(time.DateTime), c.Action, c.Version, c.Previous, clean(c.Author), clean(c.Reason))
		}
		return w.Flush()
	})
}

func printInUse(term terminal, s *settings, p prompts.Prompt) error {
	if s.JSON {
		return printJSON(term.out, toPromptJSON(p))
	}
	fmt.Fprintf(term.out, "Version %d is in use.\n", p.Version)
	return nil
}

// author names the person at the keyboard, for the log.
func author() string {
	return cmp.Or(os.Getenv("USER"), os.Getenv("LOGNAME"), "operator")
}
