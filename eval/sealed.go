package eval

import (
	"context"
	"fmt"
	"slices"

	"github.com/honehq/hone/eval/gate"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/prompts"
)

// enter opens a gate entry, which spends α whatever comes of it, and bets
// cluster by cluster until the gate is convinced or cannot be any more.
//
// From here on nothing is told: no counts, no scores, no telemetry.
func (w *work) enter(ctx context.Context, terms gate.Terms, best finalist) (ending, error) {
	ctx = otel.Unrecorded(ctx)
	w.q.Progress(Progress{Stage: StageGate})
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

	var arms pair
	for _, cluster := range w.sealed {
		if stale, err := w.stale(ctx); err != nil || stale {
			return staleEnding(false), err
		}
		if err := w.bet(ctx, entry, cluster, best.prompt, &arms); err != nil {
			return ending{}, err
		}
		if entry.State().Decided() || hopeless(entry) {
			break
		}
	}
	return w.conclude(entry, arms)
}

// pair is how both prompts did on the sealed cases used so far.
type pair struct{ champion, candidate Evaluation }

// bet answers a cluster's cases by both prompts and bets on the difference. It
// is stored beforehand which cases are touched, so that they retire with the
// next win even if the process ends now.
func (w *work) bet(ctx context.Context, entry *gate.Entry, cluster []StoredCase, candidate prompts.Prompt, arms *pair) error {
	line := ClusterRecord{Cluster: cluster[0].Cluster}
	for _, c := range cluster {
		line.Cases = append(line.Cases, CaseRecord{ID: c.ID, Question: hash(c.Question)})
	}
	w.cert.Entry.Clusters = append(w.cert.Entry.Clusters, line)
	if err := w.checkpoint(ctx); err != nil {
		return err
	}
	before, after, err := w.both(ctx, cluster, candidate)
	if err != nil {
		return err
	}
	arms.champion.Conditions, arms.candidate.Conditions = w.cert.Conditions, w.cert.Conditions
	arms.champion.Results = append(arms.champion.Results, before...)
	arms.candidate.Results = append(arms.candidate.Results, after...)

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
	w.cert.Entry.Clusters[len(w.cert.Entry.Clusters)-1] = line
	w.cert.Entry.State = state
	return nil
}

// both answers cases by both prompts, side by side, so that whatever changes
// meanwhile strikes both.
func (w *work) both(ctx context.Context, cases []StoredCase, candidate prompts.Prompt) (before, after []Result, err error) {
	var jobs []job
	for _, c := range cases {
		before = append(before, Result{Case: c, Answers: make([]Graded, w.cfg.Repeats)})
		after = append(after, Result{Case: c, Answers: make([]Graded, w.cfg.Repeats)})
		for r := range w.cfg.Repeats {
			jobs = append(jobs,
				job{&w.champion, c, r, &before[len(before)-1].Answers[r]},
				job{&candidate, c, r, &after[len(after)-1].Answers[r]})
		}
	}
	err = w.eval.work(ctx, jobs, nil)
	w.cert.Tokens += Evaluation{Results: slices.Concat(before, after)}.tokens()
	return before, after, err
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
		into.Champion = append(into.Champion, AnswerRecord{hash(a.Answer.Answer), a.Grade.Score})
	}
	for _, a := range after.Answers {
		into.Candidate = append(into.Candidate, AnswerRecord{hash(a.Answer.Answer), a.Grade.Score})
	}
	return out
}

// hopeless tells whether an entry cannot be won any more: no bet more than
// doubles the wealth.
func hopeless(entry *gate.Entry) bool {
	e := entry.State()
	best := e.E
	for range entry.Terms().Clusters - e.Seen {
		best *= 2
	}
	return best < 1/entry.Terms().Alpha
}

// conclude ends an entry.
func (w *work) conclude(entry *gate.Entry, arms pair) (ending, error) {
	if entry.State().Verdict != gate.Promoted {
		return ending{state: Rejected, verdict: rejection}, nil
	}
	held, err := w.guard(arms)
	if err != nil {
		return ending{}, err
	}
	if !held {
		return ending{state: Rejected, verdict: rejection}, nil
	}
	change, err := Compare(arms.champion, arms.candidate)
	if err != nil {
		return ending{}, err
	}
	w.cert.Entry.Change = &change
	if w.cert.Mode != Auto {
		return ending{state: Waiting, won: true, verdict: w.waiting()}, nil
	}
	ch := change.ByCluster
	verdict := fmt.Sprintf("The candidate is better and is put in use: on %d sealed clusters it scored %.2f, the prompt before %.2f (%s). The evidence is %.3g to 1; %.3g was asked for.",
		entry.State().Seen, ch.After, ch.Before, points(ch.Difference), entry.State().Peak, 1/entry.Terms().Alpha)
	return ending{state: Promoted, won: true, verdict: verdict, promotion: w.promotion("round " + w.round.ID)}, nil
}

func (w *work) waiting() string {
	why := ""
	if w.cfg.Mode == Auto {
		why = " (the judge is a model that was not calibrated)"
	}
	return "The candidate passed the gate and waits for a person's approval" + why + "."
}

func (w *work) promotion(author string) *Promotion {
	return promotionOf(w.round, w.cert, w.touched, author)
}

// promotionOf is what putting the chosen candidate in use takes: the prompt,
// and all sealed cases used since the last win.
func promotionOf(r Round, c Certificate, touched []string, author string) *Promotion {
	retire := slices.Concat(touched, c.Entry.cases())
	slices.Sort(retire)
	return &Promotion{
		Prompt: prompts.Prompt{
			ID: r.PromptID, Text: c.Chosen.Text, Variables: c.Chosen.Variables,
			Author: author, Reason: "passed the gate in round " + r.ID,
		},
		Based: r.Champion, Retire: slices.Compact(retire),
	}
}
