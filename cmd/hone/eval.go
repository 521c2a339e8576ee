package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/knowledge"
)

type evalCmd struct {
	Run       evalRunCmd    `cmd:"" help:"Answer and grade cases with the prompt in use."`
	Cases     casesCmd      `cmd:"" help:"Add and list cases."`
	Rounds    roundsCmd     `cmd:"" help:"Look back at improvement rounds; approve or decline one."`
	Verify    evalVerifyCmd `cmd:"" help:"Check the certificates of rounds: their chain, the error budget, e-values recomputed from scores."`
	Label     labelCmd      `cmd:"" help:"Grade answers without knowing which prompt they come from; what the judge is measured by."`
	Calibrate calibrateCmd  `cmd:"" help:"Compare the judge with people's labels: agreement, and how far it favours candidates."`
}

type evalRunCmd struct {
	Cases     string `help:"Case file. Default: the agent's own train and dev cases." type:"path"`
	Docs      string `help:"Folder of documents to evaluate on, in a database that is thrown away. Default: what is ingested." type:"path"`
	Retrieval bool   `help:"Evaluate search alone."`
	Repeats   int    `default:"1" help:"Answers per question."`
	Prompt    int    `name:"prompt-version" help:"Version of the prompt. Default: the one in use."`
	Against   int    `help:"Another version, to compare with: what changes from it to the first."`
}

func (c evalRunCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	switch {
	case c.Repeats < 1:
		return usagef("--repeats is %d; each question is answered at least once", c.Repeats)
	case c.Retrieval && c.Against != 0:
		return usagef("--retrieval evaluates search, which goes by no prompt: --against can't be meant")
	}
	at := *s
	if c.Docs != "" {
		if err := checkFolder(c.Docs); err != nil {
			return err
		}
		_, remove, err := scratchDB(&at)
		if err != nil {
			return err
		}
		defer remove()
		at.Agents = "" // whose sources are not these documents
		at.MustExist = false
	}
	a, err := openApp(ctx, at, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	ctx, end := commandSpan(ctx, "eval run")
	defer end(&err)
	if c.Docs != "" {
		bar := newBar(term, s.JSON, true)
		_, err := a.base.Sync(ctx, knowledge.SyncConfig{Source: "docs", Root: c.Docs, Progress: bar.documents})
		bar.end()
		if err != nil {
			return err
		}
	}
	cases, err := c.cases(ctx, a, term)
	if err != nil {
		return err
	}
	if c.Retrieval {
		return a.evalRetrieval(ctx, term, s.JSON, cases)
	}
	return a.evalAnswers(ctx, term, s.JSON, cases, c)
}

func (c evalRunCmd) cases(ctx context.Context, a *app, term terminal) ([]eval.StoredCase, error) {
	if c.Cases != "" {
		cases, err := loadCases(term, c.Cases, "")
		return eval.Clustered(cases), err
	}
	var all []eval.StoredCase
	for _, split := range []eval.Split{eval.Train, eval.Dev} {
		cases, err := a.store.Cases(ctx, eval.CaseFilter{Agent: a.settings.Agent, Split: split})
		if err != nil {
			return nil, err
		}
		all = append(all, cases...)
	}
	if len(all) == 0 {
		return nil, usagef("there are no cases yet: name a file with --cases, or add some: hone eval cases add FILE")
	}
	return all, nil
}

func (a *app) evalRetrieval(ctx context.Context, term terminal, asJSON bool, stored []eval.StoredCase) error {
	var cases []eval.Case
	for _, c := range stored {
		cases = append(cases, c.Case)
	}
	bar := newBar(term, asJSON, false)
	report, err := eval.EvaluateRetrieval(ctx, a.rank, cases, func(done, total int) { bar.show("search", int64(done), int64(total)) })
	bar.end()
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(term.out, report)
	}
	w := tabwriter.NewWriter(term.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tn\thit@1\thit@5\trecall@10\tnDCG@10\tMRR\t")
	for _, r := range report.Rows {
		fmt.Fprintf(w, "%s\t%d\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t\n", r.Group, r.Cases, r.Hit1, r.Hit5, r.Recall10, r.NDCG10, r.MRR)
	}
	return w.Flush()
}

// rank is the agent's search as a ranking of documents.
func (u *unit) rank(ctx context.Context, question string) ([]string, error) {
	sources, err := u.sources(ctx, u.base)
	if err != nil || len(sources) == 0 { // none would mean all
		return nil, err
	}
	passages, err := u.base.Search(ctx, knowledge.Query{
		Texts: []string{question}, Sources: sources, Limit: 50, PerDoc: 1, Access: knowledge.Access{All: true},
	})
	var paths []string
	for _, p := range passages {
		paths = append(paths, p.Path)
	}
	return paths, err
}

func (a *app) evalAnswers(ctx context.Context, term terminal, asJSON bool, cases []eval.StoredCase, c evalRunCmd) error {
	prompt, err := a.version(ctx, c.Prompt)
	if err != nil {
		return err
	}
	if c.Against != 0 {
		return a.evalAgainst(ctx, term, asJSON, cases, prompt, c)
	}
	bar := newBar(term, asJSON, false)
	evaluator, err := a.evaluator(ctx, c.Repeats, func(done, total int) { bar.show("answers", int64(done), int64(total)) })
	if err != nil {
		return err
	}
	evaluation, err := evaluator.Run(ctx, prompt, cases)
	bar.end()
	if err != nil {
		return err
	}
	report := evaluation.Report()
	if asJSON {
		return printJSON(term.out, report)
	}
	return printEvaluation(term.out, report)
}

// shown are the figures of the table, in its order.
var shown = []eval.Metric{
	eval.MetricScore, eval.VitalRecall, eval.CitedPrecision, eval.CitedRecall, eval.CitationsValid, eval.RefusalRight,
}

// printEvaluation prints a report as a table, a figure with its 95 % interval.
func printEvaluation(w io.Writer, r eval.Report) error {
	fmt.Fprintf(w, "%d cases in %d clusters, prompt v%d, model %s\n", r.Cases, r.Clusters, r.Prompt.Version, r.Conditions.Model)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\tn\t")
	for _, m := range shown {
		fmt.Fprint(t, m.Words(), "\t")
	}
	fmt.Fprintln(t)
	for _, row := range r.Rows {
		fmt.Fprintf(t, "%s\t%d\t", strings.TrimPrefix(row.By+" "+row.Group, "all "), row.Cases)
		for _, m := range shown {
			fmt.Fprint(t, figure(row, m), "\t")
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	f := r.Refusal
	_, err := fmt.Fprintf(w, "Said \"I don't know\": %d of %d unanswerable, %d of %d answerable; balanced accuracy %.2f.\n",
		int(f.Recall*float64(f.Unanswerable)+0.5), f.Unanswerable, int(f.OverRefusal*float64(f.Answerable)+0.5), f.Answerable, f.BalancedAccuracy)
	if r.Failures > 0 {
		fmt.Fprintf(w, "%d questions failed and score 0.\n", r.Failures)
	}
	return err
}

func figure(row eval.Row, m eval.Metric) string {
	for _, f := range row.Figures {
		if f.Metric == m {
			if f.Low == f.High {
				return fmt.Sprintf("%.3f", f.Estimate)
			}
			return fmt.Sprintf("%.3f (%.2f–%.2f)", f.Estimate, f.Low, f.High)
		}
	}
	return "–"
}
