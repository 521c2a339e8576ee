package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/honehq/hone/eval/gate"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/prompts"
)

// enter opens a gate entry, which spends α whatever comes of it, and stores that
// before anything is bet.
//
// From here on nothing is told: no counts, no scores, no telemetry.
func (w *work) enter(ctx context.Context, terms gate.Terms) (ending, error) {
	alpha, err := w.ledger.Open()
	if err != nil {
		return ending{}, err
	}
	terms.Alpha = alpha
	entry, err := gate.Open(terms)
	if err != nil {
		return ending{}, err
	}
	w.round.Entered, w.round.Alpha = true, alpha
	w.cert.Entry = &EntryRecord{Terms: terms, State: entry.State()}
	if err := w.checkpoint(ctx); err != nil {
		return ending{}, err
	}
	return w.bets(ctx, entry)
}

// reenter goes on with the entry that the round had opened when it was
// interrupted, on its terms, and with the bets made.
func (w *work) reenter(ctx context.Context) (ending, error) {
	w.cert.Entry.noteGone(w.sealed)
	if err := w.payLost(); err != nil {
		return ending{}, err
	}
	entry, err := gate.Replay(w.cert.Entry.Terms, w.cert.Entry.differences())
	if err != nil {
		return ending{}, err
	}
	return w.bets(ctx, entry)
}

// noteGone marks the bet that the round was interrupted in, if none of its
// cluster's cases are left.
func (e EntryRecord) noteGone(left [][]StoredCase) {
	if len(e.Clusters) == 0 {
		return
	}
	last := &e.Clusters[len(e.Clusters)-1]
	last.Gone = last.Difference == nil && !slices.ContainsFunc(left, func(cases []StoredCase) bool { return cases[0].Cluster == last.Cluster })
}

// differences are those of the bets made.
func (e EntryRecord) differences() []float64 {
	var out []float64
	for _, c := range e.Clusters {
		if c.Difference != nil {
			out = append(out, *c.Difference)
		}
	}
	return out
}

// bets goes on cluster by cluster until the gate is convinced and the guardrails
// hold, or until that has no chance left. A rejection that comes early is kept
// back until all clusters would have been used: when it came would tell how it
// came.
func (w *work) bets(ctx context.Context, entry *gate.Entry) (ending, error) {
	ctx = otel.Unrecorded(ctx)
	w.q.Progress(Progress{Stage: StageGate})
	candidate := w.cert.Chosen.prompt()
	rails, err := watch(w.cfg.Guardrails, entry.Terms().Clusters)
	if err != nil {
		return ending{}, err
	}
	var arms pair
	var pace pace
	for _, cluster := range w.sealed {
		if done := w.cert.Entry.bet(cluster[0].Cluster); done != nil {
			err = w.again(ctx, *done, cluster, candidate, &arms)
		} else {
			if rails.over(entry) {
				break
			}
			if stale, err := w.stale(ctx); err != nil || stale {
				return staleEnding(false), err
			}
			err = pace.time(func() error { return w.bet(ctx, entry, cluster, candidate, &arms) })
		}
		if errors.Is(err, errBudget) {
			// Told apart from other rejections, it would say that the gate had not
			// decided yet.
			w.cert.Entry.OutOfFunds = true
			return w.reject(ctx, entry, pace)
		}
		if err != nil {
			return ending{}, err
		}
		if err := rails.observe(arms.last(len(cluster))); err != nil {
			return ending{}, err
		}
	}
	w.cert.Entry.Guardrails = rails.findings()
	if entry.State().Verdict != gate.Promoted || !rails.held() {
		return w.reject(ctx, entry, pace)
	}
	return w.conclude(ctx, entry, arms)
}

// reject ends an entry that did not pass, as late as if all clusters had been
// used. Meanwhile it notices, as between bets, that the prompt in use was
// changed: else an edit would tell whether the gate had decided.
func (w *work) reject(ctx context.Context, entry *gate.Entry, p pace) (ending, error) {
	for range entry.Terms().Clusters - entry.State().Seen {
		if stale, err := w.stale(ctx); err != nil || stale {
			return staleEnding(false), err
		}
		if err := p.keep(ctx, 1); err != nil {
			return ending{}, err
		}
	}
	return ending{state: Rejected, verdict: rejection}, nil
}

// bet is the record of the bet on a cluster, nil if it was not made.
func (e EntryRecord) bet(cluster string) *ClusterRecord {
	for i, c := range e.Clusters {
		if c.Cluster == cluster && c.Difference != nil {
			return &e.Clusters[i]
		}
	}
	return nil
}

// pair is how both prompts did on the sealed cases used so far.
type pair struct{ champion, candidate Evaluation }

func (p *pair) add(c Conditions, before, after []Result) {
	p.champion.Conditions, p.candidate.Conditions = c, c
	p.champion.Results = append(p.champion.Results, before...)
	p.candidate.Results = append(p.candidate.Results, after...)
}

// last returns the results of the last n cases.
func (p *pair) last(n int) (champion, candidate []Result) {
	from := len(p.champion.Results) - n
	return p.champion.Results[from:], p.candidate.Results[from:]
}

// again recalls the results of a bet that was made before the round was
// interrupted.
func (w *work) again(ctx context.Context, done ClusterRecord, cluster []StoredCase, candidate prompts.Prompt, arms *pair) error {
	e := w.eval
	e.Frozen.Snapshot = cmp.Or(done.Snapshot, w.cert.Conditions.Snapshot)
	before, after, err := e.both(ctx, cluster, w.champion, candidate)
	arms.add(w.cert.Conditions, before, after)
	return err
}

