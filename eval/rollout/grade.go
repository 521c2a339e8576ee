package rollout

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
)

// Judge grades answers that nobody wrote a right one for; *eval.LiveJudge does.
// It is safe for concurrent use.
type Judge interface {
	Name() string
	// Grade grades a run; earlier are those before it in its thread, oldest
	// first. An error means that the judge failed.
	Grade(ctx context.Context, run agent.Run, earlier []agent.Run) (eval.Grade, error)
}

// threadRuns is how many runs of a thread count: its first ones.
const threadRuns = 5

// judgeTime bounds the grading of one run.
const judgeTime = 90 * time.Second

// score is a thread's score: the mean over its runs of what a person said of it,
// the last time, or else of its live grade. ok is false if a judge has failed on
// it for good.
func (w *Watcher) score(ctx context.Context, r Rollout, t Thread) (_ float64, ok bool, err error) {
	runs, err := w.cfg.Store.Runs(ctx, agent.RunFilter{Thread: t.Thread, Limit: 1000})
	if err != nil {
		return 0, false, fmt.Errorf("thread %s: %w", t.Thread, err)
	}
	slices.Reverse(runs) // oldest first
	runs = runs[:min(threadRuns, len(runs))]
	known, err := w.cfg.Store.Grades(ctx, r.ID, t.Thread)
	if err != nil {
		return 0, false, err
	}
	ok = true
	sum := 0.0
	for i, run := range runs {
		if said, rated := rating(run); rated {
			sum += said
			continue
		}
		at := slices.IndexFunc(known, func(g Grade) bool { return g.Run == run.ID })
		var g Grade
		if at >= 0 {
			g = known[at]
		} else if g, err = w.grade(ctx, r, t, run, runs[:i]); err != nil {
			return 0, false, err
		}
		sum += g.Score
		ok = ok && !g.Failed
	}
	return sum / float64(max(1, len(runs))), ok, nil
}

// rating is what a person said of a run, the last time.
func rating(run agent.Run) (score float64, rated bool) {
	if len(run.Feedback) == 0 {
		return 0, false
	}
	if run.Feedback[len(run.Feedback)-1].Rating == "up" {
		return 1, true
	}
	return 0, true
}

// grade has a run graded, once, and keeps the grade. A judge that fails is asked
// again with the next look, for a day: then the run counts as failed by the
// judge.
func (w *Watcher) grade(ctx context.Context, r Rollout, t Thread, run agent.Run, earlier []agent.Run) (Grade, error) {
	if err := w.hold(ctx); err != nil {
		return Grade{}, err
	}
	g := Grade{Rollout: r.ID, Run: run.ID, Thread: t.Thread, Rubric: eval.LiveRubric, Judge: w.cfg.Judge.Name(), Checks: []Check{}, At: now()}
	limited, cancel := context.WithTimeout(ctx, judgeTime)
	defer cancel()
	grade, err := w.cfg.Judge.Grade(limited, run, earlier)
	switch {
	case err != nil && (ctx.Err() != nil || time.Since(t.Last) < judgePatience):
		return Grade{}, fmt.Errorf("grade run %s: %w", run.ID, err)
	case err != nil:
		g.Failed = true
		if times, due := w.ungraded.Due(r.ID); due {
			w.cfg.Logger.WarnContext(ctx, "a live answer could not be graded for a day", "run", run.ID, "rollout", r.ID, "times", times, "error", err)
		}
	default:
		g.Score = grade.Score
		for _, c := range grade.Checks {
			g.Checks = append(g.Checks, Check{c.ID, c.Pass, c.Weight}) // reasons quote people and documents
		}
	}
	return g, w.cfg.Store.PutGrade(ctx, g)
}

// judgePatience is how long after a thread's last run the judge may fail on it.
const judgePatience = 24 * time.Hour

// now is the time as databases keep it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
