package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/docs"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/sample"
)

type demoCmd struct {
	Once     bool   `help:"End instead of serving."`
	Live     bool   `help:"Use the configured models rather than the offline stand-in."`
	Database string `help:"Database for the demo. Default: one of its own, deleted at the end." placeholder:"URL"`
	listening
}

// demo is the state of a running demo.
type demo struct {
	*app
	term  terminal
	paint painter
	step  int
}

func (c demoCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	if !c.Once {
		if err := c.check(); err != nil {
			return err
		}
	}
	at := *s
	if !c.Live {
		at.Model, at.JudgeModel, at.RewriteModel, at.EmbedModel, at.Backend = offlineModel, "", "", "", "embedded"
	}
	dir, remove, err := scratchDB(&at)
	if err != nil {
		return err
	}
	defer remove()
	if c.Database != "" {
		at.DB = c.Database
	}
	at.JSON, at.Agents = false, ""
	at.SplitSeed = demoSplits // the documents are known to everybody
	at.Local = map[string]string{"local": filepath.Join(dir, "local")}
	if err := unpack(dir); err != nil {
		return err
	}
	a, err := openApp(ctx, at, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	d := &demo{app: a, term: term, paint: newPainter(term.out)}
	for _, part := range []func(context.Context, string) error{d.ingest, d.ask, d.evaluateAndImprove, d.askAboutHone} {
		if err := part(ctx, dir); err != nil {
			return err
		}
	}
	if c.Once {
		d.say("Done. Without --once the demo goes on as a server; on your own documents: hone ingest DIR, then hone ask.")
		return nil
	}
	d.head("Serve")
	return a.serve(ctx, term, serveCmd{c.listening, schedule{Mode: string(eval.Auto), Every: 50}})
}

// ownRunbooks is the source of Hone's own runbooks.
const ownRunbooks = "hone-runbooks"

// unpack writes the bundled documents into a folder, as a team's would lie.
func unpack(dir string) error {
	for name, files := range map[string]fs.FS{"docs": sample.Docs(), "local": sample.Local(), ownRunbooks: docs.Runbooks()} {
		if err := os.CopyFS(filepath.Join(dir, name), files); err != nil {
			return fmt.Errorf("sample documents: %w", err)
		}
	}
	return nil
}

func (d *demo) head(title string) {
	d.step++
	fmt.Fprintf(d.term.out, "\n%s\n", d.paint.bold(fmt.Sprintf("%d. %s", d.step, title)))
}

func (d *demo) say(format string, args ...any) {
	fmt.Fprintf(d.term.out, format+"\n", args...)
}

func (d *demo) ingest(ctx context.Context, dir string) error {
	d.say("Hone answers from a team's own documents. This is the knowledge base of Shopwave, an invented shop.")
	if d.settings.Model == offlineModel {
		d.say("No language model is used: a rule-based stand-in (\"offline\") quotes the documents and obeys guidelines in its prompt.")
	}
	d.head("Ingest the documents")
	return d.sync(ctx, "shopwave", filepath.Join(dir, "docs"))
}

func (d *demo) sync(ctx context.Context, source, root string) error {
	bar := newBar(d.term, false, true)
	report, err := d.base.Sync(ctx, knowledge.SyncConfig{Source: source, Root: root, Progress: bar.documents})
	bar.end()
	if err != nil {
		return err
	}
	return printReport(d.term, false, report)
}

func (d *demo) ask(ctx context.Context, _ string) error {
	d.head("Ask")
	var shown agent.Answer
	for _, q := range sample.Questions() {
		answer, err := d.askOne(ctx, q)
		if err != nil {
			return err
		}
		if answer.Usage.ToolCalls > shown.Usage.ToolCalls || shown.ID == "" {
			shown = answer
		}
	}
	d.head("Look at one run")
	d.say("Every run is a trace. This is the one that had to look into the local files:")
	return d.telemetry.printTrace(ctx, d.term, shown.TraceID)
}

func (d *demo) askOne(ctx context.Context, q sample.Question) (agent.Answer, error) {
	d.say("\n%s %s", d.paint.bold("Q:"), d.paint.bold(q.Question))
	answer, err := printAnswer(d.term, false, d.agent.Ask(ctx, agent.Question{
		Text: q.Question, Origin: agent.FromDemo, Access: knowledge.Access{All: true},
	}))
	if err == nil {
		d.say("%s", d.paint.dim(fmt.Sprintf("%s in %s. %s", answer.Status, seconds(answer.Duration), q.Note)))
	}
	return answer, err
}

// askAboutHone adds Hone's own runbooks. They come after the round, so that what
// it decides on the shop's documents doesn't hang on how they are worded.
func (d *demo) askAboutHone(ctx context.Context, dir string) error {
	d.head("Ask Hone about itself")
	if err := d.sync(ctx, ownRunbooks, filepath.Join(dir, ownRunbooks)); err != nil {
		return err
	}
	_, err := d.askOne(ctx, sample.Question{
		Question: "The judge has drifted. What do I do?",
		Note:     "Each alert of Hone has a runbook, and those are in the knowledge base, too.",
	})
	return err
}

func (d *demo) evaluateAndImprove(ctx context.Context, _ string) error {
	d.head("Evaluate")
	cases, err := eval.LoadCases(bytes.NewReader(sample.Cases()), "sample")
	if err != nil {
		return err
	}
	entered, err := d.enter(ctx, cases, "sample")
	if err != nil {
		return err
	}
	d.say("%d questions with known facts and sources, split for good by the documents they are about: train (the rewriter\n"+
		"may read their failures), dev (screens candidates), sealed (only the gate). The prompt in use, on dev:\n", entered.Added+entered.Known)
	before, err := d.evaluateDev(ctx)
	if err != nil {
		return err
	}
	if err := printEvaluation(d.term.out, before.Report()); err != nil {
		return err
	}
	d.head("Improve the prompt, once")
	start := time.Now()
	round, err := d.improve(ctx, d.term, false, improveCmd{Mode: string(eval.Auto), Seed: demoSeed})
	if err != nil {
		return err
	}
	report, err := round.Report()
	if err != nil {
		return err
	}
	printRound(d.term.out, news(report))
	d.say("%s", d.paint.dim(fmt.Sprintf("The round took %s.", time.Since(start).Round(100*time.Millisecond))))
	if round.State != eval.Promoted {
		return nil
	}
	return d.compare(ctx, before, round)
}

// demoSeed makes demos alike. With this one the first round ends in a promotion;
// with others it may take a second.
const demoSeed = 1

// demoSplits makes splits of cases alike, of demos and of tests.
const demoSplits = 1 << 63

func (d *demo) compare(ctx context.Context, before eval.Evaluation, round eval.Round) error {
	was, err := d.prompts.Get(ctx, d.promptID, round.Champion)
	if err != nil {
		return err
	}
	is, err := d.prompts.Get(ctx, d.promptID, round.Promoted)
	if err != nil {
		return err
	}
	d.say("")
	printDiff(d.term.out, was, is)
	if r, err := d.onTrial(ctx); err != nil {
		return err
	} else if r != nil {
		d.say("\nUntil people's questions have shown nothing against it, %.0f %% of new threads get version %d, the others version %d:\n"+
			"if it turns out to be worse there, the old one is put back by itself (hone rollouts).", 100*r.Share, r.New, r.Old)
	}
	after, err := d.evaluateDev(ctx)
	if err != nil {
		return err
	}
	change, err := eval.Compare(before, after)
	if err != nil {
		return err
	}
	d.say("\nThe same dev questions before and after, with 95 %% intervals of the difference:")
	return printComparison(d.term.out, change)
}

// evaluateDev grades the prompt in use on the dev cases.
func (d *demo) evaluateDev(ctx context.Context) (eval.Evaluation, error) {
	prompt, err := d.prompts.InUse(ctx, d.promptID)
	if err != nil {
		return eval.Evaluation{}, err
	}
	cases, err := d.store.Cases(ctx, eval.CaseFilter{Agent: d.settings.Agent, Split: eval.Dev})
	if err != nil {
		return eval.Evaluation{}, err
	}
	bar := newBar(d.term, false, false)
	defer bar.end()
	evaluator, err := d.evaluator(ctx, 1, func(done, total int) { bar.show("answers", int64(done), int64(total)) })
	if err != nil {
		return eval.Evaluation{}, err
	}
	return evaluator.Run(ctx, prompt, cases)
}