// bet answers a cluster's cases by both prompts and bets on the difference. It
// is stored beforehand which cases are touched, so that they retire with the
// next win even if the process ends now.
func (w *work) bet(ctx context.Context, entry *gate.Entry, cluster []StoredCase, candidate prompts.Prompt, arms *pair) error {
	line := w.line(cluster)
	if line.Snapshot = w.eval.Frozen.Snapshot; line.Snapshot == w.cert.Conditions.Snapshot {
		line.Snapshot = ""
	}
	if err := w.checkpoint(ctx); err != nil {
		return err
	}
	before, after, err := w.eval.both(ctx, cluster, w.champion, candidate)
	w.cert.Tokens += Evaluation{Results: slices.Concat(before, after)}.tokens()
	if err != nil {
		return err
	}
	arms.add(w.cert.Conditions, before, after)
	var cases []gate.Case
	for i := range cluster {
		cases = append(cases, sealedCase(before[i], after[i], &line.Cases[i]))
	}
	d, err := gate.Difference(cases)
	if err != nil {
		return err
	}
	state, err := entry.Observe(d)
	if err != nil {
		return err
	}
	line.Difference, line.E = &d, state.E
	w.cert.Entry.State = state
	return nil
}

// line begins the record of a bet; or begins it again, where the round was
// interrupted before its end.
func (w *work) line(cluster []StoredCase) *ClusterRecord {
	e := w.cert.Entry
	line := ClusterRecord{Cluster: cluster[0].Cluster}
	for _, c := range cluster {
		line.Cases = append(line.Cases, CaseRecord{ID: c.ID, Question: hash(c.Question)})
	}
	if last := len(e.Clusters) - 1; last >= 0 && e.Clusters[last].Cluster == line.Cluster {
		e.Clusters[last] = line
	} else {
		e.Clusters = append(e.Clusters, line)
	}
	return &e.Clusters[len(e.Clusters)-1]
}

// both answers cases by both prompts, side by side, so that whatever changes
// meanwhile strikes both.
func (e *Evaluator) both(ctx context.Context, cases []StoredCase, champion, candidate prompts.Prompt) (before, after []Result, err error) {
	var jobs []job
	repeats := e.Conditions().Repeats
	for _, c := range cases {
		before = append(before, Result{Case: c, Answers: make([]Graded, repeats)})
		after = append(after, Result{Case: c, Answers: make([]Graded, repeats)})
		for r := range repeats {
			jobs = append(jobs,
				job{&champion, c, r, &before[len(before)-1].Answers[r]},
				job{&candidate, c, r, &after[len(after)-1].Answers[r]})
		}
	}
	return before, after, e.work(ctx, jobs, nil)
}

// sealedCase makes a case's bet and its record. A judge that failed counts
// against the candidate, whoever's answer it failed on.
func sealedCase(before, after Result, into *CaseRecord) gate.Case {
	out := gate.Case{Champion: before.scores(), Candidate: after.scores()}
	_, ok := before.score()
	_, okToo := after.score()
	out.JudgeFailed = !ok || !okToo
	into.JudgeFailed = out.JudgeFailed
	for _, a := range before.Answers {
		into.Champion = append(into.Champion, AnswerRecord{a.hash, a.Grade.Score})
	}
	for _, a := range after.Answers {
		into.Candidate = append(into.Candidate, AnswerRecord{a.hash, a.Grade.Score})
	}
	return out
}

// conclude ends an entry that passed.
func (w *work) conclude(ctx context.Context, entry *gate.Entry, arms pair) (ending, error) {
	change, err := Compare(arms.champion, arms.candidate)
	if err != nil {
		return ending{}, err
	}
	w.cert.Entry.Change = &change
	if err := w.tighten(ctx); err != nil {
		return ending{}, err
	}
	if w.cert.Mode != Auto {
		return ending{state: Waiting, won: true, verdict: w.waiting()}, nil
	}
	ch := change.ByCluster
	verdict := fmt.Sprintf("The candidate is better and is put in use: on %d sealed clusters it scored %.2f, the prompt before %.2f (%s). The evidence is %.3g to 1; %.3g was asked for.",
		entry.State().Seen, ch.After, ch.Before, points(ch.Difference), entry.State().Peak, 1/entry.Terms().Alpha)
	return ending{state: Promoted, won: true, verdict: verdict, promotion: w.promotion(w.round, w.cert, "round "+w.round.ID)}, nil
}

func (w *work) waiting() string {
	why := ""
	if doubt := w.cert.Conditions.Judge.doubt(); w.cfg.Mode == Auto && doubt != "" {
		why = " (" + doubt + ")"
	}
	if w.tightened {
		why = fmt.Sprintf(" (the mode was set to %s while the round ran)", w.cert.Mode)
	}
	return "The candidate passed the gate and waits for a person's approval" + why + "."
}

// promotion is what puts the chosen candidate in use.
func (im *Improver) promotion(r Round, c Certificate, author string) *Promotion {
	return &Promotion{
		Prompt: prompts.Prompt{
			ID: r.PromptID, Text: c.Chosen.Text, Variables: c.Chosen.Variables,
			Author: author, Reason: "passed the gate in round " + r.ID,
		},
		Based: r.Champion, Canary: im.cfg.Canary,
	}
}

// retiring are the sealed cases that retire with a won entry: its own, and those
// touched since the win before. They do so whether or not the candidate is put
// in use then: that the entry was won is known, and with it something of them.
func (c Certificate) retiring(touched []string) []string {
	retire := slices.Concat(touched, c.Entry.cases())
	slices.Sort(retire)
	return slices.Compact(retire)
}
